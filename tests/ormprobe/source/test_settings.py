"""Where a project names its databases."""

from __future__ import annotations

from pathlib import Path

from ormprobe.source import Source
from ormprobe.source.settings import databases_at

MANAGE = 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "{}")\n'


def at(folder: Path, **files: str) -> tuple[str, int] | None:
    for name, text in files.items():
        path = folder / (name.replace("__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    found = databases_at(Source(folder))
    return None if found is None else (found.file, found.line)


def test_the_only_settings(tmp_path: Path) -> None:
    assert at(tmp_path, site__settings="DEBUG = True\nDATABASES = {}\n") == ("site/settings.py", 2)


def test_settings_that_a_program_makes(tmp_path: Path) -> None:
    text = "settings.configure(\n    DATABASES={},\n)\n"

    assert at(tmp_path, run=text) == ("run.py", 2)


def test_of_several_the_one_that_is_chosen(tmp_path: Path) -> None:
    text = "DATABASES = {}\n"
    chosen = {"manage": MANAGE.format("site.settings.live")}
    both = {"site__settings__live": text, "site__settings__local": text}

    assert at(tmp_path, **both, **chosen) == ("site/settings/live.py", 1)


def test_of_several_none_without_a_choice(tmp_path: Path) -> None:
    assert at(tmp_path, site__live="DATABASES = {}\n", site__local="DATABASES = {}\n") is None


def test_an_app_without_settings_has_none(tmp_path: Path) -> None:
    assert at(tmp_path, app="DATABASE = 'x'\n") is None
