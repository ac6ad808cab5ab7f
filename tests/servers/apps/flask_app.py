"""Notes under a marker: each request brings a marker of its own and works with it alone."""

from __future__ import annotations

import os

from flask import Flask, Response, jsonify, request, stream_with_context
from generation import GENERATION
from models import Note, engine
from sqlalchemy import select
from sqlalchemy.orm import Session

app = Flask(__name__)


@app.get("/generation")
def generation() -> Response:
    return jsonify(generation=GENERATION, pid=os.getpid())


@app.post("/notes/<marker>")
def create(marker: str) -> tuple[Response, int]:
    body = request.get_json()["marker"]
    with Session(engine) as session:
        session.add(Note(marker=marker, body=body))
        session.commit()
    return jsonify(marker=marker), 201


@app.put("/notes/<marker>")
def change(marker: str) -> Response:
    with Session(engine) as session:
        note = session.scalars(select(Note).where(Note.marker == marker)).one()
        note.body = marker + request.args["ending"]
        session.commit()  # here: the change
    return jsonify(marker=marker)


@app.get("/notes/<marker>")
def read(marker: str) -> Response:
    with Session(engine) as session:
        note = session.scalars(select(Note).where(Note.marker == request.args["marker"])).one()
        return jsonify(marker=note.marker, body=note.body)


@app.get("/stream/<marker>")
def stream(marker: str) -> Response:
    def lines() -> object:
        with Session(engine) as session:
            for _ in range(3):
                note = session.scalars(select(Note).where(Note.marker == marker)).one()
                yield note.marker + "\n"

    return Response(stream_with_context(lines()), mimetype="text/plain")
