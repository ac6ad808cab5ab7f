"""Which route a request was matched to, and where the app's code that answers it is written."""

from __future__ import annotations

import sys
from types import FunctionType
from typing import Any, Dict, Iterator, List, Optional, Tuple

from ...callsite import APP, Site
from ...recorder import Recorder
from ..handlers import site_of_handler

_INNER = 6
_LINES: Dict[Tuple[str, str], int] = {}
_ROUTES: Dict[str, str] = {}
_KEPT = 4096


def route_of(match: Any) -> Optional[str]:
    """The route of a match, as it is written: `/articles/<slug>/`, also where it is a regex."""
    route = getattr(match, "route", None)
    if not isinstance(route, str):
        return None
    known = _ROUTES.get(route)
    if known is None:
        if len(_ROUTES) >= _KEPT:
            _ROUTES.clear()
        known = _ROUTES[route] = "/" + _plain(route).lstrip("/")
    return known


def _plain(route: str) -> str:
    """A regex without its anchors and with the names of its groups alone."""
    parts: List[str] = []
    place = 0
    while place < len(route):
        if route.startswith("(?P<", place):
            end = _end_of_group(route, place)
            name = route[place + 4 :].partition(">")[0]
            parts.append("<%s>" % name)
            place = end
        else:
            parts.append(route[place])
            place += 1
    text = "".join(parts).replace("^", "")
    for anchor in ("\\Z", "\\z", "$"):
        if text.endswith(anchor):
            text = text[: -len(anchor)]
    return text.replace("\\", "")


def _end_of_group(route: str, place: int) -> int:
    """Behind the parenthesis that closes the one at a place."""
    depth, in_class = 0, False
    while place < len(route):
        character = route[place]
        if character == "\\":
            place += 1
        elif in_class:
            in_class = character != "]"
        elif character == "[":
            in_class = True
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
            if not depth:
                return place + 1
        place += 1
    return place


def site_of_view(recorder: Recorder, view: Any, method: str) -> Optional[Site]:
    """The app's function that answers: of a class its method or action, else the class itself."""
    kind = getattr(view, "view_class", None) or getattr(view, "cls", None)
    if isinstance(kind, type):
        return _of_class(recorder, kind, _names(view, method))
    operations = getattr(getattr(view, "__self__", None), "operations", None)  # django-ninja
    for operation in operations or ():
        if method in operation.methods:
            return _of_function(recorder, operation.view_func)
    admin: Any = getattr(view, "model_admin", None)
    if admin is not None:
        return _line_of(recorder, admin.__class__)
    return _of_function(recorder, view)


def _names(view: Any, method: str) -> Iterator[str]:
    """The names of the methods that may answer; where none is the app's, what it queries."""
    actions: Dict[str, str] = getattr(view, "actions", None) or {}  # of a viewset
    for name in (method.lower(), "get") if method == "HEAD" else (method.lower(),):
        yield actions.get(name, name)
    yield "get_queryset"


def _of_class(recorder: Recorder, kind: type, names: Iterator[str]) -> Optional[Site]:
    for name in names:
        function = getattr(kind, name, None)
        site = None if function is None else _of_function(recorder, function)
        if site is not None:
            return site
    return _line_of(recorder, kind)


def _of_function(recorder: Recorder, function: Any) -> Optional[Site]:
    """The definition of a function of the app: also of one that a library's function holds."""
    for _ in range(_INNER):
        site = site_of_handler(function)
        if site is None:
            return None
        if recorder.sites.kind(site.path) == APP:
            return site
        function = _held_by(recorder, function)
        if function is None:
            return None
    return None


def _held_by(recorder: Recorder, function: Any) -> Any:
    """The function in a wrapper's closure that it stands for, the app's own first."""
    found: Any = None
    for cell in getattr(function, "__closure__", None) or ():
        try:
            held = cell.cell_contents
        except ValueError:  # not filled
            continue
        if isinstance(held, FunctionType):
            if recorder.sites.kind(held.__code__.co_filename) == APP:
                return held
            found = found or held
    return found


def _line_of(recorder: Recorder, kind: type) -> Optional[Site]:
    """The line that a class of the app begins at: the first one from it to what it inherits."""
    for base in kind.__mro__:
        path = getattr(sys.modules.get(base.__module__), "__file__", None)
        if isinstance(path, str) and recorder.sites.kind(path) == APP:
            line = vars(base).get("__firstlineno__") or _written_at(path, base.__name__)
            return Site(path, line, base.__qualname__) if line else None
    return None


def _written_at(path: str, name: str) -> int:
    """The line of a class statement in a file, 0 where there is not exactly one."""
    known = _LINES.get((path, name))
    if known is None:
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                found = [number for number, line in enumerate(file, 1) if _defines(line, name)]
        except OSError:
            found = []
        known = _LINES[path, name] = found[0] if len(found) == 1 else 0
    return known


def _defines(line: str, name: str) -> bool:
    words = line.replace("(", " ").replace(":", " ").split(None, 2)
    return words[:2] == ["class", name]
