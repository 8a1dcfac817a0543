"""A service on disk, as ``pra init`` leaves one, with a release whose window is open now: what a load is sent to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from app import wiring
from app.actions import auditing, documents
from app.actions.documents import Arriving
from app.keys.ring import create_ring
from app.rules.facts import ReleaseState, Role
from app.settings import Settings
from tests.world import OpenWorld, Recipient, open_world, put_state, staff_of


class World:
    """A prepared service in a folder; ``pra serve`` can be run on it, or ``tools`` be used in this process."""

    def __init__(self, folder: Path, *, recipients: int, database_url: str = "") -> None:
        self.database_url = database_url
        self.settings = settings = Settings(_env_file=None, var_dir=folder, database_url=database_url)
        folder.mkdir(parents=True, exist_ok=True)
        create_ring(settings.keys_folder)
        wiring.migrate(settings)
        self.tools = wiring.make_tools(settings)
        auditing.begin_log(self.tools)
        self._open = open_world(self.tools, recipients=recipients, large_bytes=1)

    @property
    def recipients(self) -> tuple[Recipient, ...]:
        """Everybody on the list, signed in, the declaration signed."""
        return self._open.recipients

    @property
    def release_id(self) -> str:
        """The one release."""
        return self._open.release.release_id

    @property
    def head(self) -> Recipient:
        """The head of profession of its producer, signed in now."""
        return staff_of(self.tools, self._open.producer, Role.HEAD_OF_PROFESSION)

    @property
    def auditor(self) -> Recipient:
        """The auditor of the whole service, signed in now."""
        return staff_of(self.tools, self._open.producer, Role.AUDITOR)

    def beside(self, recipients: int) -> OpenWorld:
        """Make another producer's release, its window open now, with people of its own on the list."""
        return open_world(self.tools, recipients=recipients, large_bytes=1, subject="Other")

    def recall_request(self, document_id: str) -> bytes:
        """Write the request by which a lead official takes a document back."""
        lead = staff_of(self.tools, self._open.producer, Role.LEAD_OFFICIAL)
        revision = documents.get_document(self.tools, lead.actor, document_id).revision
        body = b'{"reason": "A table is from the wrong month."}'
        lines = [f"POST /api/v1/documents/{document_id}/recall HTTP/1.1", "Host: 127.0.0.1", f'If-Match: "{revision}"']
        lines += [f"{name}: {text}" for name, text in lead.headers.items()]
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + body

    def add_document(self, chunks: Iterable[bytes], file_name: str, media_type: str = "text/csv") -> str:
        """Upload a document and fix it as final form, through the actions; gives its id."""
        preparer, second = (
            staff_of(self.tools, self._open.producer, role).actor
            for role in (Role.STATISTICIAN, Role.HEAD_OF_PROFESSION)
        )
        arriving = Arriving(file_name, media_type, chunks)
        row = documents.upload_document(self.tools, preparer, self._open.release.release_id, arriving)
        put_state(self.tools, self._open.release.release_id, ReleaseState.ANNOUNCED)
        documents.fix_document(self.tools, second, row.card.document_id, sha256=row.card.sha256, revision=row.revision)
        put_state(self.tools, self._open.release.release_id, ReleaseState.FINAL)
        return row.card.document_id


@contextmanager
def a_world(folder: Path, *, recipients: int, database_url: str = "") -> Iterator[World]:
    """Prepare a service in a folder; its database connections are given back at the end."""
    world = World(folder, recipients=recipients, database_url=database_url)
    try:
        yield world
    finally:
        world.tools.database.close()
