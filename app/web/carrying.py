"""A file between the page that shows what it would do and the button that does it: it travels in the page.

So nothing of what nobody may import yet is kept here. Only a file that is too large for that has to be chosen again.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from app.rules.canonical import sha256_hex
from app.web.asking import Form, not_ours
from app.web.files import FileForm

CARRIED_BYTES = 150_000
"""The largest file that travels in the page: as text it has a third more, and a form may have 256 KiB."""


async def read_file(form: FileForm, limit_bytes: int) -> bytes:
    """Read the file of a form, and hardly more than the limit of it."""
    content = bytearray()
    async for chunk in form.chunks:
        content += chunk
        if len(content) > limit_bytes:
            break
    return bytes(content)


def kind_of(form: FileForm) -> str:
    """Give the end of the file's name, in small letters; empty where it has none."""
    return form.name.rpartition(".")[2].lower() if "." in form.name else ""


def carried(content: bytes) -> dict[str, Any]:
    """Give what a page keeps of a file: the file itself where it travels along, and its SHA-256."""
    travels = len(content) <= CARRIED_BYTES
    return {
        "sheet": base64.urlsafe_b64encode(content).decode("ascii") if travels else None,
        "sha256": sha256_hex(content),
    }


def uncarried(form: Form) -> bytes:
    """Give the file that travelled in the page.

    Raises:
        Refused: It is nothing that a page of ours would send (code ``form_not_ours``).
    """
    try:
        return base64.urlsafe_b64decode(form["sheet"].encode("ascii", "strict"))
    except (binascii.Error, UnicodeEncodeError):
        raise not_ours() from None


def is_another(form: Form, content: bytes) -> bool:
    """Say whether a file that was chosen once more is another one than was looked at."""
    return form["looked_at"] != sha256_hex(content)
