"""The contract of a trace: what one line of an events file is.

A trace is a folder with `run.json` (the launcher's) and one `events-<pid>-<n>.jsonl` for each
process, where `n` starts at 1 and counts the files that processes of that number have made. One
event is one line of compact JSON, an object whose first key is `kind`. The first line of a file is
always `process` and carries the schema version. An event's number, as evidence quotes it, is
`<pid>-<n>:<line>`.

Names follow the OpenTelemetry semantic conventions where these have one. Fields that hold `null`
may be left out. Identifiers (`id`, `scope`, `session`, ...) are integers of one process, never
reused in it; a file never refers to another file's identifiers. The site 0 is none.

Definitions (`sql`, `site`, `load`) give a number to a text once. They may stand after their first
use when threads race; a definition with the number of an earlier one replaces it from there on
(the tables are bounded).

Encoded values
    `null`, `true`, `false`, `""` and integers from -9999 to 9999 stand for themselves: equality of
    these only suggests. Every other scalar is a string `<type><length>[:<digest>[~<folded>]
    [^<stripped>]][=<value>]`: one type letter of `TYPES`, the length of the text form, then 16 hex
    digits of a keyed BLAKE2b of the text form; `~` the same of the case-folded text and `^` of the
    text without leading and trailing `%`, `_` and blanks, where these differ. `=<value>` stands
    there only under `--values plain`, and there is no digest under `off`. Where the text is that
    of an integer up to 9999, `#<integer>` stands for the digest: `7` and `"7"` meet, weakly.

Encoded shapes (request inputs, responses, operands)
    an object stands for a mapping, `{"#": n, "of": [...]}` for a sequence of length n of which some
    elements are shown, an encoded value for a scalar; `{"?": "type name"}` for anything else, with
    `key` for a mapped object among the operands of a check.

Kinds and their fields (`*`: always there):

process*   first line. schema*, process.pid*, process.parent_pid*, process.runtime.version*,
           process.executable.path, process.executable.name, origin* ("start" or "fork"),
           started_unix_nano*, role (of the launcher's children), values*, program (what runs)
library    name*, version, role* ("orm", "driver", "web", "test", "server")
shim       name*, state* ("installed" or "disabled"), reason
sql        id*, db.query.text* (literals scrubbed), db.operation.name* (first keyword, upper case)
site       id*, code.file.path* (relative to the app when under it), code.line.number*,
           code.function.name*
load       id*, type* ("lazy", "deferred", "expired", "get", "refresh", "eager"), entity*, attribute
schema     db.collection.name*, entity, columns* [{name, type, nullable, primary_key, unique,
           foreign_key}], relations [{name, target, direction, uselist, secondary}]
scope      id*, parent, type* ("test", "request"), name*, at*; requests: http.request.method,
           url.scheme, frames (the app's lines that made the request, innermost first, where a
           test made it by an asynchronous client or in another thread); tests: code.file.path
route      scope* (of a request that began before its URL was matched), name* (in place of the
           scope's), http.route, handler (site)
scope_end  id*, at*, outcome* ("passed", "failed", "error", "skipped"), http.route, handler (site),
           http.response.status_code, failed_at (when the failure was raised), phase
inputs     scope*, part* ("path", "query", "form", "json"), values* (a shape), cut, absent (of a
           path: names of the parameters that were "null", "None", "undefined" or "NaN")
response   scope*, http.response.status_code*, content_type, body (a shape), cut
check      scope*, at*, operator, left, right (shapes), expected ("left", "right"), site, message,
           form ("assert", "unittest"; "exception": the test itself took for there what was not:
           operator "KeyError", "IndexError", "AttributeError" or "TypeError", left what it took it
            from, right an object with the key that was missing), calls (of app functions that the
            test's source shows up to there: [{line, last, name, values (a shape)}], the arguments
            that are known by their names)
refusal    scope*, at*, began*, type* (a test's block wanted an exception, and got one of that name)
statement  id*, at*, duration*, scope, session, transaction, connection, sql*, site, load, parent
           (key of the instance a load was for), binds* (list, or object for named binds),
           many (sets of binds), rest (sets after the first, at most `MAX_REST`),
           affected (row count of a write, -1 unknown), durable (a write
           outside any transaction), via ("flush", "autoflush"; "raw" or "extra": the ORM was given
           SQL of the app's own), callers (of a SELECT: the app's
           lines that led to its site, innermost first, up to the first library's frame), source
           (of one that reached the driver without an ORM that is watched: who sent it, "app" or
           "library"), library (its package's name), orm (that sent it: "sqlalchemy" where it is
           left out of one without a source), entity (the model that it is about),
           serializer (library function that read the attribute where no line of the app did),
           composed (the app's lines that made and extended its query, the first one first, at most
           eight, the last; left out where that is the statement's own line alone)
rows       statement*, count*, entities [{entity, distinct, keys}], columns, values (first rows),
           cut
transaction id*, at*, scope, session, connection*, end* ("commit", "rollback", "reset", "close"),
           by* ("app", "exit", "exception", "close", "gc", "orm", "unknown"), statements*, writes*
           (numbers of the write statements it settled), more (writes beyond the cap), began, site,
           frames, raised (the app asked for the rollback while an exception was on its way)
savepoint  transaction*, at*, action* ("begin", "release", "rollback"), writes
session    id*, at*, scope, end* ("close", "gc", "exception"), site, added (the line that put the
           last new instance in), new, dirty, deleted (lists of names: what was dropped)
connection id*, at*, action* ("open", "close", "invalidate", "checkout", "held", "lost": collected
           while it was out, "checkin": of one that had been held), db.system.name, memory,
           namespace (digest), thread, loop (number of the event loop that it was opened in),
           engine_site, driver, scope, site (of the line that opened it, or last used what is held
           or lost)
error      id*, at*, scope, type*, mro*, module*, message, code, db.response.status_code, site,
           frames (sites, innermost first), statement (its sql number), session, transaction,
           connection, engine_site, entity, attribute, parent, detached ({session, site}), origin
           (library frame that raised), chain (its driver's exception, as in `failure`), thread,
           loop (that it was raised in; loop 0: none ran), task (number of the asyncio task), closed
           ({at, site, task}: what it is about had been closed or released), busy
           ({site, task, scope}: what else its session or connection was doing), held
           [{connection, at, site, scope, ended}] (that were out when a pool had none left),
           serializer, access ("lazy", "deferred" or "expired": how the attribute was being read)
fate       error*, fate* ("propagated", "handler", "translated", "expected", "caught",
           "library", "never-raised"), site (of the catching frame), chain, left (of an error that
           was alive when the program had ended: the line that its catching frame was left at)
failure    scope (null: the process), at*, phase, chain* (exceptions from the outermost: {type,
           module, mro, message, code, db.response.status_code, error, relation, frames, origin};
           relation "orig", "cause", "context", "member", or "carried": an error that the one before
           only tells of)
warning    scope, category*, message*, site
unawaited  at*, scope, name* (qualified, of a dropped coroutine or query), module*,
           site (of the line that made it, as far as known), frames, wants ("execute": of a query
           that runs when it is executed, and was not; left out where an await was wanted), table
           (that it was to write), values (a shape: what it was to write), kept (it was not dropped
           at once: a name held it, and a branch may have chosen not to run it)
unmapped   at*, scope, entity*, values* (a shape: what a model was given by names that it does not
           have, and that went nowhere), site
unwritten  at*, scope (that it was loaded or made in), why* ("unsaved": set on a stored instance
           that nothing saved afterwards; "omitted": what saved it left the column out; "detached":
           set on an instance that no session holds; "mutated": changed in
           place, which the ORM did not notice; "shared": the value that a column gives
           as default was changed in place), entity*, key, values* (a shape: what was not written,
           by attribute), was (what the row held), statement (that loaded it), since (when it was
           loaded or stored), site (of the set, of the save that left it out, of the commit that
           did not notice, as far as known), frames (the app's lines when that was seen)
engine     id*, at*, db.system.name*, driver, memory, namespace, site
exit       at*, events, dropped

Times (`at`, `duration`, `began`, `failed_at`) are microseconds, `at` since `started_unix_nano`.
"""

from __future__ import annotations

SCHEMA_VERSION = 1

TYPES = {
    "s": "str",
    "i": "int",
    "f": "float",
    "n": "Decimal",
    "d": "date",
    "t": "datetime",
    "h": "time or timedelta",
    "y": "bytes",
    "u": "UUID",
    "e": "enum member",
    "o": "any other object: only its length is kept",
}

WEAK_INTEGER = 9999
"""Integers up to this size, either sign, are stored as they are and marked weak by that."""

MAX_SCALARS = 64
MAX_KEYS = 100
MAX_VALUE_ROWS = 5
MAX_FRAMES = 24
MAX_REST = 9
MAX_TEXT = 20_000
"""Caps of what one event holds: scalars of a shape, keys and rows of a result, frames, text, sets
of binds after the first."""
