"""Logs and answers of real servers: fixture apps, healthy and with faults, walked by the paper's
suite. From them `synthetic_results` makes as many runs as are wanted."""

from __future__ import annotations

import itertools
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from ormprobe.runs.suite import SuiteRequest, conduit
from tests.corpus.cases import Case, cases, materialise
from tests.corpus.databases import variables
from tests.corpus.running import clean_environment, own_python

APPS = {
    "flask_sqlalchemy": (
        "flask",
        (None, "detached-instance-access--lazy-load", "schema-not-created"),
    ),
    "fastapi_sqlalchemy": (
        "fastapi",
        ("async-implicit-io--serializer", "data-layer-code-error--missing-import", None),
    ),
    "aiohttp_sqlalchemy": (
        "aiohttp",
        ("async-implicit-io--collection", "startup-connection-failure--no-folder"),
    ),
}
"""By fixture: its framework, and the faults that are planted in it; None is the healthy app."""
WALKS = 2
READY_S = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A request of the suite and what came of it. `status`: None where nothing answered."""

    asked: SuiteRequest
    url: str
    status: int | None
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One app. `log`: what it wrote before, during each, and after the walks. `answers`: of the
    last walk. `sources`: the app's own files, by their path."""

    framework: str
    fault: str | None
    name: str
    head: str
    walks: tuple[str, ...]
    tail: str
    answers: tuple[Answered, ...]
    sources: dict[str, str]


def record(folder: Path) -> list[Recording]:
    """Starts each app once. `folder`: an empty one."""
    known = {(case.fixture, case.fault.name if case.fault else None): case for case in all_cases()}
    recordings: list[Recording] = []
    for fixture, (framework, faults) in APPS.items():
        for fault in faults:
            place = folder / f"{fixture}-{fault}"
            place.mkdir()
            recordings.append(_recorded(known[fixture, fault], framework, fault, place))
    return recordings


def all_cases() -> list[Case]:
    return [case for case in cases() if case.database == "sqlite"]


def _recorded(case: Case, framework: str, fault: str | None, place: Path) -> Recording:
    app = materialise(case, place)
    sources = {
        path.relative_to(app).as_posix(): path.read_text()
        for path in sorted(app.rglob("*.py"))
        if "tests" not in path.parts
    }
    log = place / "log"
    with _served(case, app, place, log) as base:
        marks = [_written(log)]
        answers: tuple[Answered, ...] = ()
        for number in range(WALKS):
            answers = tuple(_walked(base, f"walker{number}"))
            marks.append(_written(log))
    text = log.read_bytes()
    return Recording(
        framework=framework,
        fault=fault,
        name="walker",
        head=text[: marks[0]].decode(),
        walks=tuple(text[a:b].decode() for a, b in itertools.pairwise(marks)),
        tail=text[marks[-1] :].decode(),
        answers=answers,
        sources=sources,
    )


def _written(log: Path) -> int:
    time.sleep(0.2)  # a server writes after it answers
    return log.stat().st_size


@contextmanager
def _served(case: Case, app: Path, place: Path, log: Path) -> Iterator[str]:
    """The address of the app's server, up or not: some faults keep it from starting."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = case.exercise.serve.replace("{port}", str(port)).replace(" --no-access-log", "")
    words = own_python(shlex.split(command))
    if "gunicorn" in words:
        words[words.index("--bind") : words.index("--bind")] = ["--access-logfile", "-"]
    with variables(case, place, _no_server) as told, log.open("wb") as written:
        process = subprocess.Popen(
            words,
            cwd=app,
            env={**clean_environment(), **told, "PORT": str(port), "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait(process, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(timeout=10)


def _no_server() -> str:
    raise AssertionError("only SQLite is asked for")


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + READY_S
    while process.poll() is None and time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)


def _walked(base: str, name: str) -> Iterator[Answered]:
    """The suite's requests, one after another, as its client sends them."""
    suite = conduit()
    known = {"user": name, "article": "missing", "comment": "1"}
    token = ""
    with httpx.Client(base_url=base + suite.prefix, timeout=10, trust_env=False) as client:
        for asked in suite.requests:
            path = (asked.path or "/").format(**known)
            if "?" in path:
                path += f"={name}"
            headers = {"Authorization": f"Token {token}"} if asked.authenticated and token else {}
            try:
                answer = client.request(
                    asked.method, path, json=_body(asked, name), headers=headers
                )
            except httpx.HTTPError:
                yield Answered(asked=asked, url=f"{base}/api{path}", status=None, size=0)
                continue
            found = _found(answer)
            token = str(found.get("token") or token) if asked.gives_token else token
            if asked.gives == "user" and answer.is_success:
                known["user"] = _named(asked, name)
            known["article"] = str(found.get("slug") or known["article"])
            if asked.gives == "comment":
                known["comment"] = str(found.get("id") or known["comment"])
            yield Answered(
                asked=asked,
                url=f"{base}/api{path}",
                status=answer.status_code,
                size=len(answer.content),
            )


def _found(answer: httpx.Response) -> dict[str, object]:
    """The one object that an answer is about."""
    try:
        body = answer.json()
    except ValueError:
        return {}
    inner = next(iter(body.values()), None) if isinstance(body, dict) and len(body) == 1 else None
    return inner if isinstance(inner, dict) else {}


def _named(asked: SuiteRequest, name: str) -> str:
    return f"celeb_{name}" if "Celeb" in asked.name else name


def _body(asked: SuiteRequest, name: str) -> object:
    if asked.method not in ("POST", "PUT"):
        return None
    named = _named(asked, name)
    user = {"username": named, "email": f"{named}@example.org", "password": "secret-word"}
    article = {"title": f"How {name} trains", "description": "d", "body": "b", "tagList": [name]}
    return {
        ("user", "register"): {"user": user},
        ("user", "log-in"): {"user": user},
        ("user", "update"): {"user": {"bio": "I write."}},
        ("article", "create"): {"article": article},
        ("article", "update"): {"article": {"body": "With two hands"}},
        ("comment", "create"): {"comment": {"body": "Thank you so much!"}},
    }.get((asked.resource or "", str(asked.role)))


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as scratch:
        for each in record(Path(scratch)):
            bad = sum((answer.status or 500) >= 400 for answer in each.answers)
            size = sum(map(len, (each.head, *each.walks, each.tail)))
            traces = sum(walk.count("Traceback") for walk in (each.head, *each.walks))
            print(each.framework, each.fault, f"{bad} bad answers, {size} bytes, {traces} traces")
    sys.exit()
