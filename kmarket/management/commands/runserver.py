"""Django's server for development, with sockets: Daphne's.

Daphne as an installed app would be imported by every command, and a sixth of their start be its.
"""

from daphne.management.commands.runserver import Command

__all__ = ["Command"]
