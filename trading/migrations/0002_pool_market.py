"""Each pool is a market.

The rows of before have none. They all follow from the logs, so they go, and the listener projects
the logs anew.
"""

from django.db import migrations, models
from django.db.models import PROTECT, F, Func, Q

# In the order in which nothing refers to what is gone.
TABLES = (
    *("trade", "liquidity", "proposal", "resolution", "claim"),
    *("holding", "lpholding", "pause", "pool"),
)


def order_replay(apps, schema_editor):
    cursors = apps.get_model("chain", "Cursor").objects
    errand = apps.get_model("chain", "Errand")
    for cursor in cursors.all():
        errand.objects.create(cursor=cursor, kind="replay", reason="pools are markets")


class Migration(migrations.Migration):

    dependencies = [
        ("chain", "0003_cursor"),
        ("markets", "0005_pools_validated"),
        ("trading", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(
            [f"DELETE FROM trading_{table}" for table in TABLES], migrations.RunSQL.noop
        ),
        # What refers to rows that are gone is checked before the tables change.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AddField(
            model_name="pool",
            name="market",
            field=models.OneToOneField(
                on_delete=PROTECT, related_name="pool", to="markets.market"
            ),
        ),
        migrations.RemoveConstraint(model_name="pool", name="pool_outcomes_counted"),
        migrations.AddConstraint(
            model_name="pool",
            constraint=models.CheckConstraint(
                name="pool_outcomes_counted",
                condition=Q(outcome_count__range=(2, 8))
                & Q(outcome_count=Func(F("reserves"), function="cardinality")),
            ),
        ),
        migrations.RunPython(order_replay, migrations.RunPython.noop),
    ]
