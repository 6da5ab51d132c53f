"""What the listener announces, after commit."""

from django.dispatch import Signal

# A reorganisation took blocks away and put others in their place. cursor, from_block (the first one
# that was replaced), depth (how many), logs (how many of ours were in them).
reorganised = Signal()
