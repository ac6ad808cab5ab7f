"""The bases and SQLSTATEs of exception classes, by the dotted names that tracebacks print.

`exception_classes.txt` has them as the installed libraries have them, which a test checks; a log
is read where none of those libraries is installed.
"""

from __future__ import annotations

import builtins
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("exception_classes.txt")

_PEEWEE = "instance matching query does not exist"
_DJANGO = {
    "DoesNotExist": ("ObjectDoesNotExist", "Exception"),
    "MultipleObjectsReturned": ("MultipleObjectsReturned", "Exception"),
}


def bases_of(name: str) -> tuple[str, ...]:
    """The names of the bases of a class, nearest first; none where the class is not known."""
    found = _table().get(name)
    if found is not None:
        return found[1:]
    kind = getattr(builtins, name.removeprefix("builtins."), None)
    if isinstance(kind, type) and issubclass(kind, BaseException):
        return tuple(
            base.__name__ for base in kind.__mro__[1:] if base not in (object, BaseException)
        )
    return ()


def sqlstate_of(name: str) -> str | None:
    """The SQLSTATE that a driver's class stands for."""
    found = _table().get(name)
    return None if found is None or found[0] == "-" else found[0]


@cache
def _table() -> dict[str, tuple[str, ...]]:
    rows = (line.split() for line in _FILE.read_text("utf-8").splitlines())
    return {row[0]: tuple(row[1:]) for row in rows if len(row) > 1}


def bases_of_models_own(type_: str, message: str) -> tuple[str, ...]:
    """The bases of an exception that Django or Peewee makes for each model."""
    outer, _, name = type_.rpartition(".")
    of_query = " matching query does not exist" in message or "get() returned more" in message
    if outer and name in _DJANGO and of_query:
        return _DJANGO[name]
    if type_.endswith("DoesNotExist") and type_ != "DoesNotExist" and _PEEWEE in message:
        return ("DoesNotExist", "Exception")
    if name == "RelatedObjectDoesNotExist" and " has no " in message:
        return ("DoesNotExist", "ObjectDoesNotExist", "AttributeError", "Exception")
    return ()
