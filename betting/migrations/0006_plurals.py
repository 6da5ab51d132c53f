from django.db import migrations


class Migration(migrations.Migration):
    """What the admin's menu calls many of them."""

    dependencies = [("betting", "0005_proposals")]

    operations = [
        migrations.AlterModelOptions(
            name="ledgerentry", options={"verbose_name_plural": "ledger entries"}
        ),
        migrations.AlterModelOptions(
            name="personallimits", options={"verbose_name_plural": "personal limits"}
        ),
    ]
