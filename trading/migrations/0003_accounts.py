"""What things cost and came to, and candles: sums from the first log on, so all rows are made anew."""

import django.contrib.postgres.fields
import django.db.models.deletion
import kmarket.fields
from django.db import migrations, models

# In the order in which nothing refers to what is gone.
TABLES = (
    *("trade", "liquidity", "proposal", "resolution", "claim"),
    *("holding", "lpholding", "pause", "pool"),
)


def order_replay(apps, schema_editor):
    errand = apps.get_model("chain", "Errand").objects
    for cursor in apps.get_model("chain", "Cursor").objects.all():
        errand.create(cursor=cursor, kind="replay", reason="costs, positions and candles")


class Migration(migrations.Migration):

    dependencies = [
        ('chain', '0003_cursor'),
        ('markets', '0005_pools_validated'),
        ('trading', '0002_pool_market'),
    ]

    operations = [
        migrations.RunSQL(
            [f"DELETE FROM trading_{table}" for table in TABLES], migrations.RunSQL.noop
        ),
        # What refers to rows that are gone is checked before the tables change.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.RunPython(order_replay, migrations.RunPython.noop),
        migrations.DeleteModel(name='Pause'),
        migrations.CreateModel(
            name='Pause',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('contract', kmarket.fields.AddressField()),
                ('number', kmarket.fields.AmountField()),
                ('reason', models.TextField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('contract', 'number'), name='pause_once')],
            },
        ),
        migrations.CreateModel(
            name='Candle',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pool', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='candles', to='trading.pool')),
                ('seconds', models.PositiveIntegerField()),
                ('begins', models.PositiveBigIntegerField()),
                ('opens', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('highs', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('lows', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('closes', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('volumes', django.contrib.postgres.fields.ArrayField(base_field=kmarket.fields.AmountField(), size=None)),
                ('trade_counts', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('first_block', models.PositiveBigIntegerField()),
                ('last_block', models.PositiveBigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='Position',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('owner', kmarket.fields.AddressField()),
                ('trade_count', models.PositiveBigIntegerField()),
                ('liquidity_count', models.PositiveBigIntegerField()),
                ('claim_count', models.PositiveBigIntegerField()),
                ('bought', kmarket.fields.AmountField()),
                ('sold', kmarket.fields.AmountField()),
                ('fees_paid', kmarket.fields.AmountField()),
                ('provided', kmarket.fields.AmountField()),
                ('fees_earned', kmarket.fields.AmountField()),
                ('fees_received', kmarket.fields.AmountField()),
                ('claimed', kmarket.fields.AmountField()),
                ('realized', kmarket.fields.AmountField()),
                ('lp_realized', kmarket.fields.AmountField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='holding',
            name='holding_in_range',
        ),
        migrations.RemoveConstraint(
            model_name='liquidity',
            name='liquidity_amounts_in_range',
        ),
        migrations.RemoveConstraint(
            model_name='lpholding',
            name='lp_holding_in_range',
        ),
        migrations.RemoveConstraint(
            model_name='pool',
            name='pool_amounts_in_range',
        ),
        migrations.RemoveConstraint(
            model_name='trade',
            name='trade_amounts_in_range',
        ),
        migrations.AddField(
            model_name='claim',
            name='share_costs',
            field=django.contrib.postgres.fields.ArrayField(base_field=kmarket.fields.AmountField(), size=None),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='holding',
            name='cost',
            field=kmarket.fields.AmountField(),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='liquidity',
            name='cost',
            field=kmarket.fields.AmountField(),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='liquidity',
            name='fee_per_lp_before',
            field=kmarket.fields.AmountField(digits=140),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='liquidity',
            name='fees_earned',
            field=kmarket.fields.AmountField(),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='liquidity',
            name='given',
            field=django.contrib.postgres.fields.ArrayField(base_field=kmarket.fields.AmountField(), size=None),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='liquidity',
            name='share_costs',
            field=django.contrib.postgres.fields.ArrayField(base_field=kmarket.fields.AmountField(), size=None),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='lpholding',
            name='cost',
            field=kmarket.fields.AmountField(),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='lpholding',
            name='fee_per_lp',
            field=kmarket.fields.AmountField(digits=140),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='lpholding',
            name='given',
            field=django.contrib.postgres.fields.ArrayField(base_field=kmarket.fields.AmountField(), size=None),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='pool',
            name='fee_per_lp',
            field=kmarket.fields.AmountField(default=0, digits=140),
        ),
        migrations.AddField(
            model_name='pool',
            name='trade_count',
            field=models.PositiveBigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='pool',
            name='volume',
            field=kmarket.fields.AmountField(default=0),
        ),
        migrations.AddField(
            model_name='trade',
            name='cost',
            field=kmarket.fields.AmountField(),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='trade',
            name='prices_after',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), null=True, size=None),
        ),
        migrations.AddConstraint(
            model_name='holding',
            constraint=models.CheckConstraint(condition=models.Q(('shares__range', (1, 115792089237316195423570985008687907853269984665640564039457584007913129639935)), ('cost__range', (0, 115792089237316195423570985008687907853269984665640564039457584007913129639935))), name='holding_in_range'),
        ),
        migrations.AddConstraint(
            model_name='liquidity',
            constraint=models.CheckConstraint(condition=models.Q(('collateral__range', (0, 115792089237316195423570985008687907853269984665640564039457584007913129639935)), ('fees_paid__range', (0, 115792089237316195423570985008687907853269984665640564039457584007913129639935)), ('lp__range', (0, 115792089237316195423570985008687907853269984665640564039457584007913129639935)), ('cost__range', (0, 115792089237316195423570985008687907853269984665640564039457584007913129639935)), ('fees_earned__range', (0, 115792089237316195423570985008687907853269984665640564039457584007913129639935))), name='liquidity_amounts_in_range'),
        ),
        migrations.AddConstraint(
            model_name='lpholding',
            constraint=models.CheckConstraint(condition=models.Q(('amount__range', (1, 115792089237316195423570985008687907853269984665640564039457584007913129639935)), ('cost__range', (0, 115792089237316195423570985008687907853269984665640564039457584007913129639935))), name='lp_holding_in_range'),
        ),
        migrations.AddConstraint(
            model_name='pool',
            constraint=models.CheckConstraint(condition=models.Q(('number__range', (0, 115792089237316195423570985008687907853269984665640564039457584007913129639935)), ('lp_supply__range', (0, 115792089237316195423570985008687907853269984665640564039457584007913129639935)), ('backing__range', (0, 115792089237316195423570985008687907853269984665640564039457584007913129639935)), ('fees__range', (0, 115792089237316195423570985008687907853269984665640564039457584007913129639935)), ('volume__range', (0, 115792089237316195423570985008687907853269984665640564039457584007913129639935))), name='pool_amounts_in_range'),
        ),
        migrations.AddConstraint(
            model_name='trade',
            constraint=models.CheckConstraint(condition=models.Q(('collateral__range', (0, 115792089237316195423570985008687907853269984665640564039457584007913129639935)), ('fee__range', (0, 115792089237316195423570985008687907853269984665640564039457584007913129639935)), ('shares__range', (0, 115792089237316195423570985008687907853269984665640564039457584007913129639935)), ('cost__range', (0, 115792089237316195423570985008687907853269984665640564039457584007913129639935))), name='trade_amounts_in_range'),
        ),
        migrations.AddField(
            model_name='position',
            name='pool',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='positions', to='trading.pool'),
        ),
        migrations.AddConstraint(
            model_name='candle',
            constraint=models.UniqueConstraint(fields=('pool', 'seconds', 'begins'), name='candle_once'),
        ),
        migrations.AddConstraint(
            model_name='candle',
            constraint=models.CheckConstraint(condition=models.Q(('seconds__in', (60, 300, 3600, 86400))), name='candle_length_known'),
        ),
        migrations.AddConstraint(
            model_name='position',
            constraint=models.UniqueConstraint(fields=('owner', 'pool'), name='position_once'),
        ),
        migrations.AddConstraint(
            model_name='position',
            constraint=models.CheckConstraint(condition=models.Q(('bought__range', (0, 115792089237316195423570985008687907853269984665640564039457584007913129639935)), ('sold__range', (0, 115792089237316195423570985008687907853269984665640564039457584007913129639935)), ('fees_paid__range', (0, 115792089237316195423570985008687907853269984665640564039457584007913129639935)), ('provided__range', (0, 115792089237316195423570985008687907853269984665640564039457584007913129639935)), ('fees_earned__range', (0, 115792089237316195423570985008687907853269984665640564039457584007913129639935)), ('fees_received__range', (0, 115792089237316195423570985008687907853269984665640564039457584007913129639935)), ('claimed__range', (0, 115792089237316195423570985008687907853269984665640564039457584007913129639935)), ('realized__range', (-115792089237316195423570985008687907853269984665640564039457584007913129639935, 115792089237316195423570985008687907853269984665640564039457584007913129639935)), ('lp_realized__range', (-115792089237316195423570985008687907853269984665640564039457584007913129639935, 115792089237316195423570985008687907853269984665640564039457584007913129639935))), name='position_in_range'),
        ),
    ]

