"""The newest checkpoint that a witness cosigned, as a file beside the plain one, which never waits for it."""

from __future__ import annotations

from app.audit import durable
from app.audit.checkpoint import Checkpoint, CheckpointMalformed, SignedNote
from app.audit.cosignature import with_cosignatures
from app.audit.tiles import TileFolder
from app.rules.errors import LogDamaged

COSIGNED_NAME = "checkpoint.cosigned"


def write_cosigned(tiles: TileFolder, note: str) -> None:
    """Put a cosigned checkpoint in the place of a smaller one, durably; where a larger one lies there, that stays.

    Where the same one lies there, cosignatures are added to it: those of other keys, put there meanwhile, stay.

    Args:
        tiles: The folder of the log.
        note: The checkpoint, with the log's signature and cosignatures.

    Raises:
        LogDamaged: It is malformed, or contradicts the one that lies there.
        OSError: The folder cannot be written.
    """
    new = _checkpoint(note)
    with tiles.alone():
        last_note = read_cosigned(tiles)
        last = None if last_note is None else _checkpoint(last_note)
        if last is not None and (new.origin != last.origin or (new.size == last.size and new.root != last.root)):
            raise LogDamaged(f"the cosigned checkpoint at {new.size} contradicts the last one, at {last.size}")
        if last is not None and last_note is not None and last.size == new.size:
            note = _together(note, last_note)
        if last is None or (last.size <= new.size and last_note != note):
            durable.write_whole(tiles.folder / COSIGNED_NAME, note.encode(), tiles.folder / ".writing")


def read_cosigned(tiles: TileFolder) -> str | None:
    """Give the newest checkpoint that a witness cosigned, or None before there is one.

    Args:
        tiles: The folder of the log.

    Raises:
        LogDamaged: What lies there is no text.
    """
    try:
        return (tiles.folder / COSIGNED_NAME).read_bytes().decode()
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as problem:
        raise LogDamaged("the cosigned checkpoint is not UTF-8") from problem


def _together(note: str, last_note: str) -> str:
    new, last = SignedNote.parse(note), SignedNote.parse(last_note)
    if new.text != last.text:
        return note
    signed = {(line.key_name, line.key_hash) for line in new.signatures}
    return with_cosignatures(note, [one for one in last.signatures if (one.key_name, one.key_hash) not in signed])


def _checkpoint(note: str) -> Checkpoint:
    try:
        return Checkpoint.parse(SignedNote.parse(note).text)
    except CheckpointMalformed as problem:
        raise LogDamaged(f"the cosigned checkpoint is malformed: {problem}") from problem
