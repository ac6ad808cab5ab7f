"""Notes under a marker: each request brings a marker of its own and works with it alone."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.views import View
from django_models import Note
from generation import GENERATION


def generation(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"generation": GENERATION, "pid": os.getpid()})


class Notes(View):
    def post(self, request: HttpRequest, marker: str) -> HttpResponse:
        Note.objects.create(marker=marker, body=json.loads(request.body)["marker"])
        return JsonResponse({"marker": marker}, status=201)

    def put(self, request: HttpRequest, marker: str) -> HttpResponse:
        with transaction.atomic():
            note = get_object_or_404(Note, marker=marker)
            note.body = marker + request.GET["ending"]
            note.save()  # here: the change
        return JsonResponse({"marker": marker})

    def get(self, request: HttpRequest, marker: str) -> HttpResponse:
        note = get_object_or_404(Note, marker=request.GET["marker"])
        return JsonResponse({"marker": note.marker, "body": note.body})


def stream(request: HttpRequest, marker: str) -> StreamingHttpResponse:
    def lines() -> Iterator[str]:
        for _ in range(3):
            yield Note.objects.get(marker=marker).marker + "\n"

    return StreamingHttpResponse(lines(), content_type="text/plain")


urlpatterns = [
    path("generation", generation),
    path("notes/<str:marker>", Notes.as_view()),
    path("stream/<str:marker>", stream),
]
application = get_wsgi_application()
asgi = get_asgi_application()
