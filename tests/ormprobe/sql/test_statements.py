"""What statements ask for, checked by hand against the texts that ORMs send."""

from __future__ import annotations

import pytest

from ormprobe.sql.model import Aggregate, Clause, Column, Limit, Predicate, StatementFacts
from ormprobe.sql.statements import statement_facts


def asked(text: str, system: str = "sqlite", *names: str) -> StatementFacts:
    found = statement_facts(text, system, names or None)
    assert found.parsed
    return found


def told(column: Column | None) -> str:
    """`alias:table.name`, the alias where it is qualified."""
    if column is None:
        return "-"
    table = f"{column.table or '?'}.{column.name}"
    return f"{column.alias}:{table}" if column.alias else table


def conditions(facts: StatementFacts) -> list[str]:
    return [shown(predicate) for predicate in facts.predicates]


def shown(predicate: Predicate) -> str:
    words = ["not"] * predicate.negated + [told(predicate.column), predicate.operator]
    words += [str(bind) for bind in predicate.binds] + ["literal"] * predicate.literals
    words += [told(predicate.other)] * (predicate.other is not None)
    words += ["(select)"] * predicate.subquery + ["or"] * predicate.grouped
    words += [predicate.clause.value] * (predicate.clause is not Clause.WHERE)
    return " ".join([*words, *([f"@{predicate.depth}"] if predicate.depth else [])])


def joins(facts: StatementFacts) -> list[str]:
    return [
        " ".join([join.kind, join.table, join.alias, *(f"{told(a)}={told(b)}" for a, b in join.on)])
        for join in facts.joins
    ]


LEAGUE = """SELECT c.id, c.name, count(m.id) AS n
FROM clubs AS c LEFT OUTER JOIN members AS m ON m.club_id = c.id AND m.gone = ?
WHERE c.town = ? AND (c.open OR c.rank IN (?, ?, 3)) AND c.name NOT LIKE ? ESCAPE '\\'
GROUP BY c.id HAVING count(m.id) > ? ORDER BY n DESC, c.name LIMIT ? OFFSET ?"""


