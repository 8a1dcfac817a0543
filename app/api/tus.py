"""The headers of the tus protocol: which version is spoken, what is announced of a document, how bytes are checked.

Not taken of it: ``X-HTTP-Method-Override``, since what a request does shall be told by its method alone.

Source: tus 1.0.0
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime
from email.utils import format_datetime
from typing import Annotated

from fastapi import Depends, Header
from pydantic import TypeAdapter, ValidationError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.actions.uploads import CHECKSUM_ALGORITHMS, Announced, Checksum, UploadRow
from app.api.schemas import Line
from app.rules.errors import Code, Malformed, Mistake
from app.rules.uploads import UploadState

VERSION = "1.0.0"
EXTENSIONS = "creation,expiration,checksum,termination"
BYTES_MEDIA_TYPE = "application/offset+octet-stream"
METADATA_LIMIT = 8000
MOST_BYTES = 2**53

_AT = re.compile(r"/api/v1/(?:uploads(?:/[^/]+)?|releases/[^/]+/uploads)/?")
_RAW = ((b"tus-resumable", VERSION.encode()), (b"tus-version", VERSION.encode()))
_DIGEST_BYTES = {"sha1": 20, "sha256": 32}
_KEYS = ("filename", "filetype", "sha256", "replaces", "note")
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_DOCUMENT_ID = re.compile(r"doc_[0-9a-f]{24}")
_LINE: TypeAdapter[str] = TypeAdapter(Line)


class TusHeaders:
    """Says on every answer about an upload, refusals too, which version of the protocol is spoken."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and add the headers to the answer."""
        if scope["type"] != "http" or not _AT.fullmatch(scope["path"]):
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_RAW]
            await send(message)

        await self._app(scope, receive, with_headers)


async def the_version(
    tus_resumable: Annotated[
        str | None,
        Header(alias="Tus-Resumable", description="The version of the protocol.", examples=[VERSION]),
    ] = None,
) -> str:
    """Read which version of the protocol the client speaks.

    Raises:
        Mistake: None, or another than ours (code ``tus_version_not_supported``).
    """
    if tus_resumable != VERSION:
        raise Mistake(
            f"Send the header Tus-Resumable: {VERSION}. Nothing was done.", code=Code.TUS_VERSION_NOT_SUPPORTED
        )
    return VERSION


TusHere = Annotated[str, Depends(the_version)]


def announced_of(metadata: str, plain_bytes: int) -> Announced:
    """Read what a client announces of a document.

    Args:
        metadata: Keys with values in Base64: ``filename``, and where there is one ``filetype``, ``sha256`` (64
            hexadecimal digits), ``replaces`` and ``note``.
        plain_bytes: Its length.

    Raises:
        Malformed: It cannot be read, or holds something that means nothing here.
    """
    said = _pairs(metadata)
    unknown = sorted(set(said) - set(_KEYS))
    if unknown:
        raise _not_understood(f"only {', '.join(_KEYS)} mean anything here")
    if not said.get("filename"):
        raise _not_understood("filename is missing: the name of the document, with its extension")
    if "sha256" in said and not _SHA256.fullmatch(said["sha256"]):
        raise _not_understood("sha256 must be 64 hexadecimal digits")
    if "replaces" in said and not _DOCUMENT_ID.fullmatch(said["replaces"]):
        raise _not_understood("replaces must be the id of a document")
    if len(said["filename"]) > 400:
        raise _not_understood("filename is too long")
    try:
        note = _LINE.validate_python(said["note"]) if "note" in said else ""
    except ValidationError:
        raise _not_understood("note must be one line of 1 to 300 characters") from None
    return Announced(
        file_name=said["filename"],
        media_type=said.get("filetype", "application/octet-stream").partition(";")[0].strip(),
        plain_bytes=plain_bytes,
        sha256=said.get("sha256"),
        replaces_id=said.get("replaces"),
        note=note,
    )


def metadata_of(row: UploadRow) -> str:
    """Write what was announced of a document as it would be sent."""
    said = {
        "filename": row.file_name,
        "filetype": row.media_type,
        "sha256": row.sha256,
        "replaces": row.replaces_id,
        "note": row.note,
    }
    return ",".join(f"{key} {base64.b64encode(text.encode()).decode()}" for key, text in said.items() if text)


def checksum_of(header: str | None) -> Checksum | None:
    """Read the checksum of a request's bytes; None where none was sent.

    Args:
        header: ``sha256`` or ``sha1``, a blank, and the digest in Base64.

    Raises:
        Malformed: It is of another kind (code ``checksum_not_supported``), or no such digest.

    Source:
        tus 1.0.0
    """
    if header is None:
        return None
    algorithm, _, text = header.partition(" ")
    if text and algorithm not in CHECKSUM_ALGORITHMS:
        raise Malformed(
            f"Upload-Checksum must begin with {' or '.join(CHECKSUM_ALGORITHMS)}. Nothing of this request was kept.",
            code=Code.CHECKSUM_NOT_SUPPORTED,
        )
    try:
        digest = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if algorithm not in CHECKSUM_ALGORITHMS or len(digest) != _DIGEST_BYTES[algorithm]:
        raise Malformed(
            f"Upload-Checksum must be one of {' or '.join(CHECKSUM_ALGORITHMS)}, a blank, and the digest in Base64.",
            errors=[{"where": "header.upload-checksum", "what": "not a checksum that is known here"}],
        )
    return Checksum(algorithm, digest)


def headers_of(row: UploadRow) -> dict[str, str]:
    """Give what every answer about an upload says of it."""
    headers = {"Upload-Expires": http_date(row.expires_at), "Pra-Upload-State": row.state.value}
    if row.state in (UploadState.RECEIVING, UploadState.COMPLETE):
        headers["Upload-Offset"] = str(row.kept_bytes)
    return headers


def http_date(at: datetime) -> str:
    """Write an instant as HTTP does."""
    return format_datetime(at, usegmt=True)


def _pairs(metadata: str) -> dict[str, str]:
    said: dict[str, str] = {}
    for pair in metadata.split(","):
        key, _, encoded = pair.strip().partition(" ")
        try:
            text = base64.b64decode(encoded, validate=True).decode("utf-8")
        except (binascii.Error, ValueError):
            raise _not_understood("each value must be UTF-8 in Base64") from None
        if not key or key in said:
            raise _not_understood("each key must be there once, followed by a blank and its value")
        said[key] = text
    return said


def _not_understood(what: str) -> Malformed:
    return Malformed(
        f"The header Upload-Metadata cannot be used: {what}. Nothing was begun.",
        errors=[{"where": "header.upload-metadata", "what": what}],
    )
