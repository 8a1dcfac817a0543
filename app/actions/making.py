"""Making the copy of an opening: what can be said of it beforehand, and then its bytes, whole or in part.

A copy of one opening is the same each time where its format can be made so, and can then be fetched in parts. Where it
cannot, because a library draws its own random bytes, it is made whole and bounded in size, and each making differs.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from app.actions import deciding
from app.actions.tools import Tools
from app.records import age_keys, organisations, warning_texts
from app.records.documents import DocumentRow
from app.records.openings import OpeningRow
from app.rules.access import Permit
from app.rules.canonical import sha256_hex
from app.rules.errors import Code, Malformed, OutOfOrder
from app.rules.facts import AccessFacts, london_text
from app.rules.marking import label_of, marking
from app.vault import shelf
from app.vault.copies import MEDIA_TYPES, OPEN_DOCUMENTS, CopyFormat, Inside, aged, copy_name, marked_inside
from app.vault.copies.marks import Mark
from app.vault.copies.zip import StoredDocument, ZipCopy, ZipLayout, held, lay_out
from app.vault.workshop.pool import Turn
from app.vault.workshop.tasks import Task

SERVED_AS = tuple(MEDIA_TYPES.values())
"""Every media type that a copy may have."""
GROUP_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Part:
    """Consecutive bytes of a copy: from ``first`` up to, and without, ``behind``.

    Attributes:
        by_place: They were asked for by their places, be it all of them.
    """

    first: int
    behind: int
    of_bytes: int
    by_place: bool = False

    @property
    def length_bytes(self) -> int:
        """How many bytes they are."""
        return self.behind - self.first

    @property
    def whole(self) -> bool:
        """Whether nothing is left out."""
        return (self.first, self.behind) == (0, self.of_bytes)

    @property
    def at_end(self) -> bool:
        """Whether the copy's last byte is among them."""
        return self.behind == self.of_bytes


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which bytes of a copy somebody asks for, who may have the rest already.

    Attributes:
        first: The first byte wanted; None for as many of the last bytes as ``last`` says.
        last: The last byte wanted, itself included; None for all that follow.
        only_of: The tag of the copy they have a part of; when the copy is another by now, they are sent all of it.
    """

    first: int | None
    last: int | None
    only_of: str | None = None

    def part_of(self, of_bytes: int) -> Part:
        """Give the bytes that there are of those wanted.

        Raises:
            Malformed: There is none of them (code ``range_not_satisfiable``).

        Source:
            RFC 9110 section 14, 14.1.2
        """
        if self.first is None:
            first, behind = max(0, of_bytes - (self.last or 0)), of_bytes
        else:
            first, behind = self.first, of_bytes if self.last is None else min(of_bytes, self.last + 1)
        if first >= of_bytes:
            raise Malformed(
                f"None of the bytes asked for is there: the copy has {of_bytes} bytes, counted from 0.",
                code=Code.RANGE_NOT_SATISFIABLE,
                of_bytes=of_bytes,
            )
        return Part(first, behind, of_bytes, by_place=True)


@dataclass(frozen=True, slots=True)
class Planned:
    """What can be said of a copy before a byte of it is made.

    Attributes:
        mark: What will stand on it.
        inside: The format in which the document itself carries the mark; None where the notice beside it does.
        layout: Where its bytes lie; None for a copy that is made each time anew.
        sealed_to: The recipient's own age key; None for a copy under a passphrase.
    """

    file_name: str
    media_type: str
    mark: Mark
    inside: Inside | None
    layout: ZipLayout | None
    sealed_to: str | None = None

    @property
    def length_bytes(self) -> int | None:
        """How long it is, where that is known before it is made."""
        return self.layout.length_bytes if self.layout else None

    @property
    def tag(self) -> str | None:
        """What names its bytes, where they are the same each time."""
        return self.layout.tag if self.layout else None

    def part(self, wanted: Wanted | None, opening: OpeningRow) -> Part | None:
        """Give the bytes to send: those wanted, or all of it; None where its length is not known yet.

        Args:
            wanted: Which part is asked for, if any.
            opening: What was fetched with it before.

        Raises:
            Malformed: There is none of those wanted (code ``range_not_satisfiable``).

        Source:
            RFC 9110 section 13.1.5
        """
        of_bytes = self.length_bytes
        if of_bytes is None:
            return None
        if wanted is None or not self._continues(wanted, opening):
            return Part(0, of_bytes, of_bytes)
        return wanted.part_of(of_bytes)

    def _continues(self, wanted: Wanted, opening: OpeningRow) -> bool:
        """Say whether what is wanted can only be a part of this very copy, so that no two are joined to one file.

        A request that names the copy says so itself. For one that does not, what was fetched with the opening must say
        it: this copy and never another, or else nothing yet and the part is its start.
        """
        if wanted.only_of is not None:
            return wanted.only_of == self.tag
        if opening.other_copy_held:
            return False
        return opening.copy_tag == self.tag if opening.copy_turn else wanted.first == 0


@dataclass(frozen=True, slots=True)
class Asked:
    """A copy that somebody asked for, as it was decided on and planned.

    Attributes:
        at: The instant of the decision. Aware, UTC.
        opening: Whose copy.
        facts: What was decided on.
        permit: The decision, for this document and this instant.
    """

    at: datetime
    opening: OpeningRow
    document: DocumentRow
    facts: AccessFacts
    permit: Permit
    planned: Planned


@dataclass(frozen=True, slots=True)
class Made:
    """A copy, or a part of one, ready to be sent.

    Attributes:
        pieces: Its bytes. An empty piece is no end: nothing is ready yet.
        part: Which bytes they are.
        let_go: Closes the sealed document behind it.
        code: Gives the authentication code behind the document, once a pass has worked it out.
        sha256: Of the whole copy, where it is known before its first byte.
    """

    pieces: Iterator[bytes] = field(repr=False)
    part: Part
    let_go: Callable[[], None]
    code: Callable[[], bytes | None]
    sha256: str | None = None


def plan(tools: Tools, opening: OpeningRow, document: DocumentRow, facts: AccessFacts, permit: Permit) -> Planned:
    """Plan the copy of an opening. Reads no byte of the document, and needs no passphrase.

    Args:
        tools: What this is done with.
        opening: Whose copy.
        document: The document's record.
        facts: What was decided on.
        permit: The decision.

    Raises:
        OutOfOrder: The key that it was to be sealed to has ended (code ``age_key_needed``).
    """
    made_as = CopyFormat(opening.copy_format)
    label = label_of(facts.release)
    mark = _mark(tools, opening, facts, permit)
    inside = _marked_inside(tools, document, made_as)
    layout = None
    if made_as is CopyFormat.ZIP and inside is None:
        layout = lay_out(_stored(document), mark, _secret(tools, opening.opening_id))
    file_name = copy_name(facts.document.file_name, made_as, label=label, number=opening.number)
    return Planned(file_name, MEDIA_TYPES[made_as], mark, inside, layout, _sealed_to(tools, opening))


@contextmanager
def turn(tools: Tools, asked: Asked) -> Iterator[Turn | None]:
    """Wait for a turn in the workshop, where the copy is made there, and hold it while the copy is begun and made.

    It comes before anything is on record, so that whoever is turned away has lost nothing. It also bounds how many
    documents are held in memory whole.

    Args:
        tools: What this is done with.
        asked: What was decided and planned.

    Yields:
        The turn; None for a copy that streams.

    Raises:
        Busy: None came in time, or too many wait already, of all or of this person's.
    """
    if asked.planned.inside is None:
        yield None
        return
    with tools.workshop.turn(asked.opening.person_id) as mine:
        yield mine


def make(tools: Tools, asked: Asked, part: Part | None, mine: Turn | None) -> Made:
    """Make a copy, or the part of one that is wanted; its start is on record by then.

    Args:
        tools: What this is done with.
        asked: What was decided and planned.
        part: Which bytes, where the plan has a layout.
        mine: From ``turn``.

    Raises:
        SealBroken: The sealed document does not authenticate.
        KeyMissing: The wrapping key is not in the ring.
    """
    planned, opening, document = asked.planned, asked.opening, asked.document
    if planned.sealed_to is not None:
        return _made_for_a_key(tools, asked, planned.sealed_to, mine)
    passphrase = tools.keys.unwrap(opening.wrapped_passphrase or b"", opening.opening_id).decode("ascii")
    if planned.inside is not None:
        readings = _Readings(tools, document, asked.permit, (0, None))
        whole = _made_whole(mine, readings, planned, passphrase)
        if planned.inside in OPEN_DOCUMENTS:
            whole = _zipped(whole, document, planned.mark, passphrase, _secret(tools, opening.opening_id))
        return _whole(whole, readings)
    if planned.layout is None or part is None:
        raise ValueError("a copy that carries no mark inside has its place in a ZIP")
    readings = _Readings(tools, document, asked.permit, planned.layout.document_part(part.first, part.behind))
    known = opening.copy_code if opening.copy_tag == planned.tag else None
    copy = ZipCopy(planned.layout, passphrase, known)
    return Made(copy.read(readings.plain, part.first, part.behind), part, readings.close, lambda: copy.code)


class _Readings:
    """The sealed document, opened at once so that damage shows before the first byte; and again for another pass."""

    def __init__(self, tools: Tools, document: DocumentRow, permit: Permit, wanted: tuple[int, int | None]) -> None:
        self._tools, self._document, self._permit = tools, document, permit
        self._wanted: tuple[int, int | None] | None = wanted
        self._current = self._open(*wanted)

    def plain(self, offset: int, length: int | None) -> shelf.Reading:
        """Give the plaintext from an offset on."""
        if self._wanted != (offset, length):
            self._current.close()
            self._current = self._open(offset, length)
        self._wanted = None
        return self._current

    def close(self) -> None:
        """Let go of the document."""
        self._current.close()

    def _open(self, offset: int, length: int | None) -> shelf.Reading:
        document, card = self._document, self._document.card
        return shelf.open_document(
            self._permit,
            at=self._permit.at,
            card=shelf.ShelfCard(
                document_id=card.document_id,
                object_name=document.object_name,
                wrapped_identity=document.wrapped_identity,
                plain_bytes=card.plain_bytes,
                sha256=card.sha256,
                crc32=document.crc32,
            ),
            store=self._tools.store,
            unwrap=self._tools.keys.unwrap,
            offset=offset,
            length=length,
        )


def _marked_inside(tools: Tools, document: DocumentRow, made_as: CopyFormat) -> Inside | None:
    """Say in which format the document carries the mark itself: what is too large to hold in memory does in none."""
    if made_as not in (CopyFormat.ZIP, CopyFormat.AGE):
        return Inside(made_as.value)
    if document.card.plain_bytes > tools.policy.pdf_limit_bytes:
        return None
    return marked_inside(document.card.media_type, document.card.file_name)


def _sealed_to(tools: Tools, opening: OpeningRow) -> str | None:
    if opening.age_key_id is None:
        return None
    with tools.reading() as connection:
        key = age_keys.get(connection, opening.age_key_id)
    if key.ended_at is not None:
        raise OutOfOrder(
            "The age key that this copy was to be sealed to has ended. Open the document again.",
            code=Code.AGE_KEY_NEEDED,
        )
    return key.recipient


def _stored(document: DocumentRow) -> StoredDocument:
    card = document.card
    return StoredDocument(card.file_name, card.plain_bytes, card.sha256, document.crc32, document.uploaded_at)


def _made_whole(mine: Turn | None, readings: _Readings, planned: Planned, passphrase: str | None) -> bytes:
    if mine is None or planned.inside is None:
        raise ValueError("a copy that is made whole has its turn in the workshop")
    params = {"made_as": planned.inside.value, "mark": planned.mark.as_record(), "passphrase": passphrase}
    with readings.plain(0, None) as reading:
        return mine.do(Task.MAKE_COPY, b"".join(reading), params)


def _zipped(marked: bytes, document: DocumentRow, mark: Mark, passphrase: str, secret: bytes) -> bytes:
    """Lock an OpenDocument that carries the mark in a ZIP, beside the notice.

    Where its bytes lie is known only once it is marked, and what a copy says of itself beforehand must cost no reading
    of the document: so its parts cannot be fetched, though the same making gives the same bytes.
    """
    size_bytes, sha256, crc32 = len(marked), sha256_hex(marked), zlib.crc32(marked)
    stored = StoredDocument(document.card.file_name, size_bytes, sha256, crc32, document.uploaded_at)
    return b"".join(ZipCopy(lay_out(stored, mark, secret), passphrase).read(held(marked)))


def _made_for_a_key(tools: Tools, asked: Asked, recipient: str, mine: Turn | None) -> Made:
    """Make a copy that opens with the recipient's own key: marked inside, or in a ZIP with the notice beside it."""
    planned, document = asked.planned, asked.document
    readings = _Readings(tools, document, asked.permit, (0, None))
    if planned.inside is not None:
        marked = _made_whole(mine, readings, planned, None)
        return _whole(b"".join(aged.sealed_to(recipient, _slices(marked))), readings)
    archive = aged.OpenZip(_stored(document), planned.mark)
    of_bytes = aged.sealed_bytes(archive.length_bytes)
    pieces = aged.sealed_to(recipient, archive.read(readings.plain(0, None)))
    return Made(pieces, Part(0, of_bytes, of_bytes), readings.close, lambda: None)


