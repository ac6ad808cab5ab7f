"""Programs that use Django, traced; as `alchemy` has them for SQLAlchemy.

A program begins with `from start import *`, which sets Django up with one app, `library`.
"""

from __future__ import annotations

import functools
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from tests.instrumentation.alchemy import PYTHON, Traced
from tests.instrumentation.traced import run, write

__all__ = ["PYTHON", "Traced", "django_version", "settings_of", "trace"]

MODELS = """\
from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models

class Author(models.Model):
    name = models.CharField(max_length=40, unique=True)
    biography = models.TextField(default="")

class Profile(models.Model):
    author = models.OneToOneField(Author, models.CASCADE)
    motto = models.CharField(max_length=40, default="")

class Tag(models.Model):
    label = models.CharField(max_length=40)

class Note(models.Model):
    text = models.CharField(max_length=40)
    content_type = models.ForeignKey(ContentType, models.CASCADE)
    object_id = models.IntegerField()
    about = GenericForeignKey()

class Book(models.Model):
    title = models.CharField(max_length=40)
    author = models.ForeignKey(Author, models.CASCADE, related_name="books")
    tags = models.ManyToManyField(Tag)
    pages = models.IntegerField(default=1)
    notes = GenericRelation(Note)

class Novel(Book):
    genre = models.CharField(max_length=40, default="")

class Ticket(models.Model):
    id = models.UUIDField(primary_key=True)
"""

START = """\
import os
import django
from django.conf import settings
settings.configure(
    DATABASES={"default": %(database)s},
    INSTALLED_APPS=["django.contrib.contenttypes", "library"],
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
)
django.setup()
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import *
from django.db import *
from django.db import connection, connections, models, transaction
from django.db.models import *
from django.db.utils import Error
from library.models import *

def create():
    with connection.schema_editor() as editor:
        for model in (ContentType, Author, Profile, Tag, Note, Book, Novel, Ticket):
            editor.create_model(model)

def seed():
    create()
    for number in (1, 2, 3):
        Author.objects.create(id=number, name="author %%d" %% number, biography="long")
    for number in range(1, 7):
        Book.objects.create(id=number, title="book %%d" %% number, author_id=(number + 1) // 2)
    Profile.objects.create(id=10, author_id=1)
    tags = [Tag.objects.create(id=number, label="tag %%d" %% number) for number in (1, 2)]
    for book in Book.objects.all():
        book.tags.set(tags)
    for book in Book.objects.filter(id__lte=2):
        Note.objects.create(about=book, text="note")
    Novel.objects.create(id=20, title="novel", author_id=1, genre="crime")
"""

SQLITE = {"ENGINE": "django.db.backends.sqlite3", "NAME": "library.db"}


def settings_of(url: str) -> dict[str, object]:
    """Django's settings of a database, from the URL of one on PostgreSQL."""
    parts = urlsplit(url)
    host = dict(part.split("=") for part in parts.query.split("&") if part).get("host")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": parts.username or "",
        "PASSWORD": parts.password or "",
        "HOST": (host or parts.hostname or "").replace("%2F", "/"),
        "PORT": str(parts.port or ""),
    }


def trace(
    folder: Path,
    program: str,
    *,
    arguments: tuple[str, ...] = ("program.py",),
    status: int = 0,
    database: dict[str, object] | None = None,
    files: dict[str, str] | None = None,
    traced: bool = True,
) -> Traced:
    """Run a program beside `start.py`; it must end with this status, and no shim be off.

    database: Django's settings of it; a file of SQLite's where there are none.
    """
    written = {
        "library/__init__.py": "",
        "library/models.py": MODELS,
        "start.py": START % {"database": database or SQLITE},
        "program.py": program,
        **(files or {}),
    }
    write(folder, written)
    child = run(arguments, folder, folder / "trace" if traced else None, python=PYTHON)
    assert child.status == status, child.stdout + child.stderr
    if traced:
        assert child.events, "nothing was recorded"
        assert not child.of("shim", state="disabled"), child.of("shim", state="disabled")
    return Traced(program, child)


@functools.cache
def django_version() -> tuple[int, ...]:
    """Of the interpreter that runs the programs: major, minor."""
    words = [PYTHON, "-c", "import django; print(*django.VERSION[:2])"]
    answer = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    return tuple(int(part) for part in answer.stdout.split())
