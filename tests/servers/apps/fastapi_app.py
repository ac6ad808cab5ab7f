"""Notes under a marker, for asyncio: the same routes as the Flask app's, one in a thread pool."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from typing import Annotated

from async_models import Note, make_async_session, make_session
from fastapi import Depends, FastAPI
from fastapi.responses import StreamingResponse
from generation import GENERATION
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

app = FastAPI()


class Body(BaseModel):
    marker: str


class Shown(BaseModel):
    marker: str
    body: str


async def session() -> AsyncIterator[AsyncSession]:
    async with make_async_session() as opened:
        yield opened


Opened = Annotated[AsyncSession, Depends(session)]


@app.get("/generation")
async def generation() -> dict[str, int]:
    return {"generation": GENERATION, "pid": os.getpid()}


@app.post("/notes/{marker}", status_code=201)
async def create(marker: str, body: Body, opened: Opened) -> dict[str, str]:
    opened.add(Note(marker=marker, body=body.marker))
    await opened.commit()
    return {"marker": marker}


@app.put("/notes/{marker}")
async def change(marker: str, ending: str, opened: Opened) -> dict[str, str]:
    note = (await opened.scalars(select(Note).where(Note.marker == marker))).one()
    note.body = marker + ending
    await opened.commit()  # here: the change
    return {"marker": marker}


@app.get("/notes/{_marker}")
def read(_marker: str, marker: str) -> Shown:
    with make_session() as opened:
        note = opened.scalars(select(Note).where(Note.marker == marker)).one()
        return Shown(marker=note.marker, body=note.body)


@app.get("/stream/{marker}")
async def stream(marker: str) -> StreamingResponse:
    async def lines() -> AsyncIterator[str]:
        async with make_async_session() as opened:
            for _ in range(3):
                note = (await opened.scalars(select(Note).where(Note.marker == marker))).one()
                yield note.marker + "\n"

    return StreamingResponse(lines(), media_type="text/plain")
