"""Statements that the database did not understand: a slip, or the words of another system."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ormprobe.signals.errors import key_of, reading_of
from ormprobe.signals.known import Known
from ormprobe.sql.constructs import foreign
from ormprobe.sql.facts import dialect_of, sql_facts
from ormprobe.sql.functions import homes_of
from ormprobe.timeline.model import Error, Scope
from ormprobe_taxonomy.signals import Reading
from ormprobe_taxonomy.signals.refusals import StatementRefused

READS = ("errors",)

MALFORMED = "malformed-statement"
UNSUPPORTED = "backend-unsupported-operation"
BINDS = "bind-type-mismatch"
NAMES = "unresolved-reference"

_TOKENS = (
    re.compile(r'near "(.+?)": syntax error'),
    re.compile(r'unrecognized token: "(.+?)"'),
    re.compile(r'syntax error at or near "(.+?)"'),
    re.compile(r"LIMIT (#,#|\S+) syntax is not supported"),
    re.compile(r'(?:type|collation) "(.+?)" does not exist'),
    re.compile(r"near '(::|\w+|[^\s\w']+).*' at line \d+", re.DOTALL),
)
_FUNCTIONS = (
    re.compile(r"no such function: (\w+)"),
    re.compile(r"function (?:\w+\.)?(\w+)\(.*\) does not exist", re.DOTALL),
    re.compile(r"FUNCTION (?:[^\s.]+\.)?(\w+) does not exist"),
)
_COLUMN = re.compile(r"no such column: (ARRAY|INTERVAL)\b", re.IGNORECASE)
_COLLECTION = re.compile(r"type '(?:list|tuple|dict|set)' is not supported")
_POSTGRES_ALONE = ("ARRAY", "HSTORE", "TSVECTOR", "INET", "CIDR", "MACADDR")
_END = re.compile(r"end of input|incomplete input|near '' at line")
_QUOTED = re.compile(r"near ''[^ ]")
_LIMITED = re.compile(r"\b(?:LIMIT|OFFSET)\s+(?:%s|%\(\w+\)s|\?)", re.IGNORECASE)
_SCRUBBED = re.compile(r"<\d+:")
_TORN = re.compile(r"'\d+:[0-9a-f]{16}(?:\^[0-9a-f]{16})?'\w")
"""A literal with a word right behind it: a quote inside a value ended it too soon."""


def detect(scope: Scope, known: Known) -> Iterator[StatementRefused]:
    for error in scope.all_errors():
        found = refusal(known, error, reading_of(error))
        if found is not None:
            yield found


def refusal(known: Known, error: Error, reading: Reading | None) -> StatementRefused | None:
    """What a database stopped at, where it refused a statement as a whole."""
    if reading is None or error.statement is None:
        return None
    if reading.cause not in (MALFORMED, UNSUPPORTED, BINDS, NAMES):
        return None
    message = error.chain[-1].message if error.chain else error.message
    system = known.system(error.process, error.connection)
    function = _named(_FUNCTIONS, message)
    if function is not None:
        homes = homes_of(function)
        return StatementRefused(
            error=key_of(error),
            token=function,
            system=system,
            function=True,
            homes=homes,
            events=(error.event,),
        )
    token = _named(_TOKENS, message) or _named((_COLUMN,), message)
    if token is None and (reading.cause in (BINDS, NAMES) or not _is_syntax(message)):
        return None
    token = None if token is None or _SCRUBBED.search(token) else token
    ended = _END.search(message) is not None
    found = None if ended else foreign(error.statement, system, token)
    return StatementRefused(
        error=key_of(error),
        token=token,
        system=system,
        construct=found.name if found else None,
        dialect=found.dialect if found else None,
        whole=found.whole if found else False,
        mixed=_is_mixed(error.statement, message),
        events=(error.event,),
    )


def reread(known: Known, error: Error, reading: Reading) -> Reading:
    """A slip or another system's words, whichever the text shows."""
    if reading.cause == MALFORMED and _is_text_for_limit(error):
        return Reading(BINDS)
    if reading.cause == BINDS and _has_foreign_column(known, error):
        return Reading(UNSUPPORTED)
    found = refusal(known, error, reading)
    if found is None:
        return reading
    if found.function:
        if found.system is not None and dialect_of(found.system) in found.homes:
            return Reading(BINDS)  # it is there, for arguments of other types
        return Reading(UNSUPPORTED if found.homes else MALFORMED)
    if found.construct is not None:
        return Reading(UNSUPPORTED)
    if reading.cause == UNSUPPORTED and _is_syntax(error.message):
        return Reading(MALFORMED)
    return reading


def _is_text_for_limit(error: Error) -> bool:
    """Whether a text was bound for a number of rows: MySQL's drivers put it into the statement."""
    message = error.chain[-1].message if error.chain else error.message
    return bool(_QUOTED.search(message) and _LIMITED.search(error.statement or ""))


def _has_foreign_column(known: Known, error: Error) -> bool:
    """Whether a whole list was bound for a column of a type that the database does not have."""
    system = known.system(error.process, error.connection)
    message = error.chain[-1].message if error.chain else error.message
    if system in (None, "postgresql") or not _COLLECTION.search(message):
        return False
    facts = sql_facts(error.statement or "", system)
    mapped = [table for table in known.run.tables.values() if table.name.lower() in facts.writes]
    return any(
        column.type is not None
        and column.type.upper().startswith(_POSTGRES_ALONE)
        and re.search(rf"\b{re.escape(column.name)}\b", error.statement or "") is not None
        for table in mapped
        for column in table.columns
    )


def _named(patterns: tuple[re.Pattern[str], ...], message: str) -> str | None:
    for pattern in patterns:
        found = pattern.search(message)
        if found is not None:
            return found.group(1)
    return None


def _is_syntax(message: str) -> bool:
    return any(
        words in message
        for words in ("syntax", "unrecognized token", "incomplete input", "unterminated")
    )


def _is_mixed(text: str, message: str) -> bool:
    """Whether a value may have been put into the text, and broken it there."""
    return (
        _TORN.search(text) is not None
        or "unterminated" in message
        or ("unrecognized token" in message and text.count("'") > 0)
    )
