"""Take something out of a user's balance."""

from betting import services
from betting.management.commands.credit import Command as Credit


class Command(Credit):
    help = "Debit a user's balance, in the token's smallest unit."
    move = staticmethod(services.debit)
    done = ("Debited", "from", "Would debit")
