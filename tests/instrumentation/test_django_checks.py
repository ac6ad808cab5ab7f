"""Models that Django's own checks refuse before a command runs."""

from __future__ import annotations

from pathlib import Path

from tests.instrumentation.djangos import trace

CLASHING = """\
from django.db import models


class Author(models.Model):
    name = models.CharField(max_length=40)


class Book(models.Model):
    author = models.ForeignKey(Author, models.CASCADE, related_name="books")
    editor = models.ForeignKey(Author, models.CASCADE, related_name="books")
"""

PROGRAM = """\
import django
from django.conf import settings
from django.core.management import execute_from_command_line

settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "library.db"}},
    INSTALLED_APPS=["library"],
    ROOT_URLCONF="urls",
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
)
django.setup()
execute_from_command_line(["program.py", "check"])
"""


def test_the_first_refused_declaration_is_told(tmp_path: Path) -> None:
    files = {"library/models.py": CLASHING, "urls.py": "urlpatterns = []\n"}

    [error] = trace(tmp_path, PROGRAM, status=1, files=files).child.of("error")

    assert (error["type"], error["code"]) == ("SystemCheckError", "fields.E304")
    assert (error["entity"], error["attribute"]) == ("Book", "author")


def test_a_refusal_of_something_else_names_no_model(tmp_path: Path) -> None:
    models = "from django.db import models\n"
    files = {"library/models.py": models, "urls.py": "urlpatterns = [1]\n"}

    [error] = trace(tmp_path, PROGRAM, status=1, files=files).child.of("error")

    assert error["code"] == "urls.E004"
    assert "entity" not in error


def test_models_that_are_in_order_are_no_error(tmp_path: Path) -> None:
    files = {"urls.py": "urlpatterns = []\n"}
    program = PROGRAM.replace('["library"]', '["django.contrib.contenttypes", "library"]')

    assert not trace(tmp_path, program, files=files).child.of("error")
