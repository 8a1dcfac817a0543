"""Sends documents in parts, through the API, and breaks off where a test wants it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from fastapi import FastAPI
from httpx2 import Response
from sqlalchemy import select

from app.actions import documents, uploads
from app.actions.tools import Actor
from app.actions.uploads import Announced, CutOff, Sent, UploadRow
from app.api import documents as documents_door
from app.api import problems
from app.api import uploads as uploads_door
from app.api.headers import SafeHeaders
from app.api.tus import TusHeaders
from app.audit.entries import EntryKind
from app.records import tables
from app.rules.facts import Role
from app.web.problems import problem_page, wants_page
from tests.application import client_on, front_of
from tests.unit.documents.world import FIGURES, World

TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {**TUS, "Content-Type": "application/offset+octet-stream"}


LINE = b"North,120455,South,098812,East,004417\n"
TABLE = LINE * 40


def metadata(**said: str) -> str:
    return ",".join(f"{key} {base64.b64encode(text.encode()).decode()}" for key, text in said.items())


def checksum(content: bytes, algorithm: str = "sha256") -> str:
    digest = hashlib.new(algorithm, content, usedforsecurity=False).digest()
    return f"{algorithm} {base64.b64encode(digest).decode()}"


def cut_after(content: bytes, *, piece_bytes: int = 7) -> Iterator[bytes]:
    """What comes of a request whose connection breaks."""
    for start in range(0, len(content), piece_bytes):
        yield content[start : start + piece_bytes]
    raise CutOff


@cache
def _doors() -> FastAPI:
    application = FastAPI()
    for router in (documents_door.router, uploads_door.router):
        application.router.routes.extend(router.routes)
    problems.install(application, wants_page, problem_page)
    application.add_middleware(SafeHeaders)
    application.add_middleware(TusHeaders)
    return application


class Desk:
    """One world, and the doors of documents and uploads."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.tools = world.tools
        self.client = client_on(front_of(_doors(), world.tools))
        self.person_id = world.sat.people[Role.STATISTICIAN]
        self.headers = world.headers(self.person_id)

    # -- through the API ----------------------------------------------------------------------------------------

    def begins(
        self, size_bytes: int, *, who: dict[str, str] | None = None, release_id: str = "", **said: str
    ) -> Response:
        told = {"filename": "regions.csv", "filetype": "text/csv", **said}
        return self.client.post(
            f"/api/v1/releases/{release_id or self.world.release.release_id}/uploads",
            headers={
                **(who or self.headers),
                **TUS,
                "Upload-Length": str(size_bytes),
                "Upload-Metadata": metadata(**told),
            },
        )

    def begun(self, size_bytes: int, **said: str) -> str:
        answer = self.begins(size_bytes, **said)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["upload_id"])

    def sends(
        self, upload_id: str, offset: int, content: bytes, *, who: dict[str, str] | None = None, **more: str
    ) -> Response:
        headers = {**(who or self.headers), **BYTES, "Upload-Offset": str(offset), **more}
        return self.client.patch(f"/api/v1/uploads/{upload_id}", content=content, headers=headers)

    def asks(self, upload_id: str, method: str = "GET", *, who: dict[str, str] | None = None) -> Response:
        return self.client.request(method, f"/api/v1/uploads/{upload_id}", headers={**(who or self.headers), **TUS})

    # -- past it, where a connection is to break -------------------------------------------------------------------

    @property
    def actor(self) -> Actor:
        return self.world.actor(self.person_id)

    def start(self, content: bytes = FIGURES, **announced: Any) -> UploadRow:
        told = {"file_name": "regions.csv", "media_type": "text/csv", "plain_bytes": len(content), **announced}
        return uploads.begin_upload(self.tools, self.actor, self.world.release.release_id, Announced(**told))

    def receive(self, upload_id: str, offset: int, chunks: Iterable[bytes], **more: Any) -> UploadRow:
        actor = self.actor
        return uploads.receive(self.tools, lambda: actor, upload_id, Sent(offset, chunks, **more))


def ended(desk: Desk) -> list[tuple[str, dict[str, Any]]]:
    """How uploads ended, as the log has it."""
    return [(entry["outcome"], entry["said"]) for entry in desk.world.service.entries(EntryKind.UPLOAD_ENDED)]


def kept(desk: Desk) -> tuple[list[str], int]:
    """What lies in the store, and how many parts are on record."""
    with desk.tools.reading() as connection:
        parts = connection.execute(select(tables.upload_parts)).all()
    return desk.tools.store.names(), len(parts)


def documents_of(desk: Desk) -> list[tuple[str, str, str]]:
    """Name, hash and state of each document of the release."""
    rows = documents.list_documents(desk.tools, desk.actor, desk.world.release.release_id)
    return [(row.card.file_name, row.card.sha256, row.card.state.value) for row in rows]
