"""The closed sets of words that labels are made of."""

from enum import IntEnum, StrEnum


class Category(StrEnum):
    """The coarse categories of arXiv 2605.06445. Causes roll up to the first four."""

    LOGIC_ERROR = "logic_error"
    CONSTRAINT_VIOLATION = "constraint_violation"
    SCHEMA_FORMAT_ERROR = "schema_format_error"
    SERVER_STARTUP_FAILURE = "server_startup_failure"
    INCOMPLETE_IMPLEMENTATION = "incomplete_implementation"
    STUCK_IN_LOOP = "stuck_in_loop"
    PREMATURE_TERMINATION = "premature_termination"
    OTHER = "other"


class Subcategory(StrEnum):
    """The paper's subcategories of `logic_error`. The first three lie at the data layer."""

    INCORRECT_QUERY_LOGIC = "incorrect_query_logic"
    DATABASE_RUNTIME_ERROR = "database_runtime_error"
    STATE_PROPAGATION_FAILURE = "state_propagation_failure"
    AUTH_MISCONFIGURATION = "auth_misconfiguration"
    FRAMEWORK_IDIOSYNCRASY = "framework_idiosyncrasy"
    BUSINESS_LOGIC_DEFECT = "business_logic_defect"

    @property
    def is_data_layer(self) -> bool:
        return self in (
            Subcategory.INCORRECT_QUERY_LOGIC,
            Subcategory.DATABASE_RUNTIME_ERROR,
            Subcategory.STATE_PROPAGATION_FAILURE,
        )


class Severity(StrEnum):
    """`failure` explains a failing outcome, `defect` is certain though nothing failed that
    noticed it, `hazard` is a cost or a risk."""

    FAILURE = "failure"
    DEFECT = "defect"
    HAZARD = "hazard"


class Certainty(StrEnum):
    """`certain`: the evidence excludes every look-alike. The others only suggest."""

    CERTAIN = "certain"
    LIKELY = "likely"
    SUSPECTED = "suspected"

    @property
    def rank(self) -> int:
        """0 for the strongest."""
        return (Certainty.CERTAIN, Certainty.LIKELY, Certainty.SUSPECTED).index(self)


class Layer(IntEnum):
    """Where in the life of a data access a cause lies; of two equal sources the earlier wins."""

    STARTUP = 0
    MAPPING = 1
    SCHEMA = 2
    CONNECTION = 3
    TRANSACTION = 4
    STATEMENT = 5
    WRITE = 6
    READ = 7
    PROJECTION = 8


class Fate(StrEnum):
    """What became of an error that was created."""

    SURFACED = "surfaced"
    """It, or the head of its chain, reached a test, the process or a framework's handler."""
    TRANSLATED = "translated"
    """The app raised another exception because of it, and that one surfaced."""
    ANSWERED = "answered"
    """The app caught it and answered its request with an error status."""
    EXPECTED = "expected"
    """A test asked for it."""
    RECOVERED = "recovered"
    """The app caught it, and the same work succeeded afterwards."""
    SWALLOWED = "swallowed"
    """The app caught it and went on."""
    ABSORBED = "absorbed"
    """A library caught it, or it was never raised."""


class Link(StrEnum):
    """How an error is tied to the failure of its outcome."""

    CHAIN = "chain"
    """It is in the exception chain that ended the outcome."""
    ANSWER = "answer"
    """The failing check is about the answer to the request that it broke."""
    EARLIER = "earlier"
    """It broke an earlier step of the outcome, which nobody checked."""
    LINE = "line"
    """The app swallowed it during the very call whose result the failing check looks at."""
    NONE = "none"