def _whole(copy: bytes, readings: _Readings) -> Made:
    return Made(_slices(copy), Part(0, len(copy), len(copy)), readings.close, lambda: None, sha256_hex(copy))


def _secret(tools: Tools, opening_id: str) -> bytes:
    """Give the secret from which all that is random in the copy of this opening is derived. It is stored nowhere."""
    return bytes.fromhex(tools.keys.keyed_hash("copy", opening_id))


def _mark(tools: Tools, opening: OpeningRow, facts: AccessFacts, permit: Permit) -> Mark:
    release = facts.release
    grant = deciding.grant_of(facts, permit)
    producer_id, version = release.producer.producer_id, opening.warning_version or 0
    with tools.reading() as connection:
        producer = organisations.get_producer(connection, producer_id)
        warning = warning_texts.of_version(connection, producer_id, release.order, version)
    marked = marking(release, producer.contact)
    return Mark(
        recipient_name=facts.person.name,
        post=grant.post_title,
        organisation=grant.organisation,
        restricted_until_text=f"publication, set for {london_text(release.publishes_at)}",
        opening_number=opening.number,
        warning_text=("REHEARSAL. " if release.rehearsal else "") + warning.text,
        label=marked.label,
        accompanying=marked.lines,
        binding=marked.requirements,
    )


def _slices(whole: bytes) -> Iterator[bytes]:
    return (whole[start : start + GROUP_BYTES] for start in range(0, len(whole), GROUP_BYTES))
