"""What `vault` announces, always after commit and with `send_robust`. Listeners don't write here.

A replay announces nothing of what it tells again; what it comes to in the end is announced.
"""

from django.dispatch import Signal

# Each with its log loaded: seen, or credited. Nobody may have its address yet.
deposits_changed = Signal()  # deposits: tuple[Deposit, ...]
# A reorganisation took their blocks; these rows are no more. What the new branch has instead is
# announced as ever.
deposits_gone = Signal()  # deposits: tuple[Deposit, ...]
# Each with its log loaded, if a block has paid it: whenever its state is another one, or its log.
withdrawals_changed = Signal()  # withdrawals: tuple[Withdrawal, ...]
