"""Takes the user's data out of SQL text and of exception messages.

SQL: string and large number literals become digests, everything else stays. Messages: a word is
kept when it is known (from the library's message template, the statement, the mapped schema, the
code on the traceback); quoted text, what stands behind `DETAIL:` and unknown words become digests.
"""

from __future__ import annotations

import re
from typing import Any, Container, Iterable, Set

from .digests import LIKE_EDGE, PLAIN, Digests

_SQL_PARTS = re.compile(
    r"""(?P<comment>--[^\n]*|/\*.*?\*/)
      | (?P<name>"(?:[^"]|"")*"|`[^`]*`|\[[A-Za-z_][^\]']*\])
      | (?P<escape>\b[Ee][Ss][Cc][Aa][Pp][Ee]\s+'\\')
      | (?P<text>[EeXxBbNn]?'(?:[^'\\]|''|\\.)*'?)
      | (?P<dollar>\$(?P<tag>[A-Za-z_]*)\$.*?(?:\$(?P=tag)\$|$))
      | (?P<number>(?<![\w$:@.%])\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.]))""",
    re.VERBOSE | re.DOTALL,
)
_VERB = re.compile(r"(?:\s+|--[^\n]*(?:\n|$)|/\*.*?\*/|\()*([A-Za-z]+)", re.DOTALL)
_WRITES = re.compile(r"\b(INSERT|UPDATE|DELETE|MERGE|REPLACE)\b", re.IGNORECASE)


def operation(text: str) -> str:
    """The first keyword of a statement, upper case; of a WITH the write inside it, if any."""
    found = _VERB.match(text)
    verb = found.group(1).upper() if found else ""
    if verb == "WITH":
        body = _SQL_PARTS.sub(" ", text)
        write = _WRITES.search(body)
        return write.group(1).upper() if write else "SELECT"
    return verb


def scrub_sql(text: str, digests: Digests) -> str:
    """The statement with its literals replaced by `'<length>:<digest>[^<stripped>]'`.

    The second digest is that of the literal without leading and trailing `%`, `_` and blanks.
    """

    def replace(found: re.Match[str]) -> str:
        whole = found.group(0)
        if found.lastgroup in ("name", "escape"):  # a lone backslash ends its literal there
            return whole
        if found.group("comment"):
            return "/* */"
        if found.group("number"):
            small = len(whole) <= 4 or ("." in whole and len(whole) <= 5)
            return whole if small else "'%d:%s'" % (len(whole), digests.hex(whole))
        body = whole.strip("eExXbBnN").strip("'")
        if not body:
            return whole
        told = digests.hex(body)
        stripped = body.strip(LIKE_EDGE)
        if stripped and stripped != body:
            told += "^" + digests.hex(stripped)
        return "'%d:%s'" % (len(body), told)

    return _SQL_PARTS.sub(replace, text)


_WORDS = re.compile(
    r"""(?P<quoted>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|«[^»]*»)
      | (?P<word>[^\s'"]+(?:(?<=[a-z])'(?:t|s|re|ll|ve)(?![\w']))?)""",
    re.VERBOSE,
)
_EDGES = ".,:;!?()[]{}<>=`*"
_DETAIL = re.compile(r"(DETAIL|HINT|CONTEXT|parameters|Params)(\s*:\s*).*", re.DOTALL)
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*\Z")
_MEMORY = re.compile(r"0x[0-9a-fA-F]+")
_PIECES = re.compile(r"[A-Za-z_]\w*")
_OPERATOR = re.compile(r"[!#%&*+\-/:<=>?@^|~$]{1,3}\Z")


def scrub_message(text: str, known: Container[str], digests: Digests, limit: int = 600) -> str:
    """The message with every word that is not known replaced by `<length:digest>`."""
    if digests.mode == PLAIN:
        return text[:limit]
    text = _MEMORY.sub("0x", text[: limit * 2])
    text = _DETAIL.sub(lambda found: found.group(1) + ": <cut>", text)

    def keep(word: str) -> bool:
        bare = word.strip(_EDGES)
        if not bare or bare == "0x" or bare in known or bare.lower() in known:
            return True
        if bare.isdigit() and len(bare) <= 4:
            return True
        if _OPERATOR.match(bare):  # a token that a parser did not understand
            return True
        if _IDENTIFIER.match(bare):
            return all(part in known or part.lower() in known for part in bare.split("."))
        pieces = _PIECES.findall(bare)
        digits = re.sub(r"[A-Za-z_]\w*", "", bare)
        return (
            bool(pieces)
            and not re.search(r"\d{5}|[^\x00-\x7f]", digits)
            and all(piece in known or piece.lower() in known for piece in pieces)
        )

    def qualified(word: str) -> str:
        """A known name behind an unknown one, which is that of a database; "" for another word."""
        schema, _, name = word.rpartition(".")
        if not schema or not name or not _IDENTIFIER.match(word) or not keep(name):
            return ""
        return "<%d:%s>.%s" % (len(schema), digests.hex(schema), name)

    def replace(found: re.Match[str]) -> str:
        whole = found.group(0)
        if found.group("quoted"):
            inner = whole[1:-1]
            if text[: found.start()].endswith("near "):  # MySQL shows the rest of the statement
                words = inner.split(None, 1)
                if len(words) > 1 and keep(words[0]):
                    rest = words[1]
                    return "'%s <%d:%s>'" % (words[0], len(rest), digests.hex(rest))
            if not inner:
                return whole
            if not keep(inner) and qualified(inner):
                return whole[0] + qualified(inner) + whole[-1]
            if all(keep(word) for word in inner.split()) and len(inner.split()) < 5:
                return whole
            return "%s<%d:%s>%s" % (whole[0], len(inner), digests.hex(inner), whole[-1])
        if keep(whole):
            return whole
        return qualified(whole) or "<%d:%s>" % (len(whole), digests.hex(whole))

    return _WORDS.sub(replace, text)[:limit]


def words_of(texts: Iterable[Any]) -> Set[str]:
    """The identifiers inside texts, as they are and lower-case."""
    found: Set[str] = set()
    for text in texts:
        if isinstance(text, str):
            for piece in _PIECES.findall(text):
                found.add(piece)
                found.add(piece.lower())
    return found
