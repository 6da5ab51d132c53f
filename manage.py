#!/usr/bin/env python
"""Run one command: `python manage.py --help` lists them."""

import gc
import os
import sys

# What is imported from here on stays: to look for garbage in it after every 700 new objects, as
# Python does, takes a sixth of the time until a command begins.
gc.set_threshold(50_000)

from django.core.management import execute_from_command_line
from django.db import OperationalError
from psycopg_pool import PoolTimeout

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kmarket.settings")
    try:
        execute_from_command_line(sys.argv)
    except (PoolTimeout, OperationalError) as exc:
        sys.exit(
            f"The database does not answer ({type(exc).__name__}): have `make run` running, or set"
            " DATABASE_URL."
        )
