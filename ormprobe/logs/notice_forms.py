"""What servers, shells, package managers and interpreters say in one line, as patterns.

A form is tried only where one of its words occurs; the first that matches decides. No pattern has
a repetition inside another.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ormprobe.logs.model import NoticeKind

DATABASE = (
    r"(?:database|postgres\w*|mysql|mariadb|sqlite3?|sequelize|typeorm|prisma|mongo\w*|redis|\bdb\b"
    r"|sqlalchemy|knex|data ?source)"
)
"""Words that tell that a line is about a database."""


@dataclass(frozen=True, slots=True)
class Form:
    """`words`: in lower case, one of them stands in the line; `unless`: found in it, no match.

    The first letters of a word begin a word of the line, too.
    """

    kind: NoticeKind
    words: tuple[str, ...]
    pattern: re.Pattern[str] | None = None
    unless: re.Pattern[str] | None = None


def _says(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


_FAILING = _says(
    r"\bnot\b|n't\b|\bfail|\berror|\bcannot\b|\bunable\b|\brefused\b|\bin use\b|\blost\b"
    r"|\bclosed?\b"
    r"|\bdisconnect|\bwill\b|\bshould\b|\bto be\b|\btry|\bstop|\bwaiting\b|\bif\b"
)

_IN_USE = Form(
    NoticeKind.ADDRESS_IN_USE,
    (
        "address already in use",
        "eaddrinuse",
        "address in use",
        "connection in use",
        "port is already allocated",
        "is in use by another program",
        "is already in use",
        "only one usage of each socket address",
    ),
    _says("address|port|connection in use"),
)

_COMMANDS = (
    Form(
        NoticeKind.NO_COMMAND,
        ("not found",),
        _says(
            r"^(?:\S+: )?(?:line )?(?:\d+: )?(?:exec: )?\S+: (?:command )?not found$"
            r"|^\S+: command not found: \S+$|executable file not found in|^exec: \S+: not found$"
        ),
    ),
    Form(
        NoticeKind.NO_COMMAND,
        ("no such file", "permission denied"),
        _says(
            r"^(?:\S*/)?(?:ba|da|a|z|k)?sh: (?!.*\bcd: )|^\S+\.sh: (?!.*\bcd: )"
            r"|^(?:\S*/)?env: |^(?:nohup|timeout|exec|nice|xargs|setsid|tini|\[dumb-init\])\b"
            r"|^\S+: \d+: cannot open |exec: |failed to run command"
            r"|unable to start container process"
        ),
    ),
    Form(NoticeKind.NO_COMMAND, ("exec format error", "bad interpreter")),
)

_MODULES = (
    Form(
        NoticeKind.NO_MODULE,
        (
            "no module named",
            "modulenotfounderror: ",
            "[err_module_not_found]",
            "cannot find module",
        ),
    ),
    Form(NoticeKind.NO_MODULE, ("can't open file",), _says(r"can't open file '")),
    Form(
        NoticeKind.NO_MODULE,
        ("error loading asgi app", "could not import module", "not found in module"),
        _says(r"error loading asgi app|could not import module|attribute \"\S+\" not found in mod"),
    ),
    Form(
        NoticeKind.NO_MODULE,
        ("failed to find attribute", "failed to parse", "could not locate a flask application"),
        _says(r"failed to find attribute '|failed to parse '.*' as an attribute|flask application"),
    ),
    Form(
        NoticeKind.NO_MODULE,
        ("could not import '", "failed to find flask application", "missing script:"),
    ),
    Form(NoticeKind.NO_MODULE, ("error ts2307", "error ts2306")),
)

_INSTALLS = (
    Form(
        NoticeKind.EXITED,
        ("npm err", "npm error"),
        _says(
            r"^npm (?:ERR!|error) (?:code ELIFECYCLE|Exit status \d|Lifecycle script|errno \d+$)"
        ),
    ),
    Form(
        NoticeKind.INSTALL_FAILED,
        ("npm err", "npm error"),
        _says(
            r"^npm (?:ERR!|error) (?:code E|ERESOLVE|4\d\d |notarget|gyp|network|invalid"
            r"|JSON\.parse|could not resolve|command .*(?:install|rebuild|gyp)"
            r"|nospc|enoent Could not)"
        ),
    ),
    Form(NoticeKind.INSTALL_FAILED, ("gyp err!", "err_pnpm_")),
    Form(
        NoticeKind.INSTALL_FAILED,
        ("error: ",),
        _says(
            r"^\s*(?:\u00d7 )?ERROR: (?:Could not (?:find a version|install|build wheels)"
            r"|Could not open requirements"
            r"|No matching distribution|Cannot install|ResolutionImpossible|Failed building wheel"
            r"|Failed to build|Invalid requirement|Directory .* is not installable"
            r"|subprocess-exited-with-error|metadata-generation-failed|externally-managed"
            r"|failed to (?:fetch|download|install|prepare)|distribution not found)"
        ),
    ),
    Form(
        NoticeKind.INSTALL_FAILED,
        ("no solution found when resolving", "version solving failed", "solverproblemerror"),
    ),
    Form(
        NoticeKind.INSTALL_FAILED,
        ("\u00d7 failed to", "error couldn't find package", "error an unexpected error occurred"),
    ),
)

_SYNTAX = (
    Form(
        NoticeKind.BAD_SYNTAX,
        ("syntaxerror: ", "indentationerror: ", "taberror: "),
        re.compile(r"^\s*(?:SyntaxError|IndentationError|TabError): "),
    ),
    Form(NoticeKind.BAD_SYNTAX, ("error ts1",), re.compile(r"\berror TS1\d{3}: ")),
    Form(
        NoticeKind.BAD_SYNTAX,
        ("error: ",),
        re.compile(r"^\S+\.[cm]?[jt]sx?:\d{1,7}:\d{1,7}: ERROR: "),
    ),
    Form(NoticeKind.BAD_SYNTAX, ("[error] ",), re.compile(r"^\s*[✘X] \[ERROR\] ")),
    Form(
        NoticeKind.BAD_SYNTAX,
        ("syntax error",),
        re.compile(r"^\S+: (?:line )?\d+: (?:S|s)yntax error"),
    ),
)

_REFUSALS = (
    Form(
        NoticeKind.DATABASE_REFUSED,
        (
            "password authentication failed",
            "unable to open database file",
            "could not connect to server",
            "can't connect to mysql server",
            "no pg_hba.conf entry",
            "the database system is starting up",
        ),
    ),
    Form(
        NoticeKind.DATABASE_REFUSED,
        ("does not exist",),
        _says(r"\b(?:database|role) [\"“']?[\w.-]+[\"”']? does not exist"),
    ),
    Form(
        NoticeKind.DATABASE_REFUSED,
        ("econnrefused", "enotfound", "etimedout"),
        _says(rf":(?:5432|5433|3306|3307|33060)\b|{DATABASE}"),
    ),
    Form(
        NoticeKind.DATABASE_REFUSED,
        ("connection refused", "could not translate host name"),
        _says(rf"\b(?:5432|5433|3306|3307)\b|{DATABASE}|could not translate host name"),
    ),
    Form(
        NoticeKind.DATABASE_REFUSED,
        ("access denied for user", "unknown database '", "sequelizeconnection"),
        _says(r"access denied for user '|unknown database '|SequelizeConnection\w*Error"),
    ),
    Form(
        NoticeKind.DATABASE_REFUSED,
        ("connect",),
        _says(
            rf"(?:unable to connect|failed to connect|could not connect|cannot connect"
            rf"|connection (?:error|failed)|connection to server at)"
            rf" ?.{{0,60}}?(?:{DATABASE}|failed:)"
            rf"|{DATABASE}.{{0,20}} connection (?:error|failed)"
        ),
    ),
)

_ENDS = (
    Form(
        NoticeKind.EXITED,
        (
            "worker failed to boot",
            "application startup failed. exiting",
            "shutting down: master",
            "javascript heap out of memory",
            "segmentation fault",
            "out of memory: killed process",
            "app crashed - waiting for file changes",
            "was terminated due to signal",
            "was sent sigkill",
        ),
    ),
    Form(NoticeKind.EXITED, ("node.js v",), re.compile(r"^Node\.js v\d+\.\d+\.\d+\S*$")),
    Form(
        NoticeKind.EXITED,
        ("killed", "aborted", "terminated"),
        re.compile(r"^(?:\S+: (?:line )?\d+:\s+\d+ )?(?:Killed|Aborted|Terminated)(?:\s.*)?$"),
    ),
    Form(
        NoticeKind.EXITED,
        ("worker exiting", "exited with code", "finished server process", "exit status"),
        _says(
            r"worker exiting \(pid|exited with code \d|finished server process \["
            r"|^exit status \d|worker \(pid:\d+\) "
        ),
    ),
    Form(
        NoticeKind.EXITED,
        ("shutting down", "stopping worker", "server stopped"),
        _says(r"^(?:\S+ ){0,6}\s*(?:shutting down|stopping worker \[\d+\]|server stopped)\.?$"),
    ),
)

_STARTS = (
    Form(
        NoticeKind.LISTENING,
        (
            "uvicorn running on",
            "starting development server at",
            "goin' fast @",
            "listening on tcp address",
        ),
    ),
    Form(
        NoticeKind.LISTENING,
        ("listening", "running", "started", "serving", "ready", "live"),
        _says(
            r"\b(?:listening|running|started|serving|ready|live)\b.{0,40}?"
            r"(?:https?://|\bports?\b|:\d{2,5}\b|\b(?:on|at) \d{4,5}\b)"
            r"|^server (?:is )?(?:listening|running|started|ready)\b"
        ),
        _FAILING,
    ),
    Form(
        NoticeKind.CONNECTED,
        ("connect", "sync", "initiali", "ready"),
        _says(
            rf"\b(?:connected|connection)\b.{{0,40}}?{DATABASE}"
            rf"|{DATABASE}.{{0,40}}?\b(?:connected"
            rf"|connection (?:has been )?(?:established|successful|ok)"
            rf"|established|sync\w*|initiali[sz]ed|ready)\b"
            r"|^connection has been established successfully"
        ),
        _FAILING,
    ),
)

FORMS: tuple[Form, ...] = (
    _IN_USE,
    *_COMMANDS,
    *_MODULES,
    *_INSTALLS,
    *_SYNTAX,
    *_REFUSALS,
    *_ENDS,
    *_STARTS,
)
