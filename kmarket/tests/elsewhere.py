"""Processes of their own that work on this test's database."""

import os
import subprocess
import sys
from urllib.parse import quote

from django.conf import settings
from django.db import connection


def environment() -> dict[str, str]:
    """Return the variables with which kmarket works on the database of this test."""
    database = connection.settings_dict
    user = quote(database["USER"] or "")
    if database["PASSWORD"]:
        user += f":{quote(database['PASSWORD'], safe='')}"
    port = f":{database['PORT']}" if database["PORT"] else ""
    place = f"{quote(database['HOST'] or '', safe='')}{port}/{database['NAME']}"
    return os.environ | {
        "DATABASE_URL": f"postgres://{user}@{place}",
        "REDIS_URL": settings.REDIS_URL,
        "JWT_SECRET": settings.JWT_SECRET,
        "DJANGO_SETTINGS_MODULE": "kmarket.settings",
    }


def python(*args: str, **env: str) -> subprocess.Popen[str]:
    """Start Python on the project, with its words in pipes. `env` is set besides."""
    return subprocess.Popen(
        [sys.executable, *args],
        cwd=settings.BASE_DIR,
        env=environment() | env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def manage(*args: str, **env: str) -> subprocess.Popen[str]:
    """Start a management command. `env` is set besides."""
    return python("manage.py", *args, **env)
