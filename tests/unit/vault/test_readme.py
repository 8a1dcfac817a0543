"""The worked example of the room's README is a vector, and its figures are those of the code."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pyrage

import app.vault
from app.vault import age

README = (Path(app.vault.__path__[0]) / "README.md").read_text(encoding="utf-8")
PLAIN = b"Unemployment 4.9%\n"


def test_readme_worked_example_opens_here_and_with_another_implementation() -> None:
    secret, public, sealed_hex, sha256 = re.findall(r"```text\n(.*?)\n```", README, re.DOTALL)
    identity, sealed = age.Identity.parse(secret), bytes.fromhex(sealed_hex)
    assert identity.secret_text() == age.Identity(bytes(range(1, 33))).secret_text()
    assert str(identity.recipient) == public
    assert age.open_small([identity], sealed) == PLAIN
    assert pyrage.decrypt(sealed, [pyrage.x25519.Identity.from_str(secret)]) == PLAIN
    assert hashlib.sha256(PLAIN).hexdigest() == sha256


def test_readme_lengths_are_those_of_a_sealed_file() -> None:
    lengths = [int(length) for length in re.findall(r"^\| [a-z ]+ \| (\d+) \|", README, re.MULTILINE)]
    assert lengths == [22, 98, 48, 16]
    identity = age.new_identity()
    sealed = age.seal_small([identity.recipient], PLAIN)
    assert len(sealed) == sum(lengths) + len(PLAIN) + age.TAG_BYTES
    assert f"`{sum(lengths)} + {age.SEALED_CHUNK_BYTES:,} × n`" in README
    assert len(identity.secret_text()) == 74
