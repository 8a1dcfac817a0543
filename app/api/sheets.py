"""Sheets on the wire: their media types, and reading no more of one than is taken."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from starlette.requests import ClientDisconnect

from app.actions.importing import SheetKind
from app.rules.errors import Code, Malformed

MEDIA_TYPES: dict[SheetKind, str] = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
}
SHEET_KINDS: dict[str, SheetKind] = {media: kind for kind, media in MEDIA_TYPES.items()}
BODY = {"schema": {"type": "string", "format": "binary"}}
SHEETS: dict[str, Any] = dict.fromkeys(SHEET_KINDS, BODY)


def media_type_of(request: Request) -> str:
    """Give the media type a request says its body has, without parameters, in lower case."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def read_sent(request: Request, limit_bytes: int) -> bytes:
    """Read the file that was sent, and hardly more than the limit of it.

    Raises:
        Malformed: It was cut off.
    """
    content = bytearray()
    try:
        async for chunk in request.stream():
            content += chunk
            if len(content) > limit_bytes:
                break
    except ClientDisconnect as error:
        raise Malformed("The sheet was cut off. Nothing was imported.", code=Code.SHEET_UNREADABLE) from error
    return bytes(content)
