"""Notes under a marker, for asyncio: the same routes as the Flask app's."""

from __future__ import annotations

import os

from aiohttp import web
from async_models import Note, make_async_session
from generation import GENERATION
from sqlalchemy import select

routes = web.RouteTableDef()


@routes.get("/generation")
async def generation(request: web.Request) -> web.Response:
    return web.json_response({"generation": GENERATION, "pid": os.getpid()})


@routes.post("/notes/{marker}")
async def create(request: web.Request) -> web.Response:
    marker = request.match_info["marker"]
    body = (await request.json())["marker"]
    async with make_async_session() as session:
        session.add(Note(marker=marker, body=body))
        await session.commit()
    return web.json_response({"marker": marker}, status=201)


@routes.put("/notes/{marker}")
async def change(request: web.Request) -> web.Response:
    marker = request.match_info["marker"]
    async with make_async_session() as session:
        note = (await session.scalars(select(Note).where(Note.marker == marker))).one()
        note.body = marker + request.query["ending"]
        await session.commit()  # here: the change
    return web.json_response({"marker": marker})


@routes.get("/notes/{marker}")
async def read(request: web.Request) -> web.Response:
    marker = request.query["marker"]
    async with make_async_session() as session:
        note = (await session.scalars(select(Note).where(Note.marker == marker))).one()
        return web.json_response({"marker": note.marker, "body": note.body})


@routes.get("/stream/{marker}")
async def stream(request: web.Request) -> web.StreamResponse:
    marker = request.match_info["marker"]
    response = web.StreamResponse()
    await response.prepare(request)
    async with make_async_session() as session:
        for _ in range(3):
            note = (await session.scalars(select(Note).where(Note.marker == marker))).one()
            await response.write((note.marker + "\n").encode())
    await response.write_eof()
    return response


def make_app() -> web.Application:
    app = web.Application()
    app.add_routes(routes)
    return app


app = make_app()

if __name__ == "__main__":
    web.run_app(app, host="127.0.0.1", port=int(os.environ["PORT"]))
