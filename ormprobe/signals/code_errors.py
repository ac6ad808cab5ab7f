"""Plain Python errors of the app's code, and whether that code is data access."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ormprobe.signals.assumed_rows import plain_failures, raised_by_app
from ormprobe.signals.conflicts import is_dealt_with, without_expected
from ormprobe.signals.errors import reading_of, reading_of_links
from ormprobe.signals.known import Known, in_tests
from ormprobe.signals.linking import Linking
from ormprobe.source.data_access import DataAccess, access_of
from ormprobe.source.nodes import covers
from ormprobe.source.origins import absences
from ormprobe.timeline.model import Failure, Link, Scope, Site
from ormprobe_taxonomy.blame import HANDLED
from ormprobe_taxonomy.signals import CodeBroken

READS = ("failures",)

_KINDS = frozenset(("NameError", "AttributeError", "TypeError", "ImportError"))
_ON_OBJECT = re.compile(r"^'(\w+)' object has no attribute '(\w+)'")
_ON_CLASS = re.compile(r"^type object '(\w+)' has no attribute '(\w+)'")
_ON_MODULE = re.compile(r"^module '([\w.]+)' has no attribute '(\w+)'")
_ARGUMENTS = re.compile(
    r"^(?:([\w.]+)\(\) )?(?:got an unexpected keyword|missing \d+ required|takes .*positional"
    r"|got multiple values|got some positional)"
)
_FROM = re.compile(r"^cannot import name .* from .*'([\w.]+)'")
_OF_SESSIONS = frozenset(
    ("execute", "scalars", "scalar", "query", "add", "add_all", "commit", "flush", "rollback",
     "begin", "begin_nested", "connect", "merge", "refresh", "stream", "cursor", "fetchone",
     "fetchall", "fetch", "fetchrow", "close", "session", "acquire")
)  # fmt: skip


def detect(scope: Scope, known: Known) -> Iterator[CodeBroken]:
    linking: Linking | None = None
    for owner, failure, link in plain_failures(scope, known):
        if _KINDS.isdisjoint((link.type, *link.mro)):
            continue
        if reading_of_links(without_expected(known, failure)) is not None:
            continue
        linking = linking or Linking(scope, known)
        found = _signal(known, linking, owner, failure, link)
        if found is not None:
            yield found


def _signal(
    known: Known, linking: Linking, owner: Scope, failure: Failure, link: Link
) -> CodeBroken | None:
    site = link.frames[0]
    place = known.place(site)
    if in_tests(site) or place is None or _is_raised_on_purpose(known, site):
        return None
    imports = "ImportError" in link.mro
    if not imports and not raised_by_app(link):
        return None
    access = _access(known, owner, link, site)
    if access is None:
        return None
    return CodeBroken(
        error=failure.event,
        at_us=failure.at_us,
        type=link.type,
        message=link.message,
        place=place,
        link=linking.of_failure(owner),
        access=access,
        before=_failed_before(known, linking, owner, failure),
        events=(failure.event,),
    )


def _access(known: Known, owner: Scope, link: Link, site: Site) -> str | None:
    """How the broken code is known to be data access."""
    access = access_of(known.source)
    access.learn(known.memory.sites)
    if "ImportError" in link.mro:
        return _of_import(known, access, link, site)
    if "NameError" in link.mro:
        found = _of_function(known, access, owner, site)
        if found is None or access.on_line(site.path, site.line):
            return found
        return "near"  # it may as well be what the function does besides
    if link.type == "AttributeError":
        return _of_attribute(known, access, owner, link, site)
    called = _ARGUMENTS.search(link.message)
    if called is None:
        return None
    name = (called.group(1) or "").replace("<locals>.", "")
    owner_name, _, method = name.rpartition(".")
    if method == "__init__" and owner_name.rpartition(".")[2] in known.run.entities:
        return None  # of a mapped class: what its mapping takes
    if name and access.is_function(".".join(name.split(".")[-2:])):
        return "class"
    return _of_function(known, access, owner, site)


def _of_attribute(
    known: Known, access: DataAccess, owner: Scope, link: Link, site: Site
) -> str | None:
    on_module = _ON_MODULE.search(link.message)
    if on_module is not None:
        file = on_module.group(1).replace(".", "/")
        paths = (f"{file}.py", f"{file}/__init__.py")
        if any(access.is_module(path) for path in paths):
            return "class"
        own = any(known.source.tree(path) is not None for path in paths)
        return _of_function(known, access, owner, site) if own else None
    found = _ON_CLASS.search(link.message) or _ON_OBJECT.search(link.message)
    if found is None:
        return None
    name, attribute = found.groups()
    if name == "NoneType":
        return _of_none(known, access, link, site, attribute)
    if name in known.run.entities or not access.has_class(name):
        return None
    if access.is_class(name):
        return "class"
    return _of_function(known, access, owner, site)


def _of_none(
    known: Known, access: DataAccess, link: Link, site: Site, attribute: str
) -> str | None:
    """A repository that is None: what it should have been is annotated, or has such a method."""
    if attribute in _OF_SESSIONS:
        return None  # a session or connection that is None is another cause
    for absence in absences(known.source, site, link.type, link.message):
        value = absence.value
        hint: str | None = None
        if isinstance(value, ast.Attribute):
            hint = access.annotation(site.path, site.line, value.attr)
        elif isinstance(value, ast.Name):
            hint = access.parameter(site.path, site.line, value.id)
            if hint is None:
                continue
        else:
            continue
        if hint is not None:
            return "class" if access.is_class(hint) else None
        return "near" if access.is_function(attribute) else None
    return None


def _of_function(known: Known, access: DataAccess, owner: Scope, site: Site) -> str | None:
    """Whether the failing function sends statements, or works with what does."""
    sends = (site.path, site.function) in known.memory.senders
    if not sends and not access.holds(site.path, site.line):
        return None
    if not access.on_line(site.path, site.line) and _is_handler(owner, site):
        return "near"  # it may as well be what the handler does besides
    return "sends" if sends else "holds"


def _is_handler(owner: Scope, site: Site) -> bool:
    handler = owner.handler
    if handler is None:
        return owner.kind == "process"  # a program does everything in its own lines
    return (handler.path, handler.function) == (site.path, site.function)


def _of_import(known: Known, access: DataAccess, link: Link, site: Site) -> str | None:
    found = _FROM.search(link.message)
    if found is None:
        return None
    file = found.group(1).replace(".", "/")
    paths = (f"{file}.py", f"{file}/__init__.py")
    if not any(known.source.tree(path) is not None for path in paths):
        return None  # a library's
    if access.is_module(site.path) or any(access.is_module(path) for path in paths):
        return "near"
    return None


def _is_raised_on_purpose(known: Known, site: Site) -> bool:
    tree = known.source.tree(site.path)
    return any(
        isinstance(node, ast.Raise) and covers(node, site.line)
        for node in (ast.walk(tree) if tree is not None else ())
    )


def _failed_before(known: Known, linking: Linking, owner: Scope, failure: Failure) -> bool:
    """Whether a statement failed first in the same piece of work, and the app did not mean to
    live with that."""
    for error in (each for found in owner.walk() for each in found.errors):
        if error.statement is None or error.at_us > failure.at_us:
            continue
        meant = is_dealt_with(known, error, reading_of(error))
        if not meant and linking.fate(error) not in HANDLED:
            return True
    return False
