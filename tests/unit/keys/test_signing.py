"""Checkpoints: notes in the C2SP form, equal to those of Go's own implementation."""

from __future__ import annotations

import base64

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from app.keys import CheckpointSigner, Keys, Ring

# The published example of golang.org/x/mod/sumdb/note: a private key in its text form, its verifier, and a note.
GO_SECRET = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
NAME = "pra.stats.gov.example/log"
CHECKPOINT = f"{NAME}\n3\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"


def test_signer_gives_the_vkey_and_the_note_of_the_published_example() -> None:
    signer = CheckpointSigner("PeterNeumann", Ed25519PrivateKey.from_private_bytes(GO_SECRET))
    assert signer.vkey() == GO_VKEY
    assert signer.sign_note(GO_TEXT) == f"{GO_TEXT}\n{GO_LINE}"


def test_note_verifies_with_the_vkey_alone_and_not_after_a_change() -> None:
    signer = Keys(Ring.in_memory()).checkpoint_signer(NAME)
    text, _, line = signer.sign_note(CHECKPOINT).partition("\n\n")
    name, hash_hex, public = signer.vkey().split("+", 2)
    dash, signed_by, signature = line.removesuffix("\n").split(" ")
    octets = base64.b64decode(signature)
    assert (dash, signed_by, name, octets[:4].hex()) == ("—", NAME, NAME, hash_hex)
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public)[1:])
    key.verify(octets[4:], (text + "\n").encode())
    with pytest.raises(InvalidSignature):
        key.verify(octets[4:], (text.replace("3", "4") + "\n").encode())


def test_key_hash_depends_on_the_name() -> None:
    keys = Keys(Ring.in_memory())
    assert keys.checkpoint_signer("a").vkey().split("+")[1] != keys.checkpoint_signer("b").vkey().split("+")[1]


def test_vkeys_after_rotation_list_the_current_one_first() -> None:
    keys = Keys(Ring.in_memory())
    first = keys.checkpoint_signer(NAME).vkey()
    keys.rotate("log")
    second = keys.checkpoint_signer(NAME).vkey()
    assert keys.checkpoint_vkeys(NAME) == (second, first)
    assert first != second


@pytest.mark.parametrize("name", ["", "two words", "a+b", "a\nb", "a\u00a0b", "a\u200bb", "a\0b"])
def test_signer_whose_name_cannot_stand_in_a_line_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="signer's name"):
        CheckpointSigner(name, Ed25519PrivateKey.generate())


@pytest.mark.parametrize("text", ["", "\n", "no newline", "a\r\n", "a\tb\n", "a\0\n", "a\x7f\n"])
def test_note_whose_text_is_out_of_form_is_refused(text: str) -> None:
    signer = CheckpointSigner(NAME, Ed25519PrivateKey.generate())
    with pytest.raises(ValueError, match="note's text"):
        signer.sign_note(text)
