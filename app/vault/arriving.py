"""A document on its way to the shelf: its name checked before it is read, its content while it is sealed."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable
from dataclasses import dataclass

from app.rules.errors import Code, Malformed
from app.vault.copies import check_file_name
from app.vault.inspecting.kinds import HEAD_BYTES, WHOLE, WRITTEN, Kind, Passing, announced_kind, check_beginning
from app.vault.workshop.pool import Workshop
from app.vault.workshop.tasks import Task

FILE_NAME_LIMIT = 120
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]{0,40}/[A-Za-z0-9][A-Za-z0-9.+-]{0,57}")
_EXTENSION = re.compile(r".+\.[A-Za-z0-9]{1,10}")


@dataclass(frozen=True, slots=True)
class Arriving:
    """A document that is being sent to us.

    Attributes:
        file_name: As its sender calls it, without a folder.
        media_type: As declared.
        chunks: The plain bytes, in pieces of any size.
        said_bytes: The length that was announced, where it was.
        replaces_id: The document whose place it takes once it is fixed.
        note: What changed; needed with ``replaces_id``.
    """

    file_name: str
    media_type: str
    chunks: Iterable[bytes]
    said_bytes: int | None = None
    replaces_id: str | None = None
    note: str = ""


def check_names(arriving: Arriving) -> None:
    """Refuse a file name or a media type that cannot be used, before a byte of the document is read.

    Args:
        arriving: What is announced.

    Raises:
        Malformed: Code ``file_name_not_valid``; ``unsupported_media_type``: a form is no document;
            ``document_type_differs`` or ``document_not_inert``: of another kind than its name, or of one that runs.
    """
    check_file_name(arriving.file_name)
    if len(arriving.file_name) > FILE_NAME_LIMIT or not _EXTENSION.fullmatch(arriving.file_name):
        raise Malformed(
            f"The file name cannot be used: it must have an extension, and at most {FILE_NAME_LIMIT} characters.",
            code=Code.FILE_NAME_NOT_VALID,
        )
    essence = arriving.media_type.lower()
    if not _MEDIA_TYPE.fullmatch(essence) or essence.startswith("multipart/") or essence.endswith("form-urlencoded"):
        raise Malformed(
            "Send the document itself as the body of the request, with its own Content-Type.",
            code=Code.UNSUPPORTED_MEDIA_TYPE,
        )
    announced_kind(arriving.file_name, essence)


def check_length(arriving: Arriving, plain_bytes: int, looking: Looking, *, limit_bytes: int) -> None:
    """Refuse a length that cannot be taken, before a byte of the document is sent.

    Args:
        arriving: What is announced.
        plain_bytes: Its length.
        looking: How it would be looked through.
        limit_bytes: The longest document of any kind.

    Raises:
        Malformed: Code ``document_empty`` or ``document_too_large``.
    """
    if plain_bytes < 1:
        raise Malformed("The document is empty.", code=Code.DOCUMENT_EMPTY)
    if plain_bytes > limit_bytes:
        raise Malformed(
            f"The document is larger than the {limit_bytes} bytes allowed.",
            code=Code.DOCUMENT_TOO_LARGE,
            limit_bytes=limit_bytes,
        )
    kind = announced_kind(arriving.file_name, arriving.media_type)
    if kind in WHOLE and plain_bytes > looking.whole_limit_bytes:
        raise _too_large_to_look_through(kind, looking.whole_limit_bytes)


@dataclass(frozen=True, slots=True)
class Looking:
    """How documents are looked through.

    Attributes:
        workshop: Where.
        whole_limit_bytes: The largest file that is held in memory and looked through.
        pdf_limit_bytes: The largest PDF of which marked copies are made.
        page_limit: The most pages of a PDF.
    """

    workshop: Workshop
    whole_limit_bytes: int
    pdf_limit_bytes: int
    page_limit: int


def checked_chunks(arriving: Arriving, looking: Looking) -> Generator[bytes]:
    """Pass the chunks on to the seal; before their end is told, see that all came, and what came.

    Args:
        arriving: What arrives; its chunks are used up.
        looking: How it is looked through.

    Yields:
        The chunks as they came.

    Raises:
        Malformed: Code ``document_unreadable``: cut short, longer than announced, or damaged;
            ``document_type_differs``: not what it was sent as; ``document_not_inert``: it acts, hides or fetches;
            ``document_too_complex``: it takes too long or too much memory to tell; ``document_too_large``: of a kind
            that must be looked through whole, and too large for that.
        Unavailable: There is nothing to look through it with.
    """
    passing = _Look(announced_kind(arriving.file_name, arriving.media_type), looking)
    arrived_bytes = 0
    for chunk in arriving.chunks:
        arrived_bytes += len(chunk)
        passing.take(chunk)
        yield chunk
    if arriving.said_bytes is not None and arriving.said_bytes != arrived_bytes:
        raise Malformed(
            f"{arriving.said_bytes} bytes were announced and {arrived_bytes} arrived. Nothing was stored.",
            code=Code.DOCUMENT_UNREADABLE,
        )
    if arrived_bytes:
        passing.end()


class _Look:
    """What is seen of a document as it passes: all of it where its kind needs that, else its beginning."""

    def __init__(self, kind: Kind, looking: Looking) -> None:
        self._kind = kind
        self._looking = looking
        self._held = bytearray()
        self._begun = False
        self._text = Passing(kind) if kind in WRITTEN else None

    def take(self, chunk: bytes) -> None:
        if self._text is not None:
            self._text.look(chunk)
        if self._kind in WHOLE or not self._begun:
            self._held += chunk
        if len(self._held) > self._looking.whole_limit_bytes and self._kind in WHOLE:
            raise _too_large_to_look_through(self._kind, self._looking.whole_limit_bytes)
        if not self._begun and len(self._held) >= HEAD_BYTES:
            self._begin()

    def end(self) -> None:
        if not self._begun:
            self._begin()
        if self._text is not None:
            self._text.look(b"", last=True)
        if self._kind in WHOLE:
            params = {
                "kind": self._kind.value,
                "page_limit": self._looking.page_limit,
                "marked": len(self._held) <= self._looking.pdf_limit_bytes,
            }
            self._looking.workshop.do(Task.INSPECT, bytes(self._held), params)

    def _begin(self) -> None:
        check_beginning(self._kind, bytes(self._held[:HEAD_BYTES]))
        self._begun = True
        if self._kind not in WHOLE:
            self._held.clear()


def _too_large_to_look_through(kind: Kind, limit_bytes: int) -> Malformed:
    return Malformed(
        f"A {kind.value} is looked through before it is kept, and that is done up to {limit_bytes} bytes. Split it, or "
        "send its figures as CSV.",
        code=Code.DOCUMENT_TOO_LARGE,
        limit_bytes=limit_bytes,
    )
