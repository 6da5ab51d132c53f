from django.db import migrations, models
from django.db.models import Func, Q
from django.db.models.functions import Cast

from kmarket.append_only import append_only

KEPT = append_only("accounts_auditseal")


class Migration(migrations.Migration):
    """The chain begins anew: earlier seals do not say which transactions they cover."""

    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(KEPT.reverse_sql, KEPT.sql),
        migrations.DeleteModel("AuditSeal"),
        migrations.AddField(
            model_name="adminaction",
            name="xid",
            field=models.BigIntegerField(
                # Of the rows that there are, it is the number of this migration's transaction.
                db_default=Cast(
                    Cast(Func(function="pg_current_xact_id"), models.TextField()),
                    models.BigIntegerField(),
                ),
                editable=False,
            ),
        ),
        migrations.AddIndex(
            model_name="adminaction",
            index=models.Index(fields=["xid", "id"], name="action_by_transaction"),
        ),
        migrations.CreateModel(
            name="AuditSeal",
            fields=[
                ("number", models.PositiveBigIntegerField(primary_key=True, serialize=False)),
                ("action_id", models.BigIntegerField(unique=True)),
                ("digest", models.CharField(max_length=64)),
                ("sealed_at", models.DateTimeField()),
                ("history", models.CharField(max_length=16)),
                ("finished_below", models.BigIntegerField()),
                ("finished_id", models.BigIntegerField(null=True)),
                ("begun_from", models.BigIntegerField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(("digest__regex", "^[0-9a-f]{64}$")), name="seal_digest_hex"
                    )
                ],
            },
        ),
        KEPT,
    ]
