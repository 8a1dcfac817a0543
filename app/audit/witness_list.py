"""The witnesses that an operator wrote down: a line each, of public key and address."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.audit.checkpoint import CheckpointMalformed
from app.audit.cosignature import witness_key
from app.rules.errors import Broken
from app.rules.witnesses import AT_MOST, WitnessPlace


def read_witnesses(path: Path, is_usable: Callable[[str], bool]) -> tuple[WitnessPlace, ...]:
    """Read the list; empty lines and those that begin with ``#`` are passed over.

    Args:
        path: The file.
        is_usable: Says of an address whether a witness may be asked there.

    Returns:
        The witnesses, in the order in which they stand.

    Raises:
        Broken: It cannot be read, names too many, or a line of it is not a witness's key and address.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Broken(f"PRA_WITNESSES_FILE: {path} cannot be read.") from error
    places: dict[str, WitnessPlace] = {}
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.startswith("#"):
            place = _place(line, number, is_usable)
            if place.vkey in places:
                raise Broken(f"PRA_WITNESSES_FILE, line {number}: this witness stands there already.")
            places[place.vkey] = place
    if len(places) > AT_MOST:
        raise Broken(f"PRA_WITNESSES_FILE: it names {len(places)} witnesses, and {AT_MOST} at most are asked.")
    return tuple(places.values())


def _place(line: str, number: int, is_usable: Callable[[str], bool]) -> WitnessPlace:
    vkey, _, rest = line.strip().partition(" ")
    url = rest.strip()
    try:
        key = witness_key(vkey)
    except CheckpointMalformed as problem:
        raise Broken(f"PRA_WITNESSES_FILE, line {number}: {problem}.") from problem
    if not is_usable(url):
        raise Broken(
            f"PRA_WITNESSES_FILE, line {number}: behind the key, after a space, comes the witness's address: "
            "https://…, or http://… on this machine."
        )
    return WitnessPlace(key.name, key.to_text(), url)
