"""Notes under a marker: each request brings a marker of its own and works with it alone."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator

from django.core.asgi import get_asgi_application
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path
from django.views import View
from django_models import Note
from generation import GENERATION


async def generation(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"generation": GENERATION, "pid": os.getpid()})


class Notes(View):
    async def post(self, request: HttpRequest, marker: str) -> HttpResponse:
        await Note.objects.acreate(marker=marker, body=json.loads(request.body)["marker"])
        return JsonResponse({"marker": marker}, status=201)

    async def put(self, request: HttpRequest, marker: str) -> HttpResponse:
        note = await Note.objects.aget(marker=marker)
        note.body = marker + request.GET["ending"]
        await note.asave()
        return JsonResponse({"marker": marker})

    async def get(self, request: HttpRequest, marker: str) -> HttpResponse:
        note = await Note.objects.aget(marker=request.GET["marker"])
        return JsonResponse({"marker": note.marker, "body": note.body})


async def stream(request: HttpRequest, marker: str) -> StreamingHttpResponse:
    async def lines() -> AsyncIterator[str]:
        for _ in range(3):
            async for note in Note.objects.filter(marker=marker):
                yield note.marker + "\n"

    return StreamingHttpResponse(lines(), content_type="text/plain")


urlpatterns = [
    path("generation", generation),
    path("notes/<str:marker>", Notes.as_view()),
    path("stream/<str:marker>", stream),
]
asgi = get_asgi_application()
