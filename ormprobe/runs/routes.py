"""How many routes a line of source defines, in the ways of the paper's eight frameworks."""

from __future__ import annotations

import re

_VERBS = "get|post|put|patch|delete|options|head"

_PYTHON = re.compile(
    rf"""^\s*@[\w.]+\.(?:route|{_VERBS}|api_route|websocket|view)\s*\( # Flask, FastAPI, aiohttp
    | \.add_(?:{_VERBS}|route|view|url_rule|api_route)\s*\(
    | \bweb\.(?:{_VERBS}|view|route)\s*\(
    """,
    re.VERBOSE,
)
_DJANGO = re.compile(r"""(?<![.\w])(?:re_)?path\s*\(\s*(?:r?["']|$)|\b\w*router\.register\s*\(""")

_SCRIPT = re.compile(
    rf"""\b(?P<receiver>\w+)\.(?:{_VERBS}|del|all)\s*(?:<[^()]*>)?\(\s*
        (?:["'`](?:[/:*]|["'`])|/\^|$) # a path, a pattern, or the path on the next line
    | \b(?P<on>\w+)\.on\s*\(\s*["'](?:GET|POST|PUT|PATCH|DELETE)["']
    | \b(?P<whole>\w+)\.route\s*\(\s*\{{ # Fastify
    """,
    re.VERBOSE,
)
_CHAINED = re.compile(rf"^\s*\.(?:{_VERBS}|all)\s*\(")
_ROUTE_OF = re.compile(r"""\b\w+\.route\s*\(\s*["'`]/[^)]*\)""")
_VERB_CALL = re.compile(rf"\.(?:{_VERBS}|all)\s*\(")
_SERVERS = re.compile(
    r"\w*(?:app|router|routes?|server|fastify|api|instance|hono|koa|express|v\d)", re.IGNORECASE
)
_CLIENTS = frozenset({"axios", "request", "supertest", "agent", "fetch", "got", "http", "client"})


def python_routes(text: str) -> int:
    """Routes of Flask, FastAPI, aiohttp and Django; an `include` of others is none."""
    if "(" not in text:
        return 0
    if ("@" in text or "add_" in text or "web." in text) and _PYTHON.search(text):
        return 1
    if "path" not in text and "register" not in text:
        return 0
    return 0 if "include(" in text else len(_DJANGO.findall(text))


class ScriptRoutes:
    """Routes of Express, Fastify, Hono and Koa, counted line by line."""

    def __init__(self) -> None:
        self._in_chain = False

    def count(self, text: str) -> int:
        """How many the next line of the file defines: `.route(path)` opens a chain of methods."""
        if "." not in text or "(" not in text:
            self._in_chain = False
            return 0
        chain = _ROUTE_OF.search(text)
        if chain is not None:
            rest = text[chain.end() :]
            self._in_chain = not rest.rstrip().endswith(";")
            return len(_VERB_CALL.findall(rest))
        if self._in_chain and _CHAINED.match(text):
            return 1
        self._in_chain = False
        return sum(1 for match in _SCRIPT.finditer(text) if _is_servers(match, text))


def _is_servers(match: re.Match[str], text: str) -> bool:
    receiver = match["receiver"] or match["on"] or match["whole"]
    if receiver.lower() in _CLIENTS:
        return False
    # without a path on the line a name must speak for it: `cache.get(` is no route
    if match["receiver"] and match.group().rstrip().endswith("("):
        return _SERVERS.fullmatch(receiver) is not None
    return True
