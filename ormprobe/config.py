"""The app's own ormprobe configuration, and whose a relative path is."""

import difflib
import shlex
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from ormprobe.errors import UsageError
from ormprobe.expected import DATABASES, NOTHING, ORMS, Expected
from ormprobe.ignoring import NOTHING_IGNORED, Ignored, patterns_of, thresholds_of
from ormprobe.plan import Exercise, needs_shell

KEYS = (
    "command",
    "drive",
    "env",
    "expect_database",
    "expect_orm",
    "ignore",
    "python",
    "ready",
    "serve",
    "setup",
    "strict",
    "thresholds",
    "timeout",
    "values",
)
VALUES = ("hashed", "plain", "off")


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """`[tool.ormprobe]` or ormprobe.toml. `timeout` in seconds; None where not configured."""

    exercise: Exercise = field(default_factory=Exercise)
    python: str | None = None
    env: tuple[tuple[str, str], ...] = ()
    timeout: float | None = None
    strict: bool = False
    values: str | None = None
    expected: Expected = NOTHING
    ignored: Ignored = NOTHING_IGNORED


def load(app: Path) -> Configuration:
    """The configuration of the app's folder. Raises UsageError for one that is wrong."""
    source = app / "ormprobe.toml"
    if source.is_file():
        return _checked(_toml(source), source.name, app)
    source = app / "pyproject.toml"
    table = _toml(source) if source.is_file() else {}
    for name in ("tool", "ormprobe"):
        inner = table.get(name, {})
        if not isinstance(inner, dict):
            raise UsageError("pyproject.toml: tool.ormprobe must be a table")
        table = cast("dict[str, object]", inner)
    return _checked(table, "pyproject.toml", app)


def _toml(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from None


def _checked(table: dict[str, object], source: str, app: Path) -> Configuration:
    for key in table:
        if key not in KEYS:
            near = difflib.get_close_matches(key, KEYS, 1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(KEYS)}"
            raise UsageError(f"{source}: ormprobe has no option {key}; {hint}")

    def text(key: str) -> str | None:
        value = table.get(key)
        if value is not None and not isinstance(value, str):
            raise UsageError(f"{source}: {key} must be a string")
        return value

    values = text("values")
    if values is not None and values not in VALUES:
        raise UsageError(f"{source}: values must be one of {', '.join(VALUES)}")
    expected = Expected(orm=text("expect_orm"), database=text("expect_database"))
    for name, found, known in (
        ("expect_orm", expected.orm, ORMS),
        ("expect_database", expected.database, DATABASES),
    ):
        if found is not None and found not in known:
            raise UsageError(f"{source}: {name} must be one of {', '.join(known)}")
    strict = table.get("strict", False)
    if not isinstance(strict, bool):
        raise UsageError(f"{source}: strict must be true or false")
    return Configuration(
        exercise=Exercise(
            command=_command(table.get("command"), source),
            serve=text("serve"),
            drive=text("drive"),
            ready=text("ready"),
            setup=text("setup"),
        ),
        python=_python(text("python"), app),
        env=_env(table.get("env", {}), source),
        timeout=_timeout(table.get("timeout"), source),
        strict=strict,
        values=values,
        expected=expected,
        ignored=_ignored(table.get("ignore", []), table.get("thresholds", {}), source),
    )


def _command(value: object, source: str) -> str | tuple[str, ...] | None:
    if value is None or isinstance(value, str):
        return value or None
    words = cast("list[object]", value) if isinstance(value, list) else [None]
    if not all(isinstance(word, str) for word in words):
        raise UsageError(f"{source}: command must be a string or a list of strings")
    return tuple(str(word) for word in words) or None


def _ignored(ignore: object, thresholds: object, source: str) -> Ignored:
    texts = cast("list[object]", ignore) if isinstance(ignore, list) else [None]
    if not all(isinstance(text, str) for text in texts):
        raise UsageError(f"{source}: ignore must be a list of strings, CAUSE or CAUSE@GLOB")
    if not isinstance(thresholds, dict):
        raise UsageError(f"{source}: thresholds must be a table of causes and numbers")
    return Ignored(
        patterns_of([str(text) for text in texts], source),
        thresholds_of(cast("dict[str, object]", thresholds), source),
    )


def _python(value: str | None, app: Path) -> str | None:
    """A relative path is the app's; a bare name that is no file there is looked for on PATH."""
    if value is None:
        return None
    there = app / Path(value).expanduser()
    return str(there) if "/" in value or there.exists() else value


def _env(value: object, source: str) -> tuple[tuple[str, str], ...]:
    table = cast("dict[str, object]", value) if isinstance(value, dict) else {"": None}
    pairs: list[tuple[str, str]] = []
    for name, setting in table.items():
        if isinstance(setting, bool) or not isinstance(setting, str | int | float):
            raise UsageError(f"{source}: env must be a table of strings")
        pairs.append((name, str(setting)))
    return tuple(pairs)


def _timeout(value: object, source: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise UsageError(f"{source}: timeout must be a number of seconds above 0")
    return float(value)


def callers(text: str | None, caller: Path, app: Path) -> str | None:
    """A CMD option whose words that are files of the caller's directory are made absolute.

    Children start in the app's folder, but a relative path in an option is the caller's.
    """
    if text is None or caller == app or needs_shell(text):
        return text
    try:
        words = shlex.split(text)
    except ValueError:
        return text
    return shlex.join(_callers_word(word, caller) for word in words)


def _callers_word(word: str, caller: Path) -> str:
    path = caller / word
    has_form = "/" in word or (Path(word).suffix != "" and path.is_file())
    return str(path) if has_form and not word.startswith(("/", "-")) and path.exists() else word
