"""What a request of an unknown suite is for, from its method and path alone; None where unsafe."""

from __future__ import annotations

import re

from ormprobe.runs.model import Expected, Role

_IDENTIFIER = re.compile(
    r"""\d+ | [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22} | [0-9a-f]{24,64} | [a-z0-9]+(-[a-z0-9]+)+
    | [:{<].+ | null | undefined | None | NaN | (?=.*\d)[\w.~%@+-]+""",
    re.VERBOSE | re.IGNORECASE,
)
_VERSION = re.compile(r"v\d+(\.\d+)*", re.IGNORECASE)
_LOG_IN = frozenset({"login", "log-in", "log_in", "signin", "sign-in", "sign_in", "token"})
_REGISTER = frozenset({"register", "signup", "sign-up", "sign_up", "registration"})
_ORDER = frozenset({"sort", "order", "order_by", "orderby", "ordering", "sort_by", "sortby"})


def guess(name: str, method: str, path: str | None) -> Expected | None:
    """What the shape of a request says of it. path: with its query."""
    if path is None:
        return None
    place, _, query = path.partition("?")
    parts = [part for part in place.split("/") if part and not _VERSION.fullmatch(part)]
    if not parts:
        return None
    last = parts[-1].lower()
    role = _role(method.upper(), last)
    if role is None:
        return None
    keys = {part.partition("=")[0].lower() for part in query.split("&") if part}
    return Expected(
        name=name,
        role=role,
        resource=_resource(parts, role),
        filtered=role is Role.LIST and bool(keys - _ORDER),
        needs=_needs(parts),
    )


def _role(method: str, last: str) -> Role | None:
    item = _is_identifier(last)
    role: Role | None = None
    match method:
        case "GET":
            role = Role.READ if item else Role.LIST if _is_plural(last) else None
        case "POST" if last in _LOG_IN:
            role = Role.LOG_IN
        case "POST" if last in _REGISTER:
            role = Role.REGISTER
        case "POST":
            role = Role.CREATE if _is_plural(last) and not item else None
        case "PUT" | "PATCH":
            role = Role.UPDATE
        case "DELETE":
            role = Role.DELETE if item else None
        case _:
            pass
    return role


def _is_identifier(part: str) -> bool:
    return _IDENTIFIER.fullmatch(part) is not None


def _is_plural(part: str) -> bool:
    return len(part) > 3 and part.endswith("s") and not part.endswith(("ss", "us", "is"))


def _resource(parts: list[str], role: Role) -> str | None:
    if role in (Role.LOG_IN, Role.REGISTER):
        return "user"
    words = [part for part in parts if not _is_identifier(part)]
    return _singular(words[-1].lower()) if words else None


def _needs(parts: list[str]) -> str | None:
    for before, part in zip(reversed(parts[:-1]), reversed(parts), strict=False):
        if _is_identifier(part) and not _is_identifier(before):
            return _singular(before.lower())
    return None


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-1] if _is_plural(word) else word
