"""Containers that outlive a request, and those that do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from ormprobe.source import Source
from ormprobe.source.stores import stores_in
from tests.instrumentation.traced import write

OUTLIVE = {
    "of a module": "NOTES = {}\ndef add(key):\n    NOTES[key] = 1\n",
    "annotated": "NOTES: dict[str, int] = {}\ndef drop(key):\n    del NOTES[key]\n",
    "by a call": "from collections import defaultdict\nNOTES = defaultdict(list)\n"
    "def add(key):\n    NOTES[key].append(1)\n",
    "replaced": "NOTES = []\ndef drop(key):\n    global NOTES\n    NOTES = [n for n in NOTES]\n",
    "of an instance": "class Repo:\n    def __init__(self):\n        self.NOTES = {}\n"
    "    async def add(self, key):\n        self.NOTES[key] = 1\n",
    "of a class": "class Repo:\n    NOTES = {}\n    def add(self, key):\n"
    "        self.NOTES.update({key: 1})\n",
    "of an app": "app.state.NOTES = {}\ndef add(key):\n    app.state.NOTES[key] = 1\n",
    "around a handler": "def create_app():\n    NOTES = {}\n    def add(key):\n"
    "        NOTES[key] = 1\n    return add\n",
}
DO_NOT = {
    "constant": "NOTES = {}\ndef get(key):\n    return NOTES[key]\n",
    "local": "def get():\n    NOTES = []\n    NOTES.append(1)\n    return NOTES\n",
    "a parameter": "NOTES = []\ndef get(NOTES):\n    NOTES.append(1)\n",
    "filled at import": "NOTES = {}\nNOTES['a'] = 1\n",
}


@pytest.mark.parametrize("text", OUTLIVE.values(), ids=OUTLIVE)
def test_it_outlives_a_request(text: str, tmp_path: Path) -> None:
    write(tmp_path, {"app.py": text})

    [found] = stores_in(Source(tmp_path))

    assert found.name == "NOTES"
    assert "NOTES" in text.splitlines()[found.place.line - 1]


@pytest.mark.parametrize("text", DO_NOT.values(), ids=DO_NOT)
def test_it_does_not(text: str, tmp_path: Path) -> None:
    write(tmp_path, {"app.py": text})

    assert stores_in(Source(tmp_path)) == []


def test_the_store_and_what_changes_it_may_be_in_two_files(tmp_path: Path) -> None:
    add = "from store import NOTES\ndef add(key):\n    NOTES[key] = 1\n"
    write(tmp_path, {"store.py": "NOTES = {}\n", "views.py": add})

    [found] = stores_in(Source(tmp_path))

    assert (found.place.file, found.changed_in) == ("store.py", {"add"})


def test_what_tests_keep_is_not_the_apps(tmp_path: Path) -> None:
    write(tmp_path, {"tests/fakes.py": OUTLIVE["of a module"]})

    assert stores_in(Source(tmp_path)) == []
