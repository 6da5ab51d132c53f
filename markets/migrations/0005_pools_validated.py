from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    """Old rows keep the rules of pools too. Reads the tables while others read and write them."""

    dependencies = [
        ('markets', '0004_pools'),
    ]

    operations = [
        # Reading a long history takes longer than any request's statement may.
        migrations.RunSQL('SET LOCAL statement_timeout = 0', migrations.RunSQL.noop),
        ValidateConstraint(model_name='market', name='market_book_or_pool'),
        ValidateConstraint(model_name='market', name='market_pool_without_a_books_terms'),
        ValidateConstraint(model_name='oddsupdate', name='odds_update_of_book_or_pool'),
        ValidateConstraint(model_name='oddsupdate', name='odds_update_outcome_prices_in_range'),
    ]
