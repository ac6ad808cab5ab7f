# ruff: noqa: E501
"""Requests in the access logs of servers, each in the form in which its server writes them."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ormprobe.logs.access import Accesses
from ormprobe.logs.model import Access, Item, Line
from ormprobe.logs.unanswered import MOST
from tests.ormprobe.logs.reading_by import accesses, read

FORMS = [
    ("uvicorn", 'INFO:     10.0.0.7:50798 - "POST /ships?flag=x%20y HTTP/1.1" 201 Created'),
    ("gunicorn", '10.0.0.7 - - [27/Nov/2026:17:19:08 +0000] "POST /ships?flag=x%20y HTTP/1.1" 201'),
    ("combined", '::1 - - [27/Nov/2026:17:1:2 +0000] "POST /ships?flag=x%20y HTTP/2.0" 201 5 "-" "a"'),
    ("werkzeug", '10.0.0.7 - - [27/Nov/2026 17:19:10] "[33mPOST /ships?flag=x%20y HTTP/1.1[0m" 201 -'),
    ("werkzeug", '1.1.1.1 - - [x] "\x1b[33mPOST /ships?flag=x%20y HTTP/1.1\x1b[0m" 201 -'),
    ("django", '[03/Mar/2026 15:01:12] "POST /ships?flag=x%20y HTTP/1.1" 201 11'),
    ("daphne", '10.0.0.7:5 - - [03/Mar/2026:15:01:12] "POST /ships?flag=x%20y" 201 11'),
    ("channels", "HTTP POST /ships?flag=x%20y 201 [0.02, 127.0.0.1:50798]"),
    ("hypercorn", '[2026-11-27 17:19:08 +0000] [7] [INFO] 10.0.0.7:5 - - [x] "POST /ships?flag=x%20y 2" 201 5 "-" "a"'),
    ("aiohttp", 'INFO:aiohttp.access:1.1.1.1 [27/Nov/2026:17:19:11 +0000] "POST /ships?flag=x%20y HTTP/1.1" 201 172 "-" "a"'),
    ("sanic", "2026-11-27 17:19:13 +0000 INFO: 127.0.0.1:59074 POST http://127.0.0.1:42/ships?flag=x%20y 201 1  0.1ms"),
    ("hono", "--> POST /ships?flag=x%20y 201 3ms"),
    ("hono", "--> POST /ships?flag=x%20y \x1b[32m201\x1b[0m 3ms"),
    ("koa", "  --> POST /ships?flag=x%20y 201 3ms 5b"),
    ("koa", "  xxx POST /ships?flag=x%20y 201 3ms -"),
    ("morgan dev", "POST /ships?flag=x%20y 201 3.103 ms - 5"),
    ("morgan dev", "\x1b[0mPOST /ships?flag=x%20y \x1b[32m201\x1b[0m 3.103 ms - 5\x1b[0m"),
    ("morgan tiny", "POST /ships?flag=x%20y 201 5 - 3.103 ms"),
    ("morgan short", "::1 - POST /ships?flag=x%20y HTTP/1.1 201 5 - 3.103 ms"),
    ("winston", "2026-11-27T17:19:13.000Z [info]: POST /ships?flag=x%20y 201 3ms"),
    ("own", "POST /ships?flag=x%20y -> 201 (3ms)"),
    ("lograge", "method=POST path=/ships?flag=x%20y format=json status=201 duration=3.1"),
    ("caddy", '{"level":"info","logger":"http.log.access","request":{"method":"POST","uri":"/ships?flag=x%20y"},"status":201}'),
    ("nginx", '{"request_method":"POST","request_uri":"/ships?flag=x%20y","status":"201"}'),
    ("pino-http", '{"level":30,"req":{"id":1,"method":"POST","url":"/ships?flag=x%20y"},"res":{"statusCode":201},"responseTime":2,"msg":"request completed"}'),
    ("winston", '{"meta":{"req":{"method":"POST","url":"/ships?flag=x%20y"},"res":{"statusCode":201}},"message":"HTTP"}'),
    ("structlog", '{"method":"post","path":"/ships?flag=x%20y","status_code":201,"event":"request"}'),
]  # fmt: skip


@pytest.mark.parametrize(("server", "text"), FORMS)
def test_a_request_is_read(server: str, text: str) -> None:
    assert accesses(read(text, Accesses())) == [("POST", "/ships?flag=x%20y", 201)], server


QUIET = [
    "Executing (default): SELECT `id` FROM `ships` LIMIT 201;",
    "curl -X GET http://localhost:3000/ships 200 OK",
    'DEBUG:urllib3.connectionpool:http://localhost:80 "GET /ships HTTP/1.1" 200 5',
    'INFO:httpx:HTTP Request: GET http://localhost/ships "HTTP/1.1 200 OK"',
    "Route GET /ships registered",
    "tests expect GET /ships 404 (not found)",
    "GET /ships 404 when there is none",
    "GET the harbour ready by 200 hours",
    '{"level":30,"msg":"GET ships"}',
    '{"method":"POST","amount":4}',
    '{"status":200,"method":"sail"}',
    '{"method": "GET", "url": "/ships"',
]


@pytest.mark.parametrize("text", QUIET)
def test_what_is_no_answered_request_is_none(text: str) -> None:
    assert read(text, Accesses()) == []


def pino(number: object, **more: object) -> str:
    return json.dumps({"level": 30, "pid": 7, "reqId": number, **more})


def asked(number: object, path: str) -> str:
    return pino(number, req={"method": "GET", "url": path}, msg="incoming request")


def done(number: object, status: int) -> str:
    return pino(number, res={"statusCode": status}, responseTime=1, msg="request completed")


def test_fastifys_pairs_are_joined_by_their_number() -> None:
    lines = [asked("req-1", "/a"), asked("req-2", "/b"), done("req-2", 404), done("req-1", 200)]
    found = [one for one in read("\n".join(lines), Accesses()) if isinstance(one, Access)]
    assert [(one.line, one.path, one.status) for one in found] == [(3, "/b", 404), (4, "/a", 200)]


def test_a_request_that_was_never_answered_has_no_status() -> None:
    lines = [asked("req-1", "/a"), asked("req-2", "/b"), done("req-1", 200), "<-- GET /c"]
    assert accesses(read("\n".join(lines), Accesses())) == [
        ("GET", "/a", 200),
        ("GET", "/b", None),
        ("GET", "/c", None),
    ]


def test_a_new_process_counts_from_one_again() -> None:
    lines = [asked("req-1", "/a"), asked("req-1", "/b"), done("req-1", 200)]
    assert accesses(read("\n".join(lines), Accesses())) == [("GET", "/a", None), ("GET", "/b", 200)]


def test_honos_pair_is_one_request() -> None:
    text = "<-- GET /a\n<-- GET /a\n--> GET /a 200 1ms\n--> GET /a 500 1ms"
    assert accesses(read(text, Accesses())) == [("GET", "/a", 200), ("GET", "/a", 500)]


def test_so_many_requests_wait_and_no_more() -> None:
    reader, items = Accesses(), list[Item]()
    for number in range(MOST + 10):
        reader.take(Line(number + 1, f"<-- GET /ships/{number}"), items)
    assert len(items) == 10
    reader.end(items)
    assert len(items) == MOST + 10


def test_the_source_of_a_line_is_kept_and_tells_pairs_apart() -> None:
    reader, items = Accesses(), list[Item]()
    reader.take(Line(1, "<-- GET /a", "one"), items)
    reader.take(Line(2, "--> GET /a 200 1ms", "two"), items)
    reader.end(items)
    assert [(one.source, one.status) for one in items if isinstance(one, Access)] == [
        ("two", 200),
        ("one", None),
    ]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.sampled_from([text for _, text in FORMS]), st.text()), max_size=12))
def test_no_text_raises(lines: list[str]) -> None:
    for found in read("\n".join(lines), Accesses()):
        assert isinstance(found, Access)
        assert found.status is None or 100 <= found.status < 600


@given(st.sampled_from([text for _, text in FORMS]), st.integers(0, 200))
def test_no_torn_line_raises(text: str, end: int) -> None:
    read(text[:end], Accesses())
    read(text[end:], Accesses())


@pytest.mark.parametrize(
    "line",
    [
        '"GET ' * 12_000,
        "GET /" * 12_000,
        "GET / HTTP/1.1 " * 4_000,
        "GET " + " " * 60_000,
        "--> GET /" + "\x1b[0m" * 15_000,
        '{"method":' * 6_000,
        "[" * 60_000,
        "method=GET " * 6_000,
        "GET /" + "a" * 60_000,
    ],
)
def test_a_huge_line_costs_no_more_than_its_length(line: str) -> None:
    started = time.perf_counter()
    read("\n".join([line] * 5), Accesses())
    assert time.perf_counter() - started < 3
