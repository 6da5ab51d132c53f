"""What `accounts` announces, after the commit."""

from django.dispatch import Signal

# session_ids: list[UUID], none of which signs anybody in any more.
session_ended = Signal()
