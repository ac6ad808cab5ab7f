"""Requests in the access logs of Python's and Node's servers, and of proxies before them.

Forms as uvicorn 0.54, gunicorn 27, werkzeug 3.1, Django 5.2, aiohttp 3.14, Sanic 25.12, waitress
with Paste's translogger, hypercorn, daphne, Apache, nginx, hono's logger, koa-logger and morgan
write them; lines of JSON are read in `access_json`.
"""

from __future__ import annotations

import re

from ormprobe.logs.access_json import JsonAccesses
from ormprobe.logs.model import Access, Item, Line
from ormprobe.logs.unanswered import Unanswered

_METHOD = "GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|TRACE|CONNECT"
_COLOUR = re.compile(r"\x1b?\[[\d;]*m")
"""Also what is left of a colour where something took the escape away."""

_ANY_METHOD = re.compile(rf"(?:{_METHOD})\b")

_QUOTED = re.compile(rf'"({_METHOD}) ([^"]*)" (\d{{3}}|-)(?!\d)')
"""`"GET /x HTTP/1.1" 200`: of uvicorn, gunicorn, Apache, nginx, werkzeug, Django, aiohttp."""

_PROTOCOL = re.compile(r" (?:HTTP/)?\d(?:\.\d)?$")
_CLIENT = re.compile(r"https?://[^\s/]+ $")
"""What stands before the request in a client's own log, as urllib3 writes it."""

_ARROW = re.compile(
    rf"^\s*(<--|-->|xxx)\s+({_METHOD})\s+(/\S*)"
    rf"(?:\s+(\d{{3}}|-)(?=\s|$))?"
)
"""`<-- GET /x` and `--> GET /x 200 3ms`: of hono and Koa."""

_ARROWS = ("<--", "-->", "xxx")

_PLAIN = re.compile(
    rf"(?<![\w/\"'-])({_METHOD})[ |]+((?:https?://[^\s/]+)?/\S*)"
    rf"(?: HTTP/[\d.]+)?(?:\s*(?:->|=>|→|-|:|\|))?\s+(?:status[=: ]\s*)?"
    rf"(\d{{3}}|-)(?=$|\s*[\[(|,]|\s+(?:-|[\d.]+\s*(?:$|-|[µmnu]?s\b|[kKM]?i?[bB]\b)|in \d"
    r"|\d+\s+[\d.]+ ?ms"
    rf"|(?:OK|Created|No Content|Found|Not Found|Bad Request|Unauthorized|Forbidden)\b))"
)
"""`GET /x 200 3.1 ms - 5`: of morgan, Sanic, daphne under Channels, and of many an own logger."""

_WORDED = re.compile(r"\b(?:curl|expect\w*|tests?|should|returns?|fetch\w*|calls?|axios)\b", re.I)
"""A test or a client tells of a request; a server that logs one has no such words before it."""

_PAIRS = re.compile(
    r'\b(method|verb|path|uri|url|status|status_code|statusCode)="?([^\s"]+)"?(?=\s|$)'
)
_LONGEST = 16_384


def access_of(text: str) -> tuple[str, str, int | None] | None:
    """Method, path with its query, and status of the answered request that a line tells of."""
    return None if _ANY_METHOD.search(text, 0, _LONGEST) is None else _answered(_plain(text))


def _plain(text: str) -> str:
    text = text[:_LONGEST]
    return _COLOUR.sub("", text) if "[0m" in text else text


def _answered(text: str) -> tuple[str, str, int | None] | None:
    quoted = _QUOTED.search(text) if '"' in text else None
    if quoted is not None:
        if _CLIENT.search(text[max(quoted.start() - 300, 0) : quoted.start()]):
            return None
        return quoted[1], _PROTOCOL.sub("", quoted[2]), _status(quoted[3])
    arrow = _ARROW.match(text) if text.lstrip()[:3] in _ARROWS else None
    if arrow is not None:
        return (arrow[2], arrow[3], _status(arrow[4])) if arrow[1] != "<--" else None
    plain = _PLAIN.search(text)
    if plain is not None:
        before = text[: plain.start()]
        if len(before) < 160 and not _WORDED.search(before):
            return plain[1], _without_host(plain[2]), _status(plain[3])
    return _of_pairs(text)


class Accesses:
    """The requests of a log. One that was announced and never answered has no status."""

    def __init__(self) -> None:
        self._waiting = Unanswered()
        self._json = JsonAccesses(self._waiting)

    def take(self, line: Line, items: list[Item]) -> bool:
        text = line.text
        if text[:1] in "{ " and text.lstrip()[:1] == "{":
            return self._json.take(line, items)
        if _ANY_METHOD.search(text, 0, _LONGEST) is None:
            return False
        text = _plain(text)
        arrow = _ARROW.match(text) if text.lstrip()[:3] in _ARROWS else None
        if arrow is not None and arrow[1] == "<--":
            self._waiting.ask((line.source, arrow[2], arrow[3]), _unanswered(line, arrow), items)
            return True
        found = _answered(text)
        if found is None:
            return False
        method, path, status = found
        if arrow is not None:
            self._waiting.answer((line.source, method, path))
        items.append(
            Access(line=line.number, method=method, path=path, status=status, source=line.source)
        )
        return True

    def end(self, items: list[Item]) -> None:
        self._waiting.end(items)


def _unanswered(line: Line, arrow: re.Match[str]) -> Access:
    return Access(line=line.number, method=arrow[2], path=arrow[3], status=None, source=line.source)


def _status(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() and 100 <= int(text) < 600 else None


def _without_host(path: str) -> str:
    if path.startswith("/"):
        return path
    return "/" + path.partition("://")[2].partition("/")[2]


def _of_pairs(text: str) -> tuple[str, str, int | None] | None:
    """From `method=GET path=/x status=200`, in any order."""
    if "=" not in text:
        return None
    found = dict(_PAIRS.findall(text))
    method = found.get("method") or found.get("verb") or ""
    path = found.get("path") or found.get("uri") or found.get("url") or ""
    status = found.get("status") or found.get("status_code") or found.get("statusCode")
    if not _ANY_METHOD.fullmatch(method) or status is None or _status(status) is None:
        return None
    return (method, _without_host(path), _status(status)) if "/" in path else None
