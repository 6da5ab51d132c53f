from django.db import migrations

from kmarket.append_only import append_only


class Migration(migrations.Migration):
    """What a bet was placed at, and what was paid for it, never change again."""

    dependencies = [("betting", "0003_order_by_user_covers")]

    operations = [
        append_only(
            "betting_order",
            *("id", "user_id", "market_id", "option", "stake", "odds_hundredths", "line_q"),
            *("three_way", "odds_seq", "placed_at", "client_ref"),
        ),
        append_only("betting_orderclaim", "id", "order_id", "user_id", "amount", "at"),
    ]
