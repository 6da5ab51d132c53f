import django.contrib.postgres.fields
import django.db.models.deletion
import kmarket.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('chain', '0001_initial'),
    ]

    operations = [
        migrations.RenameModel(old_name='ChainEvent', new_name='RawLog'),
        # An array of text costs nothing to read; JSON is parsed anew each time.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE chain_rawlog ALTER COLUMN topics TYPE varchar(66)[]"
                    " USING translate(topics::text, '[]\" ', '{}')::varchar(66)[]",
                    "ALTER TABLE chain_rawlog ALTER COLUMN topics TYPE jsonb"
                    " USING to_jsonb(topics)",
                ),
            ],
            state_operations=[
                migrations.AlterField(
                    model_name='rawlog',
                    name='topics',
                    field=django.contrib.postgres.fields.ArrayField(base_field=kmarket.fields.HashField(), size=4),
                ),
            ],
        ),
        migrations.RenameIndex(model_name='rawlog', new_name='raw_log_by_place', old_name='chain_event_by_place'),
        migrations.AddField(model_name='rawlog', name='block_time', field=models.DateTimeField(null=True)),
        # No listener wrote one so far. Where somebody did by hand, the block is about as old as the row.
        migrations.RunSQL("UPDATE chain_rawlog SET block_time = seen_at", migrations.RunSQL.noop),
        migrations.AlterField(model_name='rawlog', name='block_time', field=models.DateTimeField()),
    ]