def test_a_list_with_everything() -> None:
    facts = asked(LEAGUE)

    assert (facts.verb, facts.outer) == ("SELECT", ("c", "m"))
    assert facts.sources == (("c", "clubs"), ("m", "members"))
    assert facts.selected is not None
    assert [told(each) for each in facts.selected] == ["c:clubs.id", "c:clubs.name", "?.n"]
    assert joins(facts) == ["left members m m:members.club_id=c:clubs.id"]
    assert conditions(facts) == [
        "m:members.gone = 0 on",
        "c:clubs.town = 1",
        "c:clubs.open = literal or",
        "c:clubs.rank in 2 3 literal or",
        "not c:clubs.name like 4",
        "m:members.id > 5 having",
    ]
    assert facts.aggregates == (Aggregate(function="count", column=Column("members", "id", "m")),)
    assert [told(each) for each in facts.grouped_by] == ["c:clubs.id"]
    assert facts.order[1] == Column("clubs", "name", "c")
    assert facts.limit == Limit(limit_bind=6, offset_bind=7)
    assert facts.binds == 8


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("id = ?", ["t.id = 0"]),
        ("? = id", ["t.id = 0"]),
        ("? < id", ["t.id > 0"]),
        ("id <> ? AND id <= ?", ["t.id <> 0", "t.id <= 1"]),
        ("t.id = 5", ["t:t.id = literal"]),
        ("NOT id = ?", ["not t.id = 0"]),
        ("NOT NOT id = ?", ["t.id = 0"]),
        ("NOT (a = ? AND b = ?)", ["not t.a = 0 or", "not t.b = 1 or"]),
        ("NOT (a = ? OR b = ?)", ["not t.a = 0", "not t.b = 1"]),
        ("a = ? AND b = ? OR c = ?", ["t.a = 0 or", "t.b = 1 or", "t.c = 2 or"]),
        ("a = ? AND (b = ? OR c = ?)", ["t.a = 0", "t.b = 1 or", "t.c = 2 or"]),
        ("a IS NULL AND b IS NOT NULL", ["t.a is literal", "not t.b is literal"]),
        ("a BETWEEN ? AND ?", ["t.a between 0 1"]),
        ("a NOT BETWEEN ? AND 7", ["not t.a between 0 literal"]),
        ("a NOT IN (?, ?)", ["not t.a in 0 1"]),
        ("(a, b) IN ((?, ?), (?, ?))", ["t.a in 0 2", "t.b in 1 3"]),
        ("lower(a) = lower(?)", ["t.a = 0"]),
        ("a LIKE '%' || ? || '%'", ["t.a like 0"]),
        ("a = b", ["t.a = t.b"]),
        ("a > b + ?", ["t.a > 0 t.b"]),
        ("active AND NOT gone", ["t.active = literal", "not t.gone = literal"]),
        ("CASE WHEN a > ? THEN ? ELSE ? END = ?", ["?. = 3"]),
        ("1 = 1", []),
        ("a = (SELECT max(x) FROM s WHERE s.y = t.z)",
         ["s:s.y = t:t.z @1", "t.a = (select)"]),
        ("a IN (SELECT x FROM s WHERE y = ?)", ["s.y = 0 @1", "t.a in s.x (select)"]),
        ("a NOT IN (SELECT s.x FROM s)", ["not t.a in s:s.x (select)"]),
        ("EXISTS (SELECT 1 FROM s WHERE s.x = t.a)", ["s:s.x = t:t.a @1", "s.* exists (select)"]),
        ("NOT EXISTS (SELECT 1 FROM s u WHERE u.x = t.a)",
         ["u:s.x = t:t.a @1", "not s.* exists (select)"]),
    ],
)  # fmt: skip
def test_conditions(where: str, expected: list[str]) -> None:
    assert conditions(asked(f"SELECT * FROM t WHERE {where}")) == expected


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("id = ANY($1::int[])", ["t.id in 0"]),
        ("name ILIKE $1", ["t.name like 0"]),
        ("a = $2 AND b = $1", ["t.a = 1", "t.b = 0"]),
        ("a = $1::VARCHAR", ["t.a = 0"]),
        ("a IS DISTINCT FROM $1", ["not t.a is 0"]),
    ],
)
def test_conditions_of_postgres(where: str, expected: list[str]) -> None:
    assert conditions(asked(f"SELECT * FROM t WHERE {where}", "postgresql")) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT * FROM a JOIN b ON a.id = b.a_id", ["inner b b b:b.a_id=a:a.id"]),
        ("SELECT * FROM a LEFT JOIN b x ON x.a_id = a.id", ["left b x x:b.a_id=a:a.id"]),
        ("SELECT * FROM a, b WHERE b.a_id = a.id", ["inner b b b:b.a_id=a:a.id"]),
        ("SELECT * FROM a, b WHERE b.k = ?", ["cross b b"]),
        ("SELECT * FROM a CROSS JOIN b", ["cross b b"]),
        ("SELECT * FROM a JOIN b ON true", ["cross b b"]),
        ("SELECT * FROM a JOIN b USING (k, l)", ["inner b b b:b.k=a:a.k b:b.l=a:a.l"]),
        ("SELECT * FROM a NATURAL JOIN b", ["natural b b"]),
        ("SELECT * FROM a, b WHERE a.id = b.a_id OR a.x = ?", ["cross b b"]),
        (
            "SELECT * FROM a JOIN (b JOIN c ON b.id = c.b_id) ON a.id = b.a_id",
            ["inner c c c:c.b_id=b:b.id", "inner b b b:b.a_id=a:a.id"],
        ),
        (
            "SELECT * FROM a JOIN (SELECT a_id, x FROM b) AS s ON s.a_id = a.id",
            ["inner b s s:b.a_id=a:a.id"],
        ),
    ],
)
def test_joins(text: str, expected: list[str]) -> None:
    assert joins(asked(text)) == expected


@pytest.mark.parametrize(
    ("text", "system", "limit"),
    [
        ("SELECT * FROM t LIMIT 5 OFFSET 10", "sqlite", Limit(limit=5, offset=10)),
        ("SELECT * FROM t LIMIT ? OFFSET ?", "sqlite", Limit(limit_bind=0, offset_bind=1)),
        ("SELECT * FROM t LIMIT -1 OFFSET ?", "sqlite", Limit(offset_bind=0)),
        ("SELECT * FROM t LIMIT %s, %s", "mysql", Limit(limit_bind=1, offset_bind=0)),
        ("SELECT * FROM t FETCH FIRST 3 ROWS ONLY", "postgresql", Limit(limit=3)),
        ("SELECT * FROM t LIMIT $1::INTEGER", "postgresql", Limit(limit_bind=0)),
        ("SELECT * FROM (SELECT id FROM t LIMIT ?) x", "sqlite", Limit(limit_bind=0)),
        ("SELECT a FROM t UNION SELECT a FROM s LIMIT 4", "sqlite", Limit(limit=4)),
        ("SELECT * FROM t WHERE id IN (SELECT id FROM s LIMIT 3)", "sqlite", None),
    ],
)
def test_limits(text: str, system: str, limit: Limit | None) -> None:
    assert asked(text, system).limit == limit


