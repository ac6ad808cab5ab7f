"""Clauses, operators and types that some database systems have and others refuse.

A system that refuses a statement names the token that it did not understand. Where that token is
part of a construct of another dialect, and the statement is whole in that dialect, the statement is
no slip: it was written for another system.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from ormprobe.sql.facts import dialect_of

_LITERALS = re.compile(r"'(?:[^']|'')*'")
_PLACEHOLDERS = re.compile(r"%\((\w+)\)s|%s|\$\d+(?!\w)|(?<!:):(?!:)\w+")


@dataclass(frozen=True, slots=True)
class Construct:
    """name: as people know it. lacking: systems that refuse it, by their OpenTelemetry names.
    dialects: of sqlglot, that know it. pattern: in a text without literals. tokens: what the
    refusing system names."""

    name: str
    lacking: tuple[str, ...]
    dialects: tuple[str, ...]
    pattern: re.Pattern[str]
    tokens: re.Pattern[str]


def _construct(
    name: str, lacking: str, dialects: str, pattern: str, tokens: str = ".*"
) -> Construct:
    return Construct(
        name,
        tuple(lacking.split()),
        tuple(dialects.split()),
        re.compile(pattern, re.IGNORECASE | re.DOTALL),
        re.compile(rf"(?:{tokens})\Z", re.IGNORECASE),
    )


_CONSTRUCTS: tuple[Construct, ...] = (
    _construct("ILIKE", "sqlite mysql", "postgres", r"\bILIKE\b", "ILIKE"),
    _construct("::", "sqlite mysql", "postgres", r"::\s*\w+", ":|::"),
    _construct("@>", "sqlite mysql", "postgres", r"@>|<@", "@|@>|<@|>|<"),
    _construct("JSON operator", "sqlite mysql", "postgres", r"#>>?|\?\||\?&", r"#.*|\||&|\?\||\?&"),
    _construct("array operator", "sqlite mysql", "postgres", r"&&", "&|&&"),
    _construct("~", "sqlite mysql", "postgres", r"[\w\")]\s*!?~\*?\s*[\w?:%$']", r"~|~\*|\*|!|!~"),
    _construct("SIMILAR TO", "sqlite mysql", "postgres", r"\bSIMILAR\s+TO\b", "SIMILAR|TO"),
    _construct("DISTINCT ON", "sqlite mysql", "postgres", r"\bDISTINCT\s+ON\s*\(", "ON"),
    _construct(
        "FOR UPDATE",
        "sqlite",
        "postgres mysql",
        r"\bFOR\s+(NO\s+KEY\s+)?(UPDATE|SHARE|KEY\s+SHARE)\b",
        "FOR|UPDATE|SHARE|NO|KEY",
    ),
    _construct("FULL JOIN", "mysql", "postgres sqlite", r"\bFULL\s+OUTER\s+JOIN\b", "OUTER|JOIN"),
    _construct("LATERAL", "sqlite", "postgres", r"\bLATERAL\b", "LATERAL|SELECT"),
    _construct("MERGE", "sqlite mysql", "postgres tsql", r"\A\s*MERGE\b", "MERGE"),
    _construct("TRUNCATE", "sqlite", "postgres mysql", r"\A\s*TRUNCATE\b", "TRUNCATE"),
    _construct(
        "ALTER COLUMN",
        "sqlite",
        "postgres",
        r"\bALTER\s+(COLUMN\s+)?\w+\s+(SET|DROP|TYPE)\b",
        "ALTER",
    ),
    _construct(
        "CREATE of another system",
        "sqlite",
        "postgres",
        r"\A\s*(CREATE|DROP|COMMENT|ALTER)\s+(EXTENSION|TYPE|SEQUENCE|SCHEMA|DOMAIN|ROLE|ON)\b",
        "EXTENSION|TYPE|SEQUENCE|SCHEMA|DOMAIN|ROLE|COMMENT",
    ),
    _construct("CASCADE", "sqlite", "postgres", r"\ADROP\s+TABLE\b.*\bCASCADE\b", "CASCADE"),
    _construct("ARRAY[]", "sqlite mysql", "postgres", r"\bARRAY\s*\[", r"ARRAY|\["),
    _construct("ANY()", "sqlite", "postgres", r"=\s*ANY\s*\(", "ANY|SELECT"),
    _construct("INTERVAL", "sqlite", "postgres mysql", r"\bINTERVAL\b", "INTERVAL|'.*|.*DAY.*"),
    _construct("EXTRACT", "sqlite", "postgres mysql", r"\bEXTRACT\s*\(\s*\w+\s+FROM\b", "FROM"),
    _construct("POSITION IN", "sqlite", "postgres mysql", r"\bPOSITION\s*\(", "IN"),
    _construct(
        "ONLY or FETCH", "sqlite mysql", "postgres", r"\bFETCH\s+(FIRST|NEXT)\b", "FETCH|FIRST|NEXT"
    ),
    _construct("AT TIME ZONE", "sqlite mysql", "postgres", r"\bAT\s+TIME\s+ZONE\b", "AT|TIME|ZONE"),
    _construct(
        "WITHIN GROUP", "sqlite mysql", "postgres", r"\bWITHIN\s+GROUP\b", r"WITHIN|GROUP|\("
    ),
    _construct("RETURNING", "mysql sqlite", "postgres", r"\bRETURNING\b", "RETURNING"),
    _construct("ON CONFLICT", "mysql", "postgres sqlite", r"\bON\s+CONFLICT\b", "CONFLICT|ON"),
    _construct(
        "ON DUPLICATE KEY",
        "sqlite postgresql",
        "mysql",
        r"\bON\s+DUPLICATE\s+KEY\b",
        "DUPLICATE|ON",
    ),
    _construct(
        "INSERT IGNORE",
        "sqlite postgresql",
        "mysql",
        r"\A\s*INSERT\s+IGNORE\b",
        "IGNORE",
    ),
    _construct(
        "INSERT OR REPLACE",
        "postgresql mysql",
        "sqlite",
        r"\A\s*INSERT\s+OR\s+(REPLACE|IGNORE|ABORT|FAIL|ROLLBACK)\b",
        "OR",
    ),
    _construct("REPLACE INTO", "postgresql", "mysql", r"\A\s*REPLACE\s+INTO\b", "REPLACE"),
    _construct(
        "AUTO_INCREMENT", "sqlite postgresql", "mysql", r"\bAUTO_INCREMENT\b", "AUTO_INCREMENT"
    ),
    _construct("ENGINE=", "sqlite postgresql", "mysql", r"\)\s*ENGINE\s*=", "ENGINE|="),
    _construct(
        "AUTOINCREMENT", "postgresql mysql", "sqlite", r"\bAUTOINCREMENT\b", "AUTOINCREMENT"
    ),
    _construct("PRAGMA", "postgresql mysql", "sqlite", r"\A\s*PRAGMA\b", "PRAGMA"),
    _construct("GLOB", "postgresql mysql", "sqlite", r"\bGLOB\b", "GLOB"),
    _construct("REGEXP", "postgresql", "mysql sqlite", r"\bR(EGEXP|LIKE)\b", "REGEXP|RLIKE"),
    _construct("LIMIT #,#", "postgresql", "mysql sqlite", r"\bLIMIT\s+\S+\s*,\s*\S+", ",|#,#"),
    _construct("backticks", "postgresql", "mysql sqlite", r"`\w+`", r".*"),
    _construct("TOP", "sqlite postgresql mysql", "tsql", r"\bSELECT\s+TOP\s+\d+", r"\d+|TOP"),
    _construct(
        "SHOW or DESCRIBE",
        "sqlite postgresql",
        "mysql",
        r"\A\s*(SHOW\s+TABLES|DESC(RIBE)?\s)",
        "SHOW|TABLES|DESC|DESCRIBE",
    ),
    _construct("WITHOUT ROWID", "postgresql mysql", "sqlite", r"\bWITHOUT\s+ROWID\b", "WITHOUT"),
)


@dataclass(frozen=True, slots=True)
class Foreign:
    """A construct of another dialect; `whole`: that dialect understands the whole statement."""

    name: str
    dialect: str
    whole: bool


@lru_cache(maxsize=512)
def foreign(text: str, system: str | None, token: str | None) -> Foreign | None:
    """The construct of another dialect at which a system refused a statement.

    token: what it named, None where that is not known; then any such construct is meant.
    """
    plain = _LITERALS.sub("''", text)
    system = None if system is None else dialect_of(system)
    for construct in _CONSTRUCTS:
        if system not in construct.lacking or not construct.pattern.search(plain):
            continue
        if token is not None and not construct.tokens.match(token):
            continue
        for dialect in construct.dialects:
            if is_whole(text, dialect):
                return Foreign(construct.name, dialect, True)
        return Foreign(construct.name, construct.dialects[0], False)
    return None


@lru_cache(maxsize=512)
def is_whole(text: str, dialect: str) -> bool:
    """Whether a dialect's parser understands a statement."""
    import logging

    import sqlglot
    from sqlglot.errors import SqlglotError

    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    plain = _PLACEHOLDERS.sub("?", _LITERALS.sub("'1'", text))
    try:
        sqlglot.parse_one(plain, read=dialect)
    except (SqlglotError, ValueError, RecursionError):
        return False
    return True
