import django.db.models.deletion
import django.db.models.functions.datetime
import kmarket.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('chain', '0003_cursor'),
    ]

    operations = [
        # Nothing was written there yet.
        migrations.DeleteModel(
            name='Finding',
        ),
        migrations.AddField(
            model_name='reconciliation',
            name='trouble',
            field=models.TextField(blank=True, default=''),
        ),
        migrations.AddConstraint(
            model_name='reconciliation',
            constraint=models.CheckConstraint(condition=models.Q(('trouble', ''), ('ended_at__isnull', False), _connector='OR'), name='reconciliation_trouble_ends_it'),
        ),
        migrations.CreateModel(
            name='Finding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.TextField(choices=[('MISSING_LOG', 'Missing Log'), ('EXTRA_LOG', 'Extra Log'), ('AMOUNT_MISMATCH', 'Amount Mismatch'), ('STATE_MISMATCH', 'State Mismatch'), ('SOLVENCY', 'Solvency'), ('STALE_CURSOR', 'Stale Cursor')])),
                ('market_id', kmarket.fields.AmountField(null=True)),
                ('subject', models.TextField()),
                ('on_chain', models.TextField()),
                ('in_database', models.TextField()),
                ('evidence', models.JSONField(default=dict)),
                ('resolved_at', models.DateTimeField(null=True)),
                ('resolution', models.TextField(blank=True, choices=[('gone', 'Gone'), ('dismissed', 'Dismissed')], default='')),
                ('reason', models.TextField(blank=True, default='')),
                ('cursor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='findings', to='chain.cursor')),
                ('found_in', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='found', to='chain.reconciliation')),
                ('seen_in', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='seen', to='chain.reconciliation')),
            ],
            options={
                'permissions': [('dismiss_finding', 'Can dismiss findings, with a reason')],
                'indexes': [models.Index(fields=['cursor', '-id'], name='finding_newest')],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['MISSING_LOG', 'EXTRA_LOG', 'AMOUNT_MISMATCH', 'STATE_MISMATCH', 'SOLVENCY', 'STALE_CURSOR'])), name='finding_kind_known'), models.CheckConstraint(condition=models.Q(models.Q(('resolution', ''), ('resolved_at__isnull', True)), models.Q(('resolution__in', ['gone', 'dismissed']), ('resolved_at__isnull', False)), _connector='OR'), name='finding_resolved_with_resolution'), models.UniqueConstraint(condition=models.Q(('resolved_at__isnull', True)), fields=('cursor', 'kind', 'subject'), name='finding_open_once')],
            },
        ),
        migrations.CreateModel(
            name='Errand',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.TextField(choices=[('replay', 'Replay'), ('rescan', 'Rescan')])),
                ('first', models.PositiveBigIntegerField(null=True)),
                ('last', models.PositiveBigIntegerField(null=True)),
                ('reason', models.TextField()),
                ('ordered_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('done_at', models.DateTimeField(null=True)),
                ('said', models.TextField(blank=True, default='')),
                ('cursor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='errands', to='chain.cursor')),
            ],
            options={
                'permissions': [('give_errand', 'Can have logs read once more and projected anew')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('first__isnull', True), ('kind', 'replay'), ('last__isnull', True)), models.Q(('first__isnull', False), ('kind', 'rescan'), ('last__gte', models.F('first'))), _connector='OR'), name='errand_blocks_iff_rescan')],
            },
        ),
    ]
