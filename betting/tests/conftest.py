from accounts.models import User
from betting import ledger


def available(user: User) -> int:
    return ledger.available(user_id=user.pk)