PAGED = """SELECT anon_1.boats_id, logs_1.line
FROM (SELECT boats.id AS boats_id, boats.name AS boats_name FROM boats
 WHERE boats.port = %(port_1)s ORDER BY boats.name LIMIT %(param_1)s) AS anon_1
LEFT OUTER JOIN logs AS logs_1 ON anon_1.boats_id = logs_1.boat_id ORDER BY anon_1.boats_name"""


def test_an_eager_load_of_a_page() -> None:
    facts = asked(PAGED, "postgresql", "param_1", "port_1")

    assert joins(facts) == ["left logs logs_1 logs_1:logs.boat_id=anon_1:boats.id"]
    assert conditions(facts) == ["boats:boats.port = 1 @1"]
    assert (facts.limit, facts.outer) == (Limit(limit_bind=0), ("anon_1", "logs_1"))
    assert dict(facts.sources)["anon_1"] == "boats"
    assert [told(each) for each in facts.order] == ["anon_1:boats.name"]
    assert facts.selected == (Column("boats", "id", "anon_1"), Column("logs", "line", "logs_1"))


@pytest.mark.parametrize(
    ("text", "limited"),
    [
        ("SELECT COUNT(*) FROM (SELECT id FROM t ORDER BY id LIMIT 10) s", True),
        ("SELECT COUNT(1) FROM (SELECT id FROM t LIMIT ? OFFSET ?) AS w", True),
        ("SELECT COUNT(*) FROM (SELECT id FROM t WHERE a = ?) s", False),
        ("SELECT COUNT(*) FROM t", False),
        ("SELECT SUM(x) FROM (SELECT x FROM t LIMIT 3) s", False),
    ],
)
def test_a_count_of_a_page(text: str, limited: bool) -> None:
    facts = asked(text)

    assert (facts.counts_limited, facts.limit) == (limited, None)


@pytest.mark.parametrize(
    ("text", "system", "target", "assigned", "computed"),
    [
        ("INSERT INTO t (a, b) VALUES (?, ?)", "sqlite", "t", {"a": (0,), "b": (1,)}, ()),
        ("INSERT INTO t (a, b) VALUES (?, NULL), (?, ?)", "sqlite", "t",
         {"a": (0, 1), "b": (2,)}, ()),
        ("INSERT INTO t (a) SELECT x FROM s WHERE y = ?", "sqlite", "t", {"a": ()}, ()),
        ("INSERT INTO t (a) VALUES (?) ON CONFLICT (a) DO UPDATE SET a = excluded.a, n = t.n + ?",
         "sqlite", "t", {"a": (0,), "n": (1,)}, ("n",)),
        ("INSERT INTO t (a, b) VALUES (%s, %s) ON DUPLICATE KEY UPDATE b = VALUES(b)", "mysql",
         "t", {"a": (0,), "b": (1,)}, ()),
        ("REPLACE INTO t (a) VALUES (%s)", "mysql", "t", {"a": (0,)}, ()),
        ("INSERT OR IGNORE INTO t (a) VALUES (?)", "sqlite", "t", {"a": (0,)}, ()),
        ("UPDATE t SET a = ?, b = b + ? WHERE id = ?", "sqlite", "t",
         {"a": (0,), "b": (1,)}, ("b",)),
        ("UPDATE t SET a = NULL, b = 0", "sqlite", "t", {"a": (), "b": ()}, ()),
        ("DELETE FROM shop.t WHERE id = ?", "postgresql", "t", {}, ()),
        ("INSERT INTO t (a, b) SELECT p0::TEXT, p1::INT FROM (VALUES (%(a0)s, %(b0)s, 0), "
         "(%(a1)s, %(b1)s, 1)) AS imp_sen(p0, p1, sen_counter) ORDER BY sen_counter RETURNING t.id",
         "postgresql", "t", {"a": (0, 2), "b": (1, 3)}, ()),
    ],
)  # fmt: skip
def test_writes(
    text: str,
    system: str,
    target: str,
    assigned: dict[str, tuple[int, ...]],
    computed: tuple[str, ...],
) -> None:
    facts = asked(text, system)

    assert (facts.verb, facts.target) == (text.split()[0], target)
    assert (dict(facts.assigned), facts.computed) == (assigned, computed)


