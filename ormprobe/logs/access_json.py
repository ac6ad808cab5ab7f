"""Requests in log lines of JSON: Fastify's pairs, pino-http, Caddy, nginx, express-winston."""

from __future__ import annotations

import re

from ormprobe.logs.model import Access, Item, Line
from ormprobe.logs.structured import Fields, fields_of, inner, number_at, text_at
from ormprobe.logs.unanswered import Unanswered

_METHODS = ("method", "request_method", "http_method", "verb")
_PATHS = ("url", "uri", "originalUrl", "path", "request_uri", "request_path", "http_path", "target")
_STATUSES = ("status", "statusCode", "status_code", "http_status", "response_status")
_PLACES = ((), ("req",), ("request",), ("http",), ("meta",), ("meta", "req"), ("http", "request"))
_ANSWERS = ((), ("res",), ("response",), ("http",), ("meta",), ("meta", "res"))
_NAMED = re.compile("GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|TRACE|CONNECT")
_LINE = re.compile(rf"({_NAMED.pattern}) (\S+)(?: HTTP/[\d.]+)?")
_CHEAP = re.compile(r'"(?:method|verb|res|request|request_method|http_method|statusCode)"')


class JsonAccesses:
    """Reads a line of JSON; what only announces a request waits for the line of its answer."""

    def __init__(self, waiting: Unanswered) -> None:
        self._waiting = waiting

    def take(self, line: Line, items: list[Item]) -> bool:
        if _CHEAP.search(line.text) is None:
            return False
        fields = fields_of(line.text)
        if fields is None:
            return False
        asked, status = _request(fields), _status(fields)
        key = _key(line, fields)
        if asked is None:
            return self._answered(line, fields, key, status, items)
        method, path = asked
        found = Access(
            line=line.number, method=method, path=path, status=status, source=line.source
        )
        if status is not None:
            self._waiting.answer(key)
            items.append(found)
        elif key is None or fields.get("msg") != "incoming request":
            return False
        else:
            left = self._waiting.answer(key)  # a new process counts from one again
            if left is not None:
                items.append(left)
            self._waiting.ask(key, found, items)
        return "stack" not in line.text

    def _answered(
        self,
        line: Line,
        fields: Fields,
        key: tuple[object, ...] | None,
        status: int | None,
        items: list[Item],
    ) -> bool:
        """A line with a status alone. With an error, the request's own end is still to come."""
        if key is None or status is None or "responseTime" not in fields:
            return False
        asked = self._waiting.answer(key)
        if asked is None:
            return False
        items.append(
            Access(
                line=line.number,
                method=asked.method,
                path=asked.path,
                status=status,
                source=line.source,
            )
        )
        return "stack" not in line.text


def _key(line: Line, fields: Fields) -> tuple[object, ...] | None:
    number = fields.get("reqId", inner(fields, "req").get("id"))
    if not isinstance(number, str | int):
        return None
    process = fields.get("pid")
    return (line.source, number, process if isinstance(process, str | int) else None)


def _request(fields: Fields) -> tuple[str, str] | None:
    for place in _PLACES:
        found = inner(fields, *place)
        method, path = text_at(found, _METHODS), text_at(found, _PATHS)
        if method and path and _NAMED.fullmatch(method.upper()) and "/" in path:
            return method.upper(), _without_host(path)
    named = _LINE.fullmatch(text_at(fields, ("request", "message", "msg")) or "")
    return (named[1], _without_host(named[2])) if named else None


def _status(fields: Fields) -> int | None:
    for place in _ANSWERS:
        found = number_at(inner(fields, *place), _STATUSES)
        if found is not None and 100 <= found < 600:
            return found
    return None


def _without_host(path: str) -> str:
    if path.startswith(("http://", "https://")):
        return "/" + path.partition("://")[2].partition("/")[2]
    return path
