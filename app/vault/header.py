"""The header of an age file, to the letter: what is not exactly as the format has it is refused. Pure."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass

from app.rules.errors import SealBroken

VERSION_LINE = b"age-encryption.org/v1"
HEADER_LIMIT_BYTES = 65_536
"""A header with one recipient has 168 bytes. The limit leaves room for several hundred and bounds the work."""

_STANZA_LINE = re.compile(rb"-> [!-~]+(?: [!-~]+)*")
_MAC_LINE = re.compile(rb"--- ([A-Za-z0-9+/]{43})")
_BODY_COLUMNS = 64


@dataclass(frozen=True, slots=True)
class Stanza:
    """What one recipient needs to unwrap the file key: a kind, its arguments, and a body."""

    words: tuple[bytes, ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Header:
    """A header as it was read.

    Attributes:
        stanzas: At least one, in the order of the file.
        mac: Its authentication code, 32 bytes, not yet checked.
        covered_bytes: How many bytes from the beginning the code covers.
        length_bytes: How long the whole header is.
    """

    stanzas: tuple[Stanza, ...]
    mac: bytes
    covered_bytes: int
    length_bytes: int


def parse_header(opening: bytes) -> Header:
    """Read a header.

    Args:
        opening: The beginning of the file, at least to the end of the header or to ``HEADER_LIMIT_BYTES``.

    Returns:
        The header, not yet authenticated.

    Raises:
        SealBroken: not a header to the letter; ``extra["stage"]`` is ``header``.

    Source:
        C2SP age.md
    """
    lines = _Lines(opening)
    if lines.take() != VERSION_LINE:
        raise broken_seal("it does not begin as an age v1 file", "header")
    stanzas: list[Stanza] = []
    line = lines.take()
    while not line.startswith(b"---"):
        stanzas.append(_take_stanza(line, lines))
        line = lines.take()
    mac = _MAC_LINE.fullmatch(line)
    if not stanzas or mac is None:
        raise broken_seal("its header has no recipient or no proper last line", "header")
    kinds = [stanza.words[0] for stanza in stanzas]
    if b"scrypt" in kinds and len(kinds) > 1:
        raise broken_seal("a passphrase stands beside other recipients", "header")
    covered = lines.at - len(line) - 1 + len(b"---")
    return Header(tuple(stanzas), unbase64(mac[1]), covered, lines.at)


def base64_text(raw: bytes) -> bytes:
    """Write base64 as the header has it, without padding."""
    return b64encode(raw).rstrip(b"=")


def unbase64(text: bytes) -> bytes:
    """Read unpadded base64 in its one canonical spelling; two spellings would be two headers for one key.

    Raises:
        SealBroken: any other spelling; ``extra["stage"]`` is ``header``.
    """
    try:
        raw = b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except Base64Error:
        raise broken_seal("its header holds something that is not base64", "header") from None
    if base64_text(raw) != text:
        raise broken_seal("its header holds base64 that is not canonical", "header")
    return raw


def broken_seal(why: str, stage: str) -> SealBroken:
    """Make the error for a sealed file that does not open; the stage tells where in the format it failed."""
    return SealBroken(f"The sealed file cannot be opened: {why}.", stage=stage)


class _Lines:
    """The lines of a header, one at a time. Only a line feed ends a line."""

    def __init__(self, opening: bytes) -> None:
        self._opening = opening
        self.at = 0

    def take(self) -> bytes:
        end = self._opening.find(b"\n", self.at, HEADER_LIMIT_BYTES)
        if end < 0:
            raise broken_seal("its header does not end", "header")
        line = self._opening[self.at : end]
        self.at = end + 1
        return line


def _take_stanza(line: bytes, lines: _Lines) -> Stanza:
    if not _STANZA_LINE.fullmatch(line):
        raise broken_seal("a recipient's first line is not well formed", "header")
    body = b""
    while True:
        row = lines.take()
        if len(row) > _BODY_COLUMNS:
            raise broken_seal("a line of a recipient's body is too long", "header")
        body += row
        if len(row) < _BODY_COLUMNS:  # a short line, even an empty one, ends the body
            return Stanza(tuple(line[3:].split(b" ")), unbase64(body))
