"""Drives a server of notes under load and checks every answer; run as a program.

    drive.py URL MARKERS RESULT [--stream] [--reload FILE] [--kill] [--patient]

Each marker is created, read, changed, read again and, with `--stream`, streamed, by one of eight
threads. RESULT gets a JSON list of [method, kind, marker] for every answer that came. `--reload`
rewrites FILE halfway and waits for the new process; `--kill` kills the process that answers, and
then takes no offence at requests without an answer. `--patient` asks again where a connection
was refused or reset before any answer, as a worker that goes may do. Exits with 1 if an answer is
wrong.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from queue import Empty, SimpleQueue
from urllib.parse import urlsplit

THREADS = 8
SECONDS = 30


class Driver:
    def __init__(self, url: str, lenient: bool, patient: bool) -> None:
        parts = urlsplit(url)
        self.host, self.port = str(parts.hostname), int(parts.port or 80)
        self.lenient = lenient
        self.tries = 5 if patient else 1
        self.done: list[tuple[str, str, str]] = []
        self.wrong: list[str] = []

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, str]:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=SECONDS)
        try:
            headers = {"Content-Type": "application/json"} if body is not None else {}
            data = None if body is None else json.dumps(body)
            connection.request(method, path, data, headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def step(self, method: str, kind: str, marker: str, query: str, want: str) -> bool:
        body = {"marker": marker} if method == "POST" else None
        for left in reversed(range(self.tries)):
            try:
                status, text = self.ask(method, f"/{kind}/{marker}{query}", body)
                break
            except (OSError, http.client.HTTPException) as error:
                if not left:
                    if not self.lenient:
                        self.wrong.append(f"{method} {kind} {marker}: {error!r}")
                    return False
                time.sleep(0.2)
        if status >= 300 or want not in text:
            self.wrong.append(f"{method} {kind} {marker}: {status} {text[:200]}, not {want}")
            return False
        self.done.append((method, kind, marker))
        return True

    def note(self, marker: str, stream: bool) -> None:
        steps = [
            ("POST", "notes", "", f'"{marker}"'),
            ("GET", "notes", f"?marker={marker}", f'"{marker}"'),
            ("PUT", "notes", "?ending=-changed", f'"{marker}"'),
            ("GET", "notes", f"?marker={marker}", f'"{marker}-changed"'),
        ]
        if stream:
            steps.append(("GET", "stream", "", f"{marker}\n{marker}\n{marker}\n"))
        for method, kind, query, want in steps:
            if not self.step(method, kind, marker, query, want):
                return

    def load(self, markers: list[str], stream: bool) -> None:
        waiting: SimpleQueue[str] = SimpleQueue()
        for marker in markers:
            waiting.put(marker)

        def work() -> None:
            while True:
                try:
                    self.note(waiting.get_nowait(), stream)
                except Empty:
                    return

        threads = [threading.Thread(target=work) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def process(self) -> dict[str, int]:
        found: dict[str, int] = json.loads(self.ask("GET", "/generation")[1])
        return found

    def reload(self, file: Path) -> None:
        """Change the app, and wait until the new process answers."""
        time.sleep(1.1)  # a reloader may look at whole seconds
        file.write_text("GENERATION = 2\n")
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            try:
                if self.process()["generation"] == 2:
                    return
            except (OSError, http.client.HTTPException, ValueError):
                pass
            time.sleep(0.1)
        self.wrong.append("the server was not reloaded")

    def kill_amid(self) -> None:
        time.sleep(0.3)
        try:
            os.kill(self.process()["pid"], signal.SIGKILL)
        except (OSError, http.client.HTTPException) as error:
            self.wrong.append(f"nobody to kill: {error!r}")


def main(url: str, markers: str, result: str, *options: str) -> int:
    driver = Driver(url, "--kill" in options, "--patient" in options)
    count, stream = int(markers), "--stream" in options
    names = [f"marker-{number:04}-of-{os.getpid()}" for number in range(count)]
    if "--reload" in options:
        driver.load(names[: count // 2], stream)
        driver.reload(Path(options[options.index("--reload") + 1]))
        driver.load(names[count // 2 :], stream)
    elif "--kill" in options:
        killing = threading.Thread(target=driver.kill_amid)
        killing.start()
        driver.load(names, stream)
        killing.join()
    else:
        driver.load(names, stream)
    Path(result).write_text(json.dumps(driver.done))
    for line in driver.wrong[:5]:
        print(line, file=sys.stderr)
    return 1 if driver.wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
