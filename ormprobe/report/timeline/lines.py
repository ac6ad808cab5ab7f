"""What the page says of each entry of the timeline, as text that is yet to be wrapped."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from ormprobe.report.excerpt import printable
from ormprobe.report.timeline import model
from ormprobe.report.timeline.sql_text import HOLE, short
from ormprobe.report.timeline.values import shown
from ormprobe.timeline.model import Shape

GLUE = "\ue000"
"""A blank at which no line is to end."""
LONGEST_SQL = 480
LONGEST_MESSAGE = 240
MOST_VALUES = 24
MOST_SHARED = 6

_OUTCOMES = {
    "passed": "bold green",
    "failed": "bold red",
    "error": "bold red",
    "interrupted": "bold yellow",
    "skipped": "bold yellow",
}
_HANDLED_BADLY = 400


def headline(scope: model.ScopeEntry) -> Text:
    took = "" if scope.duration_us is None else f"  {_duration(scope.duration_us)}"
    if scope.type == "request":
        answered = "no answer" if scope.status is None else str(scope.status)
        name = scope.name
        if scope.path and scope.path not in name:
            name = f"{scope.name} ({scope.path})"
        bad = scope.status is None or scope.status >= _HANDLED_BADLY
        text = Text(printable(name), "bold cyan")
        text.append(" -> ").append(answered, "bold red" if bad else "bold green")
        return text.append(took, "dim")
    text = Text(scope.outcome.upper(), _OUTCOMES.get(scope.outcome, "bold"))
    text.append(f" {scope.type} {printable(scope.name)}", "bold")
    return text.append(took, "dim")


def sql_line(entry: model.StatementEntry) -> Text:
    """The text with values in it: where one came from, where that is known."""
    values = {value.key: value for value in entry.binds}
    template = short(entry.text) if entry.text else entry.operation
    text = Text()
    start = 0
    for hole in HOLE.finditer(template):
        text.append(printable(template[start : hole.start()]))
        value = values.get(hole[1])
        text.append_text(Text("?") if value is None else _value(value))
        start = hole.end()
    text.append(printable(template[start:]))
    verb = template.partition(" ")[0]
    text.stylize("bold", 0, len(verb))
    if len(text) > LONGEST_SQL:
        text.truncate(LONGEST_SQL)
        text.append(" ...", "dim")
    return text


def _value(value: model.Value) -> Text:
    origin = value.origin
    if origin is None:
        return Text(printable(shown(value.value)), "magenta")
    source = printable(origin.name)
    if origin.event is not None:
        source = f"{_ref(origin.event)}{GLUE}{source}"
    if origin.weak:
        text = Text(printable(shown(value.value)), "magenta")
        return text.append(f"{GLUE}{{{source}?}}", "cyan")
    return Text(f"{{{source}}}", "bold cyan")


def about_line(same: Sequence[model.StatementEntry]) -> Text:
    """How many rows, how long, why and where."""
    first = same[0]
    text = Text(style="dim")
    rows = [each.rows for each in same if each.rows is not None]
    if rows:
        text.append(_count(sum(rows), "row"))
    elif first.affected is not None and first.affected >= 0:
        text.append(f"{_count(sum(max(0, each.affected or 0) for each in same), 'row')} affected")
    else:
        text.append("done" if first.fate else "sent")
    text.append(f" in {_duration(sum(each.duration_us for each in same))}")
    if first.many:
        text.append(f", {first.many} sets of values")
    if first.fate in ("lost", "undone", "open"):
        word = {"lost": "lost", "undone": "taken back", "open": "never committed"}[first.fate]
        text.append(", ").append(word, "not dim bold red")
    elif first.durable:
        text.append(", committed at once")
    for part in (first.load, first.via, first.sender and f"sent by {first.sender}"):
        if part:
            text.append(f", {printable(part)}", "not dim yellow" if part is first.load else "")
    if first.where is not None:
        text.append(f", {line_of(first.where)}")
    if any(each != first.where for each in first.composed):
        text.append(f", composed at {', '.join(map(line_of, first.composed))}")
    if len(same) > 1:
        text.append(f", last {_ref(same[-1].event)}")
    return text


def others_line(same: Sequence[model.StatementEntry]) -> Text:
    """Statements on no data: what they are about is enough."""
    if len(same) == 1:
        template = HOLE.sub("?", short(same[0].text)).partition(" (")[0]
        text = Text(printable(template[:LONGEST_MESSAGE]), "dim")
    else:
        verbs = dict.fromkeys(each.operation for each in same)
        text = Text(f"{len(same)} statements {', '.join(list(verbs)[:4])}", "dim")
    where = f", {line_of(same[0].where)}" if same[0].where else ""
    return text.append(f" in {_duration(sum(e.duration_us for e in same))}{where}", "dim")


def transaction_line(entry: model.TransactionEntry) -> Text:
    style = "bold green" if entry.end == "commit" else "bold red" if entry.lost else "bold"
    text = Text("NEVER ENDED" if entry.end == "open" else entry.end.upper(), style)
    if entry.by and entry.by not in ("unknown", "app"):
        text.append(f" by {entry.by}")
    for word, events, of in (("keeps", entry.kept, "green"), ("loses", entry.lost, "red")):
        if events:
            text.append(f" {word} {_refs(events)}", of)
    if entry.more:
        text.append(f" and {entry.more} more writes")
    if not (entry.kept or entry.lost or entry.more):
        text.append(" of no write", "dim")
    return text.append(_at(entry.where), "dim")


def savepoint_line(entry: model.SavepointEntry) -> Text:
    text = Text(f"SAVEPOINT {entry.action}", "bold" if entry.lost else "")
    return text.append(f" takes back {_refs(entry.lost)}", "red") if entry.lost else text


def error_line(entry: model.ErrorEntry) -> Text:
    text = Text(f"{entry.type}", "bold red")
    text.append(f" ({entry.code})" if entry.code else "")
    text.append(_message(entry.message)).append(_at(entry.where), "dim")
    if entry.fate:
        text.append(f", {entry.fate}", "yellow").append(_at(entry.caught), "dim")
    return text


def failure_line(entry: model.FailureEntry) -> Text:
    text = Text(f"FAILED with {entry.type}" if entry.type else "FAILED", "bold red")
    text.append(f" in {entry.phase}" if entry.phase and entry.phase != "call" else "")
    return text.append(_message(entry.message)).append(_at(entry.where), "dim")


def check_line(entry: model.CheckEntry) -> Text:
    text = Text("CHECK FAILED", "bold red").append(_at(entry.where), "dim")
    if entry.operator == "KeyError" and isinstance(entry.right, dict):
        text.append(f": {_operand(entry.left)} has no {', '.join(map(printable, entry.right))}")
    elif entry.operator:
        sides = ((entry.left, "left"), (entry.right, "right"))
        shows = [
            f"{_operand(side)}{' (expected)' if entry.expected == name else ''}"
            for side, name in sides
        ]
        text.append(f": {shows[0]} {entry.operator} {shows[1]}")
    elif entry.message:
        text.append(_message(entry.message))
    return text


def _operand(shape: Shape) -> str:
    if isinstance(shape, dict):
        of = shape.get("of")
        if isinstance(of, list):
            inside = ", ".join(_operand(item) for item in of[:MOST_SHARED])
            length = shape.get("#")
            more = isinstance(length, int) and length > len(of[:MOST_SHARED])
            return f"[{inside}{f', ... {length} in all' if more else ''}]"
        if "?" not in shape:
            parts = [f"{key}: {_operand(item)}" for key, item in list(shape.items())[:MOST_SHARED]]
            return f"{{{', '.join(parts)}{', ...' if len(shape) > MOST_SHARED else ''}}}"
    return printable(shown(shape))


def note_line(entry: model.NoteEntry) -> Text:
    return Text(printable(entry.says), "bold yellow").append(_at(entry.where), "dim")


def answer_line(answer: model.Answer) -> Text:
    text = Text(f"answer {answer.status}", "bold")
    text.append(f" {printable(answer.content_type)}" if answer.content_type else "")
    for path, length in answer.lengths:
        text.append(f", {printable(path)}[{length}]" if path else f", a list of {length}")
    first = {value.name: value for value in reversed(answer.values)}
    if first:
        # of the members of a list, the first
        shown_ = [value for value in answer.values if first[value.name] is value]
        text.append(": ").append_text(values_line("", shown_, 0))
    return text


def values_line(title: str, values: Sequence[model.Value], cut: int) -> Text:
    text = Text(f"{title} " if title else "", "bold")
    for number, value in enumerate(values[:MOST_VALUES]):
        text.append(", " if number else "", "not bold")
        text.append(f"{printable(value.name or '')}{GLUE}", "not bold")
        text.append_text(_value(value))
    left = len(values[MOST_VALUES:]) + cut
    return text.append(f" and {left} more" if left else "", "dim")


def _message(message: str) -> str:
    line = printable(" ".join(message.split()))
    return f": {line[:LONGEST_MESSAGE]}{'...' if len(line) > LONGEST_MESSAGE else ''}" * bool(line)


def _at(where: model.Where) -> str:
    return "" if where is None else f" at {line_of(where)}"


def line_of(where: model.Line) -> str:
    file = where.file.rpartition("/site-packages/")[2]
    return printable(f"{file}:{where.line} in {where.function}")


def _ref(event: str) -> str:
    return f":{event.rpartition(':')[2]}"


def _refs(events: Sequence[str]) -> str:
    shown_ = ", ".join(_ref(event) for event in events[:MOST_SHARED])
    more = len(events) - MOST_SHARED
    return f"{shown_} and {more} more" if more > 0 else shown_


def offset(at_us: int) -> str:
    return f"+{_duration(at_us).replace(GLUE, '')}"


def _duration(us: int) -> str:
    if us < 100_000:
        return f"{us / 1000:.1f}{GLUE}ms"
    return f"{us / 1000:.0f}{GLUE}ms" if us < 1_000_000 else f"{us / 1_000_000:.1f}{GLUE}s"


def _count(number: int, word: str) -> str:
    return f"{number} {word if number == 1 else word + 's'}"
