"""One exception as a trace holds it: type, scrubbed message, codes, and what it carries.

Nothing of the app runs for it: no `str()`, no property, no `__dict__` that was not there.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any, Dict, Iterator, List, Optional, Tuple

from .callsite import APP
from .recorder import Recorder
from .scrub import scrub_message, words_of
from .vocabulary import WORDS

_CHAIN = 12


def head_of(recorder: Recorder, error: BaseException, frame: Any = None) -> Dict[str, Any]:
    """Type, mro, message and codes of one exception."""
    kind = type(error)
    return {
        "type": kind.__qualname__,
        "module": kind.__module__,
        "mro": [base.__name__ for base in kind.__mro__ if base not in (object, BaseException)],
        "message": message_of(recorder, error, frame),
        "code": code_of(error),
        "db.response.status_code": status_of(error),
    }


_CODED = frozenset(("HasDescriptionCode", "SQLAlchemyError"))
_DRIVERS = frozenset(
    (
        "sqlite3", "aiosqlite", "psycopg", "psycopg2", "psycopg_c", "psycopg_binary", "asyncpg",
        "pg8000", "pymysql", "MySQLdb", "mysql", "aiomysql", "asyncmy", "mariadb", "sqlalchemy",
        "django", "peewee", "playhouse", "tortoise",
    )
)  # fmt: skip


def code_of(error: BaseException) -> Optional[str]:
    """SQLAlchemy's code of an error; others are not asked: theirs may be a property that runs."""
    if _CODED.isdisjoint(base.__name__ for base in type(error).__mro__):
        return None
    return _text(getattr(error, "code", None))


def status_of(error: BaseException) -> Optional[str]:
    """SQLSTATE, SQLite's error name or the server's error number, as the driver gives it."""
    if _DRIVERS.isdisjoint(base.__module__.partition(".")[0] for base in type(error).__mro__):
        return None
    for name in ("sqlstate", "pgcode", "sqlite_errorname"):
        found = getattr(error, name, None)
        if isinstance(found, str) and found:
            return found
    module = type(error).__module__.partition(".")[0]
    if module in ("pymysql", "MySQLdb", "aiomysql", "asyncmy") and error.args:
        first = error.args[0]
        return str(first) if isinstance(first, int) else None
    return None


def _text(value: Any) -> Optional[str]:
    return value if isinstance(value, str) and len(value) < 40 else None


def message_of(recorder: Recorder, error: BaseException, frame: Any = None) -> str:
    """The scrubbed message, from the arguments: `str()` of an exception may run the app's code."""
    parts = [part for part in error.args if type(part) in (str, int)]
    if not parts and isinstance(error, OSError) and error.strerror:
        parts = [error.strerror]
    original = None if parts else original_of(error)
    if original is not None:
        return message_of(recorder, original, frame)
    text = ": ".join([str(part) for part in parts])[:4000]
    if not text:
        return ""
    known = set(recorder.known_words)
    known.update(WORDS)
    known.update(_words_of_code(recorder, error, frame))
    return scrub_message(text, known, recorder.digests)


def _words_of_code(recorder: Recorder, error: BaseException, frame: Any) -> Iterator[str]:
    """Names in the code around an exception, and the libraries' own message templates."""
    codes: List[Any] = []
    carried = original_of(error)  # whose message it repeats
    for link in (error, carried):
        traceback = getattr(link, "__traceback__", None)
        while traceback is not None:
            codes.append(traceback.tb_frame.f_code)
            traceback = traceback.tb_next
    del codes[:-60]  # the innermost frames hold the template
    depth = 0
    while frame is not None and depth < 12:
        codes.append(frame.f_code)
        frame, depth = frame.f_back, depth + 1
    for link in (error, carried):
        for base in type(link).__mro__:
            yield base.__name__
            yield from base.__module__.split(".")
    if type(error) is AttributeError:  # whose attribute it is: a class or module, since 3.10
        owner = getattr(error, "obj", None)
        named = owner if isinstance(owner, (type, ModuleType)) else type(owner)
        yield from words_of((named.__name__,))
    for code in codes:
        yield from words_of(code.co_names + code.co_varnames + code.co_freevars + code.co_cellvars)
        if recorder.sites.kind(code.co_filename) != APP:
            yield from words_of(code.co_consts)


def chain_of(error: BaseException) -> Iterator[Tuple[BaseException, str]]:
    """An exception and what it carries: driver's original, causes, contexts, members of a group."""
    seen: Dict[int, None] = {}
    waiting: List[Tuple[Any, str]] = [(error, "")]
    while waiting and len(seen) < _CHAIN:
        found, relation = waiting.pop(0)
        if not isinstance(found, BaseException) or id(found) in seen:
            continue
        seen[id(found)] = None
        yield found, relation
        waiting.append((original_of(found), "orig"))
        waiting.append((found.__cause__, "cause"))
        if not found.__suppress_context__:
            waiting.append((found.__context__, "context"))
        for member in getattr(found, "exceptions", ()) if hasattr(found, "derive") else ():
            waiting.append((member, "member"))


def original_of(error: BaseException) -> Any:
    """The driver's exception that one of an ORM holds, None for none.

    Others are not asked: to ask for the `__dict__` of an exception gives it one before Python 3.11,
    which its pickle shows, and an attribute may be the app's own property.
    """
    names = [base.__name__ for base in type(error).__mro__]
    if "BaseORMException" in names:  # Tortoise's has it as its argument
        return error.args[0] if error.args and isinstance(error.args[0], BaseException) else None
    return getattr(error, "orig", None) if "StatementError" in names else None
