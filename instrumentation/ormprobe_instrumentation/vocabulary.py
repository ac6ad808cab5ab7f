"""Words of messages that hold nobody's data: what drivers, ORMs and Python itself say.

The templates of Python libraries are read from the code on the traceback; drivers written in C
keep theirs out of sight, so the words of their messages stand here. Names of tables and columns
come from the statement and the mapped schema.
"""

from __future__ import annotations

_TEXT = """
a an and any are as at be been but by can cannot can't could couldn't did didn't do does doesn't
don't during each either for from had has have if in into is isn't it its may more most must no not
of on once one only onto or other out over same see should such than that the their them then there
these they this those to too two under up use used using via was were when where which while whose
will with within without would you your
aborted absent abstract access accept accepted according across active after again against already
ambiguous another append applied argument arguments array assigned async asynchronous attached
attempt attempted attempting attribute attributes autobegin autoflush available await awaited
backend bad because before begin being belongs between bind binding bindings binds block blocks
bool boolean both bound broken busy bytes cache call callable called cascade change changed
character characters check child class close closed closing code coerce collation column columns
commit committed commits compare compile compiled concurrent condition conflict conflicted
conflicting connect connected connecting connection connections constraint constraints contain
contains context conversion convert converted converting coroutine correlated corrupt could count
create created creating current cursor cycle cyclic data database databases date datetime deadlock
decimal declared decode default deferred defined delete deleted denied descriptor detached detected
dict dictionary different directory disk dispose document does drop dropped duplicate duplicated
empty encode end engine entity entries entry error errors event exactly exceeded except exception
exclusion exclusive execute executed execution exist existing exists expected expects expired
expression extra failed failure fails failing false fatal feature fetch field fields file files
filter filters first float flush flushed follow following foreign format found function functions
generator get given greater greenlet group handle handler hash held host identity ignored
immutable import imported include incomplete incorrect incorrectly index inner input inputs insert
inserted instance instances instead int integer integrity interface internal invalid invalidated
invalidating isolation item items iterable iterate iteration join joined key keys keyword kind large
last lazy length less level like limit line list literal load loaded loading locate lock locked
locking logic long lookup loop mapped mapper mappers mapping match matched matches maximum memory
message method mismatch missing mode model module modules multiple name named names near nested new
next none NoneType nonetype nor null nullable number numeric object objects offset old open opened
opening operand operation operational operator operators option options order original overflow
owner package parameter parameters parent parse parsed part password path pending permission
permitted persistent pool port position positional possible prepare prepared previous previously
primary privilege proceed process processing programming property protocol provided provisioning
proxy python query queries raise raised range reached read readonly reason received recursion
referenced references referencing refresh refused related relation relations relationship release
released remain remove removed required requires reset resource resources restrict result results
retry return returned returning returns right role rollback rolled row rows run running runtime
savepoint scalar schema scope second select self sequence serialization server session sessions
set sets shared size slice socket sort sql sqlite stale started state statement statements static
status still stop str string strings subquery subscriptable supplied support supported syntax
system table tables take takes target temporary text thread threads time timed timeout timestamp
timezone token too transaction transactions transient trigger true tuple type types unable
unavailable undefined unexpected unicode uninitialized unique unknown unmapped unpack unrecognized
unsupported until update updated updates url user username valid value values variable version view
violated violates violation wait waiting warning write writing wrong year zero
QuerySet QuerySetSingle CountQuery ExistsQuery ValuesQuery ValuesListQuery ContainsQuery UpdateQuery
DeleteQuery BulkCreateQuery BulkUpdateQuery RawSQLQuery ReverseRelation ManyToManyRelation
non-iterable
NOT NULL UNIQUE CHECK FOREIGN KEY PRIMARY CONSTRAINT FROM WHERE SELECT INSERT UPDATE DELETE JOIN
operate operation uses perform progress commands sec busy bindings cursor pool acquire acquired
exhausted whose released
GROUP ORDER BY HAVING LIMIT OFFSET clause FROM-clause missing reference QueuePool connection
Future Task loop manually perform Connect call attached greenlet_spawn await_only await_ IO
DETAIL HINT LINE password authentication
sqlite3 psycopg psycopg2 asyncpg aiosqlite pymysql sqlalchemy django peewee tortoise orm exc dialect
offset-naive offset-aware datetimes subtract naive aware zone indices integers slices assignment
serializable JSON SELECTs sub-select malformed misuse aggregate uses left sides same legal got big
small among adapt base hex unconsumed incompatible collection list-like cached plan due
configuration precision radix scale literal duplicate builtins LookupError OverflowError
many expressions varying double smallint bigint timestamptz jsonb json uuid placeholder placeholders
passed converting string formatting enough contain NUL negative aggregate allowed appear sub-query
unterminated quoted-string quoted adapters encoding characters fields initializing initialize
configure link root entities apply _sa_instance_state strategy attribute's
astext metadata reserved resolve label
Result Row RowMapping ScalarResult MappingResult ChunkedIteratorResult IteratorResult CursorResult
LegacyCursorResult LegacyRow AsyncResult AsyncScalarResult Select Query Insert Update Delete
TextClause InstrumentedAttribute QueryableAttribute AnnotatedColumn Comparator InstrumentedList
IntegrityError OperationalError ProgrammingError InterfaceError DataError InternalError
DatabaseError NotSupportedError UniqueViolation ForeignKeyViolation NotNullViolation CheckViolation
UndefinedTable UndefinedColumn InFailedSqlTransaction datatype
NameError KeyError AttributeError TypeError ValueError AssertionError
"""

WORDS = frozenset(_TEXT.split()) | frozenset(word.lower() for word in _TEXT.split())
