import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import django.db.models.lookups
import kmarket.fields
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('markets', '0005_pools_validated'),
        ('trading', '0003_accounts'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Submission',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sender', kmarket.fields.AddressField()),
                ('chain_id', models.PositiveBigIntegerField()),
                ('contract', kmarket.fields.AddressField()),
                ('hash', kmarket.fields.HashField()),
                ('raw', models.TextField(blank=True, default='')),
                ('function', models.CharField(blank=True, default='', max_length=40)),
                ('nonce', models.PositiveBigIntegerField(null=True)),
                ('from_block', models.PositiveBigIntegerField()),
                ('state', models.CharField(choices=[('pending', 'Pending'), ('confirmed', 'Confirmed'), ('failed', 'Failed'), ('dropped', 'Dropped')], default='pending', max_length=9)),
                ('block_number', models.PositiveBigIntegerField(null=True)),
                ('block_hash', kmarket.fields.HashField(blank=True, default='')),
                ('error', models.JSONField(null=True)),
                ('replaced_by', kmarket.fields.HashField(blank=True, default='')),
                ('submitted_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('relayed_at', models.DateTimeField(null=True)),
                ('seen_at', models.DateTimeField(null=True)),
                ('changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('settled_at', models.DateTimeField(null=True)),
                ('market', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='submissions', to='markets.market')),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='submissions', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['user', '-id'], name='submission_by_user'), models.Index(fields=['sender', 'nonce'], name='submission_by_nonce'), models.Index(condition=models.Q(('settled_at', None)), fields=['id'], name='submission_open')],
                'constraints': [models.UniqueConstraint(fields=('user', 'hash'), name='submission_once'), models.CheckConstraint(condition=models.Q(django.db.models.lookups.Exact(django.db.models.functions.text.Length('sender'), 42), ('sender__regex', '^0x[0-9a-f]+$'), django.db.models.lookups.Exact(django.db.models.functions.text.Length('contract'), 42), ('contract__regex', '^0x[0-9a-f]+$'), django.db.models.lookups.Exact(django.db.models.functions.text.Length('hash'), 66), ('hash__regex', '^0x[0-9a-f]+$'), models.Q(('block_hash', ''), models.Q(django.db.models.lookups.Exact(django.db.models.functions.text.Length('block_hash'), 66), ('block_hash__regex', '^0x[0-9a-f]+$')), _connector='OR'), models.Q(('replaced_by', ''), models.Q(django.db.models.lookups.Exact(django.db.models.functions.text.Length('replaced_by'), 66), ('replaced_by__regex', '^0x[0-9a-f]+$')), _connector='OR')), name='submission_hex'), models.CheckConstraint(condition=models.Q(models.Q(('block_hash', ''), ('block_number', None), ('state__in', ['pending', 'dropped'])), models.Q(('block_number__isnull', False), ('state__in', ['confirmed', 'failed']), models.Q(('block_hash', ''), _negated=True)), _connector='OR'), name='submission_in_a_block_iff_mined'), models.CheckConstraint(condition=models.Q(('replaced_by', ''), ('state', 'dropped'), _connector='OR'), name='submission_replaced_only_if_dropped'), models.CheckConstraint(condition=models.Q(('error__isnull', True), ('state__in', ['failed', 'dropped']), _connector='OR'), name='submission_error_only_where_it_ended_badly'), models.CheckConstraint(condition=models.Q(('settled_at', None), models.Q(('state', 'pending'), _negated=True), _connector='OR'), name='submission_pending_is_open')],
            },
        ),
    ]
