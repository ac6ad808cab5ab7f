"""The description of a suite of requests: what each is for, and what its checks cost.

One data file a suite; `conduit.toml` is the paper's. Rules see roles, never names.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

import msgspec

from ormprobe.runs.model import Expected
from ormprobe_taxonomy.finished import Role


class SuiteRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request of a suite, in the words of `Expected`.

    path: below the prefix, `{resource}` for an identifier and `?key` for what a query asks for.
    gives: the resource whose identifier later paths hold. gives_token: its answer's token is what
    authenticated requests after it send.
    """

    name: str
    method: str
    role: Role
    path: str | None = None
    resource: str | None = None
    filtered: bool = False
    authenticated: bool = False
    needs: str | None = None
    gives: str | None = None
    gives_token: bool = False
    assertions: int | None = None
    on_empty: int | None = None
    on_error: int | None = None

    @property
    def expected(self) -> Expected:
        return Expected(
            name=self.name,
            role=self.role,
            path=self.path,
            resource=self.resource,
            filtered=self.filtered,
            authenticated=self.authenticated,
            assertions=self.assertions,
            on_empty=self.on_empty,
            on_error=self.on_error,
            needs=self.needs,
            gives=self.gives,
            gives_token=self.gives_token,
        )


class Suite(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A suite: its requests in their order. `prefix`: of every path, as the server has it."""

    name: str
    requests: tuple[SuiteRequest, ...]
    collections: tuple[str, ...] = ()
    prefix: str = ""


@cache
def conduit() -> Suite:
    """The paper's suite."""
    text = resources.files("ormprobe.runs").joinpath("conduit.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Suite)
