"""Other people's programs that check our log. None of them shares a line with the service.

Each function returns what the program said when it accepts, and raises ``VerifierRefused`` when it does not.

- ``go_accepts``: golang.org/x/mod's sumdb/note and sumdb/tlog, from the Debian packages golang-go and
  golang-golang-x-mod-dev, on a whole exported log.
- ``sigstore_accepts``: the sigstore library's checkpoint and inclusion checks, on one receipt.
"""

from __future__ import annotations

import base64
import functools
import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.needs import need_program

_GO_SOURCE = Path(__file__).parent / "go"
_GO_PATH = Path("/usr/share/gocode")
_SPKI_ED25519 = bytes.fromhex("302a300506032b6570032100")  # RFC 8410 section 4: all that stands before the 32 bytes


class VerifierRefused(Exception):
    """An independent verifier does not accept the log. Holds its own words."""


def go_accepts_kit(kit: Path, vkey: str, *witness_vkeys: str) -> str:
    """Let the Go program that lies in a kit, built from that very source, check the kit.

    Args:
        kit: The unpacked kit.
        vkey: The log's public key as one word.
        witness_vkeys: Those of witnesses that must have cosigned.

    Raises:
        VerifierRefused: The Go program refuses.
    """
    program = _built((kit / "check/check.go").read_bytes())
    said = subprocess.run([str(program), str(kit), vkey, *witness_vkeys], capture_output=True, text=True, timeout=120)
    if said.returncode != 0 or said.stdout != "accepted\n":
        raise VerifierRefused(said.stderr.strip() or f"exit status {said.returncode}")
    return said.stdout.strip()


def go_accepts(folder: Path, vkey: str, previous: Path | None = None) -> str:
    """Let the Go packages check an exported log, and that it continues an earlier checkpoint.

    Args:
        folder: Holds ``checkpoint`` and ``tile/``.
        vkey: The log's public key as one word.
        previous: A file with a signed checkpoint of the same log, seen earlier.

    Raises:
        VerifierRefused: The Go program refuses.
    """
    asked = [str(_go_program()), str(folder), vkey, *([str(previous)] if previous else [])]
    said = subprocess.run(asked, capture_output=True, text=True, timeout=120, check=False)
    if said.returncode != 0 or said.stdout != "accepted\n":
        raise VerifierRefused(said.stderr.strip() or f"exit status {said.returncode}")
    return said.stdout.strip()


def sigstore_accepts(receipt: Mapping[str, Any], vkey: str) -> str:
    """Let the sigstore library check a receipt: the checkpoint's signature, and the inclusion under its root.

    Args:
        receipt: ``entry`` in base64, ``index``, ``inclusion`` as a list of base64 hashes, ``checkpoint``.
        vkey: The log's public key as one word.

    Raises:
        VerifierRefused: The library refuses.
    """
    from sigstore._internal.merkle import verify_merkle_inclusion
    from sigstore._internal.rekor.checkpoint import SignedCheckpoint, verify_checkpoint
    from sigstore._internal.trust import Keyring, RekorKeyring
    from sigstore.errors import Error
    from sigstore.models import TransparencyLogEntry
    from sigstore_models.common import v1 as common
    from sigstore_models.rekor import v1 as rekor

    _, key_hash, word = vkey.split("+", 2)
    spki = _SPKI_ED25519 + base64.b64decode(word)[1:]
    key = common.PublicKey(raw_bytes=base64.b64encode(spki), key_details=common.PublicKeyDetails.PKIX_ED25519)
    try:
        signed = SignedCheckpoint.from_text(receipt["checkpoint"]).checkpoint
        entry = TransparencyLogEntry(
            rekor.TransparencyLogEntry(
                log_index=str(receipt["index"]),
                log_id=common.LogId(key_id=base64.b64encode(bytes.fromhex(key_hash))),
                kind_version=rekor.KindVersion(kind="pra", version="1"),
                inclusion_proof=rekor.InclusionProof(
                    log_index=str(receipt["index"]),
                    root_hash=base64.b64encode(bytes.fromhex(signed.log_hash)),
                    tree_size=str(signed.log_size),
                    hashes=[word.encode() for word in receipt["inclusion"]],
                    checkpoint=rekor.Checkpoint(envelope=receipt["checkpoint"]),
                ),
                canonicalized_body=receipt["entry"].encode(),
            )
        )
        verify_merkle_inclusion(entry)
        verify_checkpoint(RekorKeyring(Keyring([key])), entry)
    except (Error, ValueError) as refusal:
        raise VerifierRefused(str(refusal)) from refusal
    return "accepted"


def _go_program() -> Path:
    return _built((_GO_SOURCE / "main.go").read_bytes())


@functools.cache
def _go_cache() -> Path:
    return Path(tempfile.mkdtemp(prefix="log-verifier-cache-"))


@functools.cache
def _built(source: bytes) -> Path:
    """Build a Go program once in a run, without network: its packages come from Debian."""
    go = need_program("go")
    if not (_GO_PATH / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        missing = "the Debian package golang-golang-x-mod-dev is not installed"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(missing)
    built = Path(tempfile.mkdtemp(prefix="log-verifier-"))
    settings = {
        "GO111MODULE": "off",
        "GOPATH": str(_GO_PATH),
        "GOFLAGS": "",
        "GOCACHE": str(_go_cache()),
        "GOTOOLCHAIN": "local",
        "CGO_ENABLED": "0",
    }
    (built / "main.go").write_bytes(source)
    subprocess.run(
        [go, "build", "-o", str(built / "verify"), "main.go"], cwd=built, env={**os.environ, **settings}, check=True
    )
    return built / "verify"