def test_an_update_with_a_condition_and_another_table() -> None:
    facts = asked("UPDATE t SET a = ? FROM s WHERE t.s_id = s.id AND s.k = ?", "postgresql")

    assert joins(facts) == ["inner s s s:s.id=t:t.s_id"]
    assert conditions(facts) == ["s:s.k = 1"]


def test_what_is_behind_a_with() -> None:
    facts = asked("WITH r AS (SELECT id, x FROM t WHERE y = ?) SELECT r.id FROM r WHERE r.x > ?")

    assert conditions(facts) == ["t.y = 0 @1", "r:t.x > 1"]
    assert (facts.sources[0], facts.selected) == (("t", "t"), (Column("t", "id", "r"),))


def test_a_statement_that_names_itself() -> None:
    text = """WITH RECURSIVE down(id) AS (SELECT t.id FROM t WHERE t.id = ? UNION ALL
    SELECT c.id FROM t AS c JOIN down ON c.boss = down.id) SELECT down.id FROM down"""

    facts = asked(text)

    assert joins(facts)[0].startswith("inner down down")
    assert ("down", "down") not in facts.sources


@pytest.mark.parametrize(
    ("operation", "kind"),
    [("UNION", "union"), ("UNION ALL", "union all"), ("EXCEPT", "except")],
)
def test_set_operations(operation: str, kind: str) -> None:
    facts = asked(f"SELECT a FROM t {operation} SELECT b FROM s WHERE c = ? ORDER BY 1 LIMIT ?")

    assert (facts.set_operation, facts.outer) == (kind, ("t",))
    assert (conditions(facts), facts.limit) == (["s.c = 0"], Limit(limit_bind=1))
    assert [told(each) for each in facts.order] == ["t.a"]


@pytest.mark.parametrize(
    ("tail", "locked"),
    [("FOR UPDATE", True), ("FOR NO KEY UPDATE SKIP LOCKED", True), ("LIMIT 1", False)],
)
def test_locks(tail: str, locked: bool) -> None:
    assert asked(f"SELECT id FROM t WHERE id = $1 {tail}", "postgresql").locked is locked


def test_what_is_computed_inside_is_no_aggregate_of_the_rows() -> None:
    text = "SELECT a.id, (SELECT count(*) FROM b WHERE b.a_id = a.id) AS n FROM a"

    facts = asked(text)

    assert (facts.aggregates, facts.subqueries) == ((), 1)
    assert facts.selected == (Column("a", "id", "a"), Column(None, "n"))


@pytest.mark.parametrize(
    ("text", "verb", "target"),
    [
        ("RELEASE SAVEPOINT s1", "RELEASE", None),
        ("PRAGMA foreign_keys = ON", "PRAGMA", None),
        ("SET TIME ZONE 'UTC'", "SET", None),
        ("BEGIN", "BEGIN", None),
        ('CREATE TABLE IF NOT EXISTS "Shop"."Orders" (id INT)', "CREATE", "orders"),
        ("DROP TABLE orders", "DROP", "orders"),
        ("", "", None),
    ],
)
def test_what_is_no_question(text: str, verb: str, target: str | None) -> None:
    facts = asked(text)

    assert (facts.verb, facts.target, facts.sources) == (verb, target, ())


def test_names_alone_of_what_is_not_understood() -> None:
    facts = statement_facts('SELECT FROM WHERE FROM "Orders" JOIN shop.buyers ((', "sqlite")

    assert not facts.parsed
    assert dict(facts.sources).keys() >= {"orders", "buyers"}
    assert statement_facts("INSERT INTO orders VALUES ((", "sqlite").target == "orders"


def test_texts_are_remembered_failures_too() -> None:
    text = "SELECT nonsense (((("
    statement_facts(text, "sqlite")
    before = statement_facts.cache_info().hits

    statement_facts(text, "sqlite")

    assert statement_facts.cache_info().hits == before + 1
    assert statement_facts.cache_info().maxsize is not None
