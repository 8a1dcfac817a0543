"""Check a release's seal, and what it proves of one person, with the log's public key and nothing of ours.

The seal's statement says how many entries about the release the log held, of which kinds, and the root of a tree that
says of each person what they opened. Its hash stands in an entry of the log, and the receipt proves that entry. As
``verify`` does, this needs the standard library and ``cryptography``.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from app.audit import merkle, seals
from app.audit.exported import LogRefused, read_file
from app.audit.verify import VerifiedReceipt, json_object, one_line, verify_log, verify_receipt

_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z", re.ASCII)
_SALT = re.compile(r"[0-9a-f]{32}", re.ASCII)
_SEAL_MEMBERS = {"statement", "receipt"}
_PROOF_MEMBERS = {"seal", "person_id", "siblings", "salt", "record"}
_SAID = ("number", "cause", "through", "first_index", "last_index", "entries", "list_sha256", "openings_root")


@dataclass(frozen=True, slots=True)
class VerifiedSeal:
    """A seal that the log holds.

    Attributes:
        release_id, sealed_at: Which release, and when; the instant RFC 3339 in UTC.
        said: What the log's entry itself says of the release.
        statement: What the seal says, read; empty in a proof that was given without it.
        receipt: Of the entry, which holds the statement's hash.
    """

    release_id: str
    sealed_at: str
    said: dict[str, Any]
    statement: dict[str, Any]
    receipt: VerifiedReceipt


@dataclass(frozen=True, slots=True)
class VerifiedProof:
    """What a seal says of one person.

    Attributes:
        count: How many times the rule let them in; 0 also where the seal has no place for them.
        first_at, last_at: RFC 3339 in UTC; None where the count is 0.
    """

    seal: VerifiedSeal
    person_id: str
    count: int
    first_at: str | None
    last_at: str | None


def verify_seal(seal: Mapping[str, Any] | bytes | str, vkey: str) -> VerifiedSeal:
    """Check a seal alone.

    Args:
        seal: A JSON object, read or not, of ``statement`` and ``receipt``.
        vkey: The log's public key as one word.

    Raises:
        LogRefused: It is malformed or without its statement, or the log's entry does not say the same.
    """
    return _verified(json_object(seal, "the seal") if isinstance(seal, bytes | str) else seal, vkey, whole=True)


def _verified(members: Mapping[str, Any], vkey: str, *, whole: bool) -> VerifiedSeal:
    """Check a seal; unless it is to be whole, its statement may be null: the entry has what a proof needs."""
    text, receipt_given = members.get("statement"), members.get("receipt")
    readable = isinstance(text, str) or (text is None and not whole)
    if set(members) != _SEAL_MEMBERS or not readable or not isinstance(receipt_given, dict):
        raise LogRefused("the seal", "must have the members statement, a text, and receipt, and no others")
    receipt = verify_receipt(receipt_given, vkey)
    entry = json_object(receipt.entry, "the seal's entry")
    release_id, at, said = entry.get("release_id"), entry.get("at"), entry.get("said")
    if entry.get("kind") != "release_sealed" or not isinstance(said, dict):
        raise LogRefused("the seal", "its receipt is not of a release_sealed entry")
    if not isinstance(release_id, str) or not isinstance(at, str) or not set(_SAID) <= set(said):
        raise LogRefused("the seal", "its entry does not say what a seal says")
    if type(said["through"]) is not int or not 0 <= said["through"] <= receipt.index:
        raise LogRefused("the seal", "it speaks of entries that came after it")
    statement = {} if text is None else _statement(text, release_id, at, said)
    return VerifiedSeal(release_id, at, said, statement, receipt)


def _statement(text: str, release_id: str, at: str, said: Mapping[str, Any]) -> dict[str, Any]:
    statement = json_object(text, "the seal's statement")
    if said.get("statement_sha256") != hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest():
        raise LogRefused("the seal", "the statement is not the one whose hash the log holds")
    if statement.get("type") != seals.STATEMENT_TYPE or statement.get("release_id") != release_id:
        raise LogRefused("the seal", "the statement is of another type, or about another release than the entry")
    if statement.get("sealed_at") != at or any(statement.get(name) != said[name] for name in _SAID):
        raise LogRefused("the seal", "the statement and the entry contradict each other")
    return statement


def verify_proof(proof: Mapping[str, Any] | bytes | str, vkey: str) -> VerifiedProof:
    """Check what a seal says of one person.

    Args:
        proof: A JSON object, read or not, of ``seal``, ``person_id``, ``siblings``, ``salt`` and ``record``. The
            seal's statement is null in a proof that somebody was given of their own.
        vkey: The log's public key as one word.

    Raises:
        LogRefused: It is malformed, or the path does not lead to the seal's root.
    """
    members = json_object(proof, "the proof") if isinstance(proof, bytes | str) else proof
    if set(members) != _PROOF_MEMBERS or not isinstance(members["person_id"], str):
        raise LogRefused("the proof", f"must have the members {', '.join(sorted(_PROOF_MEMBERS))}, and no others")
    if not isinstance(members["seal"], dict):
        raise LogRefused("the proof", "its seal is not a JSON object")
    seal = _verified(members["seal"], vkey, whole=False)
    count, first_at, last_at = _opened(members["record"])
    leaf = _leaf(members["salt"], members["record"])
    siblings = members["siblings"]
    if not isinstance(siblings, list):
        raise LogRefused("the proof", "its path is not a list")
    place = seals.place_of(seal.release_id, members["person_id"])
    try:
        root = seals.root_through(place, leaf, siblings)
    except merkle.ProofFailed as problem:
        raise LogRefused("the proof", str(problem)) from problem
    if root.hex() != seal.said["openings_root"]:
        raise LogRefused("the proof", "its path does not lead to the seal's root of openings")
    return VerifiedProof(seal, members["person_id"], count, first_at, last_at)


def opened_before(proof: VerifiedProof, before: datetime) -> bool:
    """Say whether a person had opened something before an instant, as far as the seal goes.

    Args:
        before: Aware.
    """
    return proof.first_at is not None and datetime.fromisoformat(proof.first_at) < before


def check_complete(seal: VerifiedSeal, entries: Mapping[int, bytes]) -> None:
    """Check that these are all the entries about the release that the seal speaks of: none missing, none besides.

    Args:
        entries: Entries about the release, by their place in the log; each proven to be in it.

    Raises:
        LogRefused: Their number, kinds, places or hashes are not the seal's; or its statement was not given.
    """
    statement = seal.statement
    if not statement:
        raise LogRefused("the seal", "was given without its statement, so nothing can be counted: ask an auditor")
    about = {index: entries[index] for index in sorted(entries) if index < statement["through"]}
    counts: dict[str, dict[str, int]] = {}
    for index, entry in about.items():
        read = json_object(entry, f"entry {index}")
        if read.get("release_id") != statement["release_id"]:
            raise LogRefused(f"entry {index}", "is not about the release of the seal")
        kind = counts.setdefault(str(read.get("kind")), {})
        kind[str(read.get("outcome"))] = kind.get(str(read.get("outcome")), 0) + 1
    places = list(about)
    found = {
        "entries": len(places),
        "first_index": places[0] if places else None,
        "last_index": places[-1] if places else None,
        "counts": counts,
        "entries_root": merkle.root_of(merkle.leaf_hash(entry) for entry in about.values()).hex(),
    }
    for name, value in found.items():
        if statement.get(name) != value:
            raise LogRefused("the seal", f"its {name} are not what the entries give: {value!r}")


def check_against_log(seal: VerifiedSeal, folder: Path, vkey: str) -> None:
    """Check a seal against the whole exported log: that what it says is what the log holds.

    Args:
        folder: The exported log.
        vkey: The log's public key as one word.

    Raises:
        LogRefused: The log does not hold, is too short, or gives something else.
    """
    log = verify_log(folder, vkey)
    if log.size <= seal.receipt.index or log.entries[seal.receipt.index] != seal.receipt.entry:
        raise LogRefused("the seal", "this log does not hold the seal's entry at its place")
    of_release = {}
    for index, entry in enumerate(log.entries[: seal.said["through"]]):
        if json_object(entry, f"entry {index}").get("release_id") == seal.release_id:
            of_release[index] = entry
    check_complete(seal, of_release)


def main(argv: Sequence[str] | None = None) -> int:
    """Check a seal, or a proof that holds one, from the shell.

    Args:
        argv: What stands after the program's name.

    Returns:
        0 when it holds, 1 when it is refused. Wrong usage leaves with status 2.
    """
    parser = argparse.ArgumentParser(prog="pra audit verify-seal", description="Check a seal, or a proof from one.")
    parser.add_argument("file", type=Path, help="a seal or a proof, JSON")
    parser.add_argument("--key", required=True, help="the log's public key: name+hash+base64")
    parser.add_argument("--log", type=Path, help="an exported log: the seal is compared with all of it")
    parser.add_argument("--before", help="an instant with its offset: say whether the person had opened before it")
    wanted = parser.parse_args(argv)
    try:
        before = datetime.fromisoformat(wanted.before) if wanted.before else None
    except ValueError:
        parser.error(f"{wanted.before!a} is not an instant")
    if before is not None and before.tzinfo is None:
        parser.error("the instant has no offset")
    try:
        sentences = _checked(wanted.file, wanted.key, wanted.log, before)
    except LogRefused as refusal:
        sys.stderr.write(one_line(f"refused: {refusal}"))
        return 1
    sys.stdout.write("".join(one_line(sentence) for sentence in sentences))
    return 0


def _checked(file: Path, vkey: str, log: Path | None, before: datetime | None) -> list[str]:
    members = json_object(read_file(file.parent, file.name), "the file")
    proof = verify_proof(members, vkey) if "person_id" in members else None
    seal = proof.seal if proof else verify_seal(members, vkey)
    said = seal.said
    which = f"seal {said['number']} of {seal.release_id} ({said['cause']}), sealed {seal.sealed_at}"
    told = [f"accepted: {which}: {said['entries']} entries about it among the first {said['through']} of the log"]
    if log is not None:
        check_against_log(seal, log, vkey)
        told.append("The log gives the same entries, counts and hash.")
    if proof is not None:
        told.append(_in_words(proof))
    if before is not None:
        if proof is None:
            raise LogRefused("the file", "is a seal alone: whether somebody opened is told by a proof about them")
        whether = "had opened" if opened_before(proof, before) else "had not opened"
        told.append(f"Within what the seal covers, {proof.person_id} {whether} anything before {before.isoformat()}.")
    return told


def _in_words(proof: VerifiedProof) -> str:
    if proof.count == 0:
        return f"{proof.person_id} opened nothing of this release, within what the seal covers."
    if proof.count == 1:
        return f"{proof.person_id} was let in once, at {proof.first_at}."
    return f"{proof.person_id} was let in {proof.count} times, first {proof.first_at}, last {proof.last_at}."


def _leaf(salt: Any, record: Any) -> bytes | None:
    if salt is None and record is None:
        return None
    if not isinstance(salt, str) or not _SALT.fullmatch(salt) or not isinstance(record, str):
        raise LogRefused("the proof", "salt and record are both given, or neither")
    return seals.leaf_of(bytes.fromhex(salt), record)


def _opened(record: Any) -> tuple[int, str | None, str | None]:
    """Read what stands at a person's place."""
    if record is None:
        return 0, None, None
    said = json_object(record, "the proof's record") if isinstance(record, str) else {}
    if type(said.get("count")) is not int or said["count"] < 0:
        raise LogRefused("the proof", "its record does not count openings")
    if said["count"] == 0 and set(said) == {"count"}:
        return 0, None, None
    instants = [said.get("first_at"), said.get("last_at")]
    if set(said) != {"count", "first_at", "last_at"} or not all(
        isinstance(one, str) and _INSTANT.fullmatch(one) for one in instants
    ):
        raise LogRefused("the proof", "its record does not say when the openings were")
    if said["count"] == 0:
        raise LogRefused("the proof", "its record contradicts itself")
    return said["count"], instants[0], instants[1]


if __name__ == "__main__":
    sys.exit(main())
