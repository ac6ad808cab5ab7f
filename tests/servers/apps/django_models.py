"""The settings and the database of the Django apps: made once, before the server."""

from __future__ import annotations

import os
import sys
from urllib.parse import parse_qs, urlsplit

import django
from django.conf import settings


def database() -> dict[str, object]:
    parts = urlsplit(os.environ["DATABASE_URL"])
    if parts.scheme == "sqlite":
        name = parts.path[1:]
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": name,
            # a write that waits for its turn, not one that finds its snapshot outdated
            "OPTIONS": {"timeout": 30, "transaction_mode": "IMMEDIATE"},
        }
    host = parse_qs(parts.query).get("host", [parts.hostname])[0]
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path[1:],
        "USER": parts.username or "",
        "PASSWORD": parts.password or "",
        "HOST": host,
        "PORT": str(parts.port or ""),
    }


sys.modules["django_models"] = sys.modules[__name__]  # once, also when this is the program
settings.configure(
    SECRET_KEY="of a test",
    DEBUG=bool(os.environ.get("DEBUG")),
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=os.environ.get("URLS", "django_app"),
    DATABASES={"default": database()},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
django.setup()

from django.db import connection, models  # noqa: E402


class Note(models.Model):
    marker = models.CharField(max_length=80, unique=True)
    body = models.CharField(max_length=80)

    class Meta:
        app_label = "notes"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        from django.core.management import execute_from_command_line

        execute_from_command_line(sys.argv)
    else:
        with connection.schema_editor() as editor:
            editor.create_model(Note)
