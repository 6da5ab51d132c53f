import django.contrib.postgres.fields
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    """Pools beside books. Neither rewrites nor reads the tables: the next migration validates."""

    dependencies = [
        ('markets', '0003_feeds'),
    ]

    operations = [
        migrations.AddField(
            model_name='market',
            name='labels',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), null=True, size=None),
        ),
        migrations.AddField(
            model_name='market',
            name='question',
            field=models.CharField(max_length=300, null=True),
        ),
        migrations.AddField(
            model_name='oddsupdate',
            name='outcome_prices',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), null=True, size=None),
        ),
        AddConstraintNotValid(
            model_name='market',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'book'), ('labels', None), ('question', None)), models.Q(('kind', 'pool'), ('labels__isnull', False), ('labels__len__range', (2, 8)), ('question__isnull', False)), _connector='OR'), name='market_book_or_pool'),
        ),
        AddConstraintNotValid(
            model_name='market',
            constraint=models.CheckConstraint(condition=models.Q(('kind', 'book'), models.Q(('feed', None), ('home_score', None), ('live', False), ('pinned_at', None), ('liability_cap', None), ('stake_max', None), ('stake_min', None), ('user_stake_max', None), models.Q(('status', 'draft'), _negated=True)), _connector='OR'), name='market_pool_without_a_books_terms'),
        ),
        AddConstraintNotValid(
            model_name='oddsupdate',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('home', None), ('source', 'amm'), ('spread_line_q', None), ('total_line_q', None)), models.Q(models.Q(('source', 'amm'), _negated=True), ('outcome_prices', None)), _connector='OR'), name='odds_update_of_book_or_pool'),
        ),
        AddConstraintNotValid(
            model_name='oddsupdate',
            constraint=models.CheckConstraint(condition=models.Q(('outcome_prices', None), models.Q(('outcome_prices__len__range', (2, 8)), models.Func(models.F('outcome_prices'), output_field=models.BooleanField(), template='array_position(%(expressions)s, NULL) IS NULL'), models.Func(models.F('outcome_prices'), output_field=models.BooleanField(), template='0 <= ALL (%(expressions)s)'), models.Func(models.F('outcome_prices'), output_field=models.BooleanField(), template='1000000000000000000 >= ALL (%(expressions)s)')), _connector='OR'), name='odds_update_outcome_prices_in_range'),
        ),
    ]
