"""Whose an exception is that no exception table reads: a library's, by its package, or the app's.

Packages are what people install for one purpose; each name stands in its registry. Who calls is
kept, by the habit of every web framework here, under a name with `user` in it.
"""

from __future__ import annotations

import re

from ormprobe.logs.model import Thrown, Traceback
from ormprobe.triage.places import own_frame, raised_by
from ormprobe_taxonomy.finished import Kind

_AUTH = frozenset(
    (
        "jwt", "jose", "authlib", "passlib", "bcrypt", "argon2", "itsdangerous", "fastapi_users",
        "flask_jwt_extended", "flask_login", "flask_httpauth", "rest_framework_simplejwt",
        "rest_framework_jwt", "aiohttp_security", "aiohttp_jwt", "sanic_jwt", "ninja_jwt",
        "@fastify/jwt", "fastify-jwt", "jsonwebtoken", "passport", "passport-jwt", "koa-jwt",
        "koa-passport", "express-jwt", "bcryptjs", "@fastify/auth", "jwt-simple",
    )
)  # fmt: skip
_AUTH_TYPES = re.compile(
    r"^(?:JsonWebToken|TokenExpired|NotBefore|Authorization|InvalidToken|ExpiredSignature|JWT)"
    r"\w*(?:Error)?$|^(?:JWS|JWE|JWK)\w*Error$|^DecodeError$"
)
_DATA = frozenset(
    (
        "sqlalchemy", "sqlite3", "aiosqlite", "asyncpg", "psycopg", "psycopg2", "psycopg_pool",
        "pymysql", "MySQLdb", "aiomysql", "asyncmy", "peewee", "playhouse", "tortoise", "sequelize",
        "pg", "pg-pool", "better-sqlite3", "mysql2", "knex", "sqlmodel",
    )
)  # fmt: skip
_DJANGO_DATA = ("django.db", "django.core.exceptions.FieldError")
_FRAMEWORKS = frozenset(
    (
        "fastapi", "starlette", "flask", "werkzeug", "rest_framework", "ninja", "aiohttp", "sanic",
        "marshmallow", "fastify", "express", "koa", "koa-router", "@koa/router", "hono",
        "@hono/node-server", "koa-bodyparser", "body-parser", "find-my-way", "avvio",
    )
)  # fmt: skip
_FRAMEWORK_TYPES = frozenset(
    (
        "ResponseValidationError", "RequestValidationError", "FastAPIError", "FastifyError",
        "HTTPMethodNotAllowed", "BadRequestKeyError",
    )
)  # fmt: skip
_SLASH = re.compile(r"doesn't end in a slash|APPEND_SLASH")
_UNBUILT = ("NotImplementedError",)
_CALLER = re.compile(r"(?:^|_|\b)(?:current_)?user(?:_?id)?\b|\bidentity\b|\bprincipal\b", re.I)
_READING = re.compile(
    r"of (?:undefined|null) \(reading '(?:id|userId|user_id|username|email|sub)'\)"
    r"|'NoneType' object has no attribute '(?:id|user_id|username|email)'"
    r"|'coroutine' object is not subscriptable"
)
_STATE = re.compile(r"\b(?:request|req|ctx|c|g|context|self)\b[\w.]*(?:\.|\[['\"])\w*user", re.I)


def kind_of(traceback: Traceback) -> Kind:
    """Whose an exception is. A traceback whose frames are gone is judged by its class alone."""
    chain = traceback.chain
    if any(_is_auth(thrown) for thrown in chain) or raised_by(chain) in _AUTH:
        return Kind.AUTH
    surfaced = chain[0]
    if surfaced.type in _UNBUILT:
        return Kind.UNBUILT
    if _lacks_caller(traceback):
        return Kind.CALLER
    if any(_is_data(thrown) for thrown in chain) or raised_by(chain) in _DATA:
        return Kind.DATA
    code = surfaced.code or ""
    declared = surfaced.type in _FRAMEWORK_TYPES or code.startswith("FST_ERR_")
    if declared or _SLASH.search(surfaced.message):
        return Kind.FRAMEWORK
    if raised_by(chain) in _FRAMEWORKS and surfaced.type != "HTTPException":
        return Kind.FRAMEWORK
    return Kind.APP


def _is_auth(thrown: Thrown) -> bool:
    package = (thrown.module or "").partition(".")[0]
    jwt = (thrown.code or "").startswith("FST_JWT_")
    return package in _AUTH or jwt or _AUTH_TYPES.match(thrown.type) is not None


def _is_data(thrown: Thrown) -> bool:
    module = thrown.module or ""
    whole = f"{module}.{thrown.type}"
    return module.partition(".")[0] in _DATA or whole.startswith(_DJANGO_DATA)


def _lacks_caller(traceback: Traceback) -> bool:
    """Whether the app's code looked for who calls, where a request keeps that, and found nobody."""
    surfaced = traceback.chain[0]
    frame = own_frame(traceback.chain)
    line = frame.code if frame is not None and frame.code is not None else ""
    if surfaced.type == "KeyError":
        return _CALLER.search(surfaced.message.strip("'\"")) is not None
    if surfaced.type not in ("TypeError", "AttributeError"):
        return False
    if _READING.search(surfaced.message):
        return not line or _CALLER.search(line) is not None
    return _STATE.search(line) is not None and "object has no attribute" in surfaced.message
