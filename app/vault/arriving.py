"""A document on its way to the shelf: its name checked before it is read, its content while it is sealed."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable
from dataclasses import dataclass

from app.rules.errors import Code, Malformed
from app.vault.copies import CopyFormat, check_file_name, copy_format
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
        Malformed: Code ``file_name_not_valid``, or ``unsupported_media_type``: a form is no document.
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


def checked_chunks(arriving: Arriving, workshop: Workshop, pdf_limit_bytes: int, page_limit: int) -> Generator[bytes]:
    """Pass the chunks on to the seal; before their end is told, see that all came, and that a PDF is one.

    Args:
        arriving: What arrives; its chunks are used up.
        workshop: Where a PDF is looked through.
        pdf_limit_bytes: The largest PDF that is held in memory and checked; a larger one is handed out as a ZIP.
        page_limit: The most pages of a PDF.

    Yields:
        The chunks as they came.

    Raises:
        Malformed: Code ``document_unreadable``: cut short, longer than announced, or no usable PDF; code
            ``document_too_complex``: it takes too long or too much memory to tell.
        Unavailable: There is nothing to look through it with.
    """
    made_as = copy_format(arriving.media_type, arriving.file_name)
    held = bytearray() if made_as in WHOLE else None
    arrived_bytes = 0
    for chunk in arriving.chunks:
        arrived_bytes += len(chunk)
        if held is not None:
            held += chunk
            if len(held) > held_limit_bytes:
                held = None
        yield chunk
    if arriving.said_bytes is not None and arriving.said_bytes != arrived_bytes:
        raise Malformed(
            f"{arriving.said_bytes} bytes were announced and {arrived_bytes} arrived. Nothing was stored.",
            code=Code.DOCUMENT_UNREADABLE,
        )
    if pdf:
        workshop.do(Task.CHECK_PDF, bytes(pdf), {"page_limit": page_limit})
