from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ormprobe_instrumentation.digests import PLAIN, Digests
from ormprobe_instrumentation.scrub import operation, scrub_message, scrub_sql, words_of

DIGESTS = Digests(b"k" * 32)


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("select 1", "SELECT"),
        ("  \n\tInsert into x values (1)", "INSERT"),
        ("-- a comment\nUPDATE x SET y = 1", "UPDATE"),
        ("/* by orm */ DELETE FROM x", "DELETE"),
        ("(SELECT 1) UNION (SELECT 2)", "SELECT"),
        ("WITH a AS (SELECT 1) SELECT * FROM a", "SELECT"),
        ("WITH a AS (SELECT 1) INSERT INTO b SELECT * FROM a", "INSERT"),
        ("with gone as (delete from a returning *) select * from gone", "DELETE"),
        ("WITH a AS (SELECT 'delete from x') SELECT * FROM a", "SELECT"),
        ('WITH a AS (SELECT 1) SELECT "update" FROM a', "SELECT"),
        ("PRAGMA foreign_keys = ON", "PRAGMA"),
        ("", ""),
        ("42", ""),
    ],
)
def test_operation(text: str, verb: str) -> None:
    assert operation(text) == verb


@pytest.mark.parametrize(
    "text",
    [
        "SELECT a, b1 FROM t WHERE x = ? LIMIT 10",
        'SELECT "Quoted Name" FROM t',
        "SELECT `a b` FROM t",
        "SELECT [a b] FROM t",
        "SELECT %(name)s, :x1, $1, @p12345 FROM t12345",
        "SELECT x FROM t WHERE y = ''",
        "SELECT 1.5, 100, 9999",
    ],
)
def test_what_holds_no_data_stays(text: str) -> None:
    assert scrub_sql(text, DIGESTS) == text


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("SELECT 'alice@example.com'", "alice"),
        ("SELECT 'it''s secret'", "secret"),
        ("SELECT E'it\\'s secret'", "secret"),
        ("SELECT 'never closed secret", "secret"),
        ("SELECT $$secret$$", "secret"),
        ("SELECT $tag$a $$ secret$tag$", "secret"),
        ("SELECT 123456789", "123456789"),
        ("SELECT 1234.56789", "56789"),
        ("SELECT 1 -- secret", "secret"),
        ("SELECT 1 /* secret\n */ + 1", "secret"),
        ("INSERT INTO t VALUES ('a', 'secret', 'b')", "secret"),
        ("SELECT x'736563726574'", "736563726574"),
    ],
)
def test_literals_and_comments_go(text: str, secret: str) -> None:
    found = scrub_sql(text, DIGESTS)

    assert secret not in found
    assert found.startswith(text.split(" ", 1)[0])


def test_equal_literals_keep_equal_digests() -> None:
    one, other = (scrub_sql(f"SELECT {text}", DIGESTS) for text in ("'abc', 'abc'", "'abc', 'abd'"))

    assert len(set(re.findall(r"'3:\w+'", one))) == 1
    assert len(set(re.findall(r"'3:\w+'", other))) == 2


def test_a_backslash_after_escape_ends_its_literal() -> None:
    text = "SELECT 1 FROM t WHERE a LIKE ? ESCAPE '\\' AND b = 'secret' ORDER BY c LIMIT 21"

    found = scrub_sql(text, DIGESTS)

    assert "secret" not in found
    assert found.startswith("SELECT 1 FROM t WHERE a LIKE ? ESCAPE '\\' AND b = '6:")
    assert found.endswith(" ORDER BY c LIMIT 21")


def test_a_pattern_has_the_digest_of_what_it_looks_for_too() -> None:
    found = scrub_sql("SELECT 1 FROM t WHERE a LIKE '%secret%'", DIGESTS)

    assert found.endswith(f"'8:{DIGESTS.hex('%secret%')}^{DIGESTS.hex('secret')}'")
    assert scrub_sql("SELECT '%_%'", DIGESTS) == f"SELECT '3:{DIGESTS.hex('%_%')}'"


@given(st.text(alphabet="abcdefgh@. ", min_size=3).filter(lambda text: text.strip()))
def test_no_quoted_text_survives(text: str) -> None:
    assert f"'{text}'" not in scrub_sql(f"SELECT * FROM t WHERE name = '{text}'", DIGESTS)


@given(st.text())
def test_any_text_can_be_scrubbed(text: str) -> None:
    scrub_sql(text, DIGESTS)
    scrub_message(text, set(), DIGESTS)
    operation(text)


KNOWN = frozenset(
    ["can't", "unique", "constraint", "failed", "author", "name", "no", "such", "table"]
)


@pytest.mark.parametrize(
    "message",
    [
        "UNIQUE constraint failed: author.name",
        "no such table: author",
        "no such table (author), [name] 42",
        'failed: "author"',
        "author can't author 'name' no",
        'no such "@>": author',
        "no such '::'",
    ],
)
def test_known_words_stay(message: str) -> None:
    assert scrub_message(message, KNOWN, DIGESTS) == message


@pytest.mark.parametrize(
    ("message", "secret"),
    [
        ("UNIQUE constraint failed: alice", "alice"),
        ("failed 'alice smith'", "alice"),
        ('failed "alice"', "alice"),
        ("failed alice@example.com", "example"),
        ("failed author.alice", "alice"),
        ("failed 1234567", "1234567"),
        ("failed\nDETAIL:  Key (name)=(author) exists", "author) exists"),
        ("failed «secret»", "secret"),
        ("can't failed 'alice' can't", "alice"),
        ("failed name='s alice'", "alice"),
        ("failed '@@@@'", "@@@@"),
    ],
)
def test_unknown_words_become_digests(message: str, secret: str) -> None:
    found = scrub_message(message, KNOWN, DIGESTS)

    assert secret not in found
    assert "failed" in found


def test_addresses_and_length() -> None:
    found = scrub_message("failed 0x7f00aa11 " + "name " * 1000, KNOWN, DIGESTS)

    assert "7f00aa11" not in found
    assert len(found) == 600
    assert scrub_message("alice", KNOWN, Digests(b"k", PLAIN)) == "alice"


def test_words_of() -> None:
    assert words_of(["Author.name", 7, None, "a-b"]) == {"Author", "author", "name", "a", "b"}


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ("failed near 'such alice smith' at", "failed near 'such <11:"),
        ("failed near '' at", "near ''"),
        ("table 'shop.author' failed", "table '<4:"),
        ("table 'shop.author' failed", ">.author' failed"),
        ("no alice.name failed", ">.name failed"),
    ],
)
def test_what_stays_of_mysqls_messages(message: str, kept: str) -> None:
    found = scrub_message(message, KNOWN | {"near", "at"}, DIGESTS)

    assert kept in found
    assert "alice" not in found
    assert "shop" not in found
