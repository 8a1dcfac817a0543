"""A form with a file, taken piece by piece: the token and the other fields come first, and the file is never on disk.

The framework's own reading of such a form would put the file into a temporary folder, in the clear, before it is known
who sends it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Annotated

import anyio
from fastapi import Depends, Request
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect

from app.api.streams import HOP_BYTES, STALLED_SECONDS
from app.rules.errors import Code, Malformed
from app.web.asking import Form, demand_own_site, demand_token, not_ours
from app.web.cookies import TOKEN_FIELD

FIELDS_LIMIT_BYTES = 64 * 1024
_FIELDS_AT_MOST = 50
_FORM_TYPE = b"multipart/form-data"


@dataclass(frozen=True, slots=True)
class FileForm:
    """What was filled in before the file, and the file as it arrives.

    Attributes:
        name: The file's name as the browser gives it; empty where none was chosen.
        media_type: As the browser guesses it.
        chunks: What is in the file. To be read on the event loop, once.
    """

    form: Form
    name: str
    media_type: str
    chunks: AsyncGenerator[bytes]


async def the_file_form(request: Request) -> FileForm:
    """Read a form with one file, up to the file.

    Raises:
        Refused: It comes from elsewhere, or lacks its token before the file (code ``form_not_ours``).
        Malformed: It is no such form, or was cut off.

    Source:
        OWASP ASVS 5.0.0 V3.5.1
    """
    demand_own_site(request)
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary", b"")
    if kind != _FORM_TYPE or not boundary:
        raise not_ours()
    reading = _Reading(request, boundary)
    await reading.up_to_file()
    demand_token(request, reading.fields.get(TOKEN_FIELD, ""))
    return FileForm(Form(reading.fields), reading.file_name, reading.media_type, reading.file())


class _Reading:
    """One pass over one form."""

    def __init__(self, request: Request, boundary: bytes) -> None:
        self.fields: dict[str, str] = {}
        self.file_name = ""
        self.media_type = ""
        self._arriving = request.stream()
        self._header: list[bytes] = []
        self._value: list[bytes] = []
        self._headers: dict[bytes, bytes] = {}
        self._field = ""
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._read_bytes = 0
        self._file: list[bytes] = []
        self._at_file = self._file_over = self._over = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._part,
                "on_header_field": lambda data, start, end: self._header.append(data[start:end]),
                "on_header_value": lambda data, start, end: self._value.append(data[start:end]),
                "on_header_end": self._header_over,
                "on_headers_finished": self._headers_over,
                "on_part_data": self._piece,
                "on_part_end": self._part_over,
                "on_end": self._all_over,
            },
        )

    async def up_to_file(self) -> None:
        """Read until the file begins, or the form is over."""
        while not (self._at_file or self._over):
            await self._more()

    async def file(self) -> AsyncGenerator[bytes]:
        """Give what is in the file, in pieces worth a hop between threads."""
        pieces: list[bytes] = []
        size_bytes = 0
        while True:
            pieces += self._file
            size_bytes += sum(map(len, self._file))
            self._file.clear()
            if size_bytes >= HOP_BYTES:
                yield b"".join(pieces)
                pieces, size_bytes = [], 0
            if self._over:
                break
            await self._more()
        if pieces:
            yield b"".join(pieces)

    async def _more(self) -> None:
        try:
            with anyio.fail_after(STALLED_SECONDS):
                piece = await anext(self._arriving, None)
        except (ClientDisconnect, TimeoutError):  # a line that died without a word says nothing either
            piece = None
        if piece is None:  # before the last line of the form
            raise Malformed("The upload was cut off. Nothing was stored.", code=Code.DOCUMENT_UNREADABLE)
        self._read_bytes += 0 if self._at_file else len(piece)
        try:
            self._parser.write(piece)
        except MultipartParseError:
            raise _unreadable() from None
        if not self._at_file and self._read_bytes > FIELDS_LIMIT_BYTES:
            raise _unreadable()

    def _part(self) -> None:
        self._headers, self._held, self._held_bytes = {}, [], 0

    def _header_over(self) -> None:
        self._headers[b"".join(self._header).lower()] = b"".join(self._value)
        self._header, self._value = [], []

    def _headers_over(self) -> None:
        if self._at_file:  # the file comes last
            raise _unreadable()
        _, said = parse_options_header(self._headers.get(b"content-disposition", b""))
        self._field = said.get(b"name", b"").decode("utf-8", "replace")
        if b"filename" not in said:
            return
        self._at_file = True
        self.file_name = said[b"filename"].decode("utf-8", "replace").replace("\\", "/").rpartition("/")[2]
        self.media_type = self._headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip()

    def _piece(self, data: bytes, start: int, end: int) -> None:
        if self._at_file and not self._file_over:
            self._file.append(bytes(data[start:end]))
        elif not self._at_file:
            self._held.append(bytes(data[start:end]))
            self._held_bytes += end - start
            if self._held_bytes > FIELDS_LIMIT_BYTES:
                raise _unreadable()

    def _part_over(self) -> None:
        if self._at_file:
            self._file_over = True
            return
        if len(self.fields) >= _FIELDS_AT_MOST:
            raise _unreadable()
        self.fields[self._field] = b"".join(self._held).decode("utf-8", "replace").replace("\r\n", "\n")

    def _all_over(self) -> None:
        self._over = True


def _unreadable() -> Malformed:
    return Malformed("The form cannot be read. Nothing was done.", errors=[])


FileFormHere = Annotated[FileForm, Depends(the_file_form)]
