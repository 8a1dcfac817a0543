"""Checkpoints, signed notes and verifier keys: one accepted spelling each."""

from __future__ import annotations

import base64

import pytest

from app.audit.checkpoint import (
    SIGNATURES_LIMIT,
    Checkpoint,
    CheckpointMalformed,
    NoteSignature,
    SignedNote,
    VerifierKey,
)
from tests.unit.audit.logs import KEY, ORIGIN

ROOT = bytes(range(32))
ROOT_TEXT = base64.b64encode(ROOT).decode()
TEXT = f"{ORIGIN}\n7\n{ROOT_TEXT}\n"
# 32 bytes leave two bits of the last letter unused; a lax decoder would take this for the same root.
OTHER_SPELLING = ROOT_TEXT[:-2] + chr(ord(ROOT_TEXT[-2]) + 1) + "="


def test_checkpoint_printed_and_parsed_is_the_same() -> None:
    checkpoint = Checkpoint(ORIGIN, 7, ROOT)
    assert checkpoint.to_text() == TEXT
    assert Checkpoint.parse(TEXT) == checkpoint


def test_checkpoint_of_nothing_has_size_nought() -> None:
    assert Checkpoint.parse(TEXT.replace("\n7\n", "\n0\n")).size == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        TEXT[:-1],
        TEXT + "\n",
        TEXT + "an extension line\n",
        TEXT.replace("\n", "\r\n"),
        TEXT.replace(ORIGIN, ""),
        TEXT.replace(ORIGIN, "a\tb"),
        TEXT.replace("\n7\n", "\n07\n"),
        TEXT.replace("\n7\n", "\n+7\n"),
        TEXT.replace("\n7\n", "\n-7\n"),
        TEXT.replace("\n7\n", "\n 7\n"),
        TEXT.replace("\n7\n", "\n7_0\n"),
        TEXT.replace("\n7\n", "\n٧\n"),
        TEXT.replace("\n7\n", "\n\n"),
        TEXT.replace("\n7\n", f"\n{10**19}\n"),
        TEXT.replace(ROOT_TEXT, ROOT_TEXT[:-1]),
        TEXT.replace(ROOT_TEXT, ROOT_TEXT + " "),
        TEXT.replace(ROOT_TEXT, OTHER_SPELLING),
        TEXT.replace(ROOT_TEXT, base64.b64encode(ROOT[:31]).decode()),
        TEXT.replace(ROOT_TEXT, ROOT.hex()),
    ],
)
def test_checkpoint_spelt_otherwise_is_refused(text: str) -> None:
    with pytest.raises(CheckpointMalformed):
        Checkpoint.parse(text)


def test_other_spelling_of_the_root_would_decode_to_the_same_bytes() -> None:
    assert base64.b64decode(OTHER_SPELLING) == ROOT


@pytest.mark.parametrize(
    "checkpoint", [Checkpoint("two\nlines", 7, ROOT), Checkpoint(ORIGIN, -1, ROOT), Checkpoint(ORIGIN, 7, ROOT[:31])]
)
def test_checkpoint_that_would_not_be_read_back_is_not_printed(checkpoint: Checkpoint) -> None:
    with pytest.raises(CheckpointMalformed):
        checkpoint.to_text()


def test_note_printed_and_parsed_is_the_same() -> None:
    note = SignedNote(TEXT, (NoteSignature("a", b"1234", b"5"), NoteSignature("b.example/c", b"6789", bytes(64))))
    assert SignedNote.parse(note.to_text()) == note
    assert SignedNote.parse(note.to_text().encode()) == note


def test_note_text_with_blank_lines_ends_at_the_last_of_them() -> None:
    note = SignedNote("one\n\ntwo\n", (NoteSignature("a", b"1234", b"5"),))
    assert SignedNote.parse(note.to_text()) == note


LINE = "\u2014 a MTIzNDU=\n"


@pytest.mark.parametrize(
    "note",
    [
        TEXT,
        TEXT + "\n",
        TEXT + LINE,
        TEXT + "\n" + LINE[:-1],
        TEXT + "\n" + LINE + "\n",
        TEXT + "\n- a MTIzNDU=\n",
        TEXT + "\n\u2014  MTIzNDU=\n",
        TEXT + "\n\u2014 a b MTIzNDU=\n",
        TEXT + "\n\u2014 a+b MTIzNDU=\n",
        TEXT + "\n\u2014 a\u00a0b MTIzNDU=\n",
        TEXT + "\n\u2014 a MTIzNDU\n",
        TEXT + "\n\u2014 a MTIzNA==\n",
        TEXT + "\n\u2014 a MTIzNDU= \n",
        TEXT + "\r\n" + LINE,
        TEXT + "\n" + LINE * (SIGNATURES_LIMIT + 1),
        (TEXT + "\n" + LINE).encode() + b"\xff",
        (TEXT + "\n" + LINE).encode("utf-16"),
    ],
)
def test_note_spelt_otherwise_is_refused(note: str | bytes) -> None:
    with pytest.raises(CheckpointMalformed):
        SignedNote.parse(note)


def test_note_with_as_many_signatures_as_allowed_is_read() -> None:
    assert len(SignedNote.parse(TEXT + "\n" + LINE * SIGNATURES_LIMIT).signatures) == SIGNATURES_LIMIT


@pytest.mark.parametrize("note", [SignedNote(TEXT, ()), SignedNote(TEXT, (NoteSignature("a b", b"1234", b"5"),))])
def test_note_that_would_not_be_read_back_is_not_printed(note: SignedNote) -> None:
    with pytest.raises(CheckpointMalformed):
        note.to_text()


def test_verifier_key_printed_and_parsed_is_the_same() -> None:
    assert VerifierKey.parse(f" {KEY.vkey}\n") == KEY.verifier


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        KEY.vkey.replace("+", " "),
        KEY.vkey[:-4],
        KEY.vkey.replace(ORIGIN, "another.example"),
        KEY.vkey.replace(KEY.verifier.key_hash.hex(), "00000000"),
        KEY.vkey.replace(KEY.verifier.key_hash.hex(), KEY.verifier.key_hash.hex().upper()),
        f"{ORIGIN}+{KEY.verifier.key_hash.hex()}+{base64.b64encode(b'2' + KEY.verifier.public_key).decode()}",
    ],
)
def test_verifier_key_spelt_otherwise_is_refused(vkey: str) -> None:
    with pytest.raises(CheckpointMalformed):
        VerifierKey.parse(vkey)
