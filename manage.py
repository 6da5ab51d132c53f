#!/usr/bin/env python
"""Run one command: `python manage.py --help` lists them."""

import os
import sys

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
