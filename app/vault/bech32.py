"""Bech32: how age writes identities and recipients as text. Pure."""

from __future__ import annotations

from app.rules.errors import Code, Malformed

_LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM_LETTERS = 6


def encode(prefix: str, payload: bytes) -> str:
    """Write bytes as Bech32 text, of any length.

    Args:
        prefix: Human-readable part, lower case.
        payload: Any bytes.

    Returns:
        Lower-case text: prefix, ``1``, payload and a checksum of 6 letters.

    Source:
        BIP 173; C2SP age.md
    """
    values = _regroup(payload, 8, 5, pad=True)
    checksum = _polymod(_expand(prefix) + values + [0] * _CHECKSUM_LETTERS) ^ 1
    tail = [(checksum >> 5 * (5 - place)) & 31 for place in range(_CHECKSUM_LETTERS)]
    return prefix + "1" + "".join(_LETTERS[value] for value in values + tail)


def decode(text: str) -> tuple[str, bytes]:
    """Read Bech32 text, of any length.

    Args:
        text: All lower case or all upper case.

    Returns:
        The prefix in the case it was written, and the payload.

    Raises:
        Malformed: mixed case, a letter outside the alphabet, a wrong checksum or stray padding bits.

    Source:
        BIP 173; C2SP age.md
    """
    lowered = text.lower()
    prefix, separator, tail = lowered.rpartition("1")
    if text not in (lowered, text.upper()):
        raise _malformed("it mixes upper and lower case")
    if not separator or not prefix or len(tail) < _CHECKSUM_LETTERS:
        raise _malformed("it is too short")
    if any(letter not in _LETTERS for letter in tail) or any(not "!" <= letter <= "~" for letter in prefix):
        raise _malformed("it holds a letter that Bech32 does not use")
    values = [_LETTERS.index(letter) for letter in tail]
    if _polymod(_expand(prefix) + values) != 1:
        raise _malformed("its checksum is wrong")
    payload = bytes(_regroup(values[:-_CHECKSUM_LETTERS], 5, 8, pad=False))
    return text[: len(prefix)], payload


def _malformed(why: str) -> Malformed:
    return Malformed(f"The key text cannot be read: {why}.", code=Code.KEY_NOT_VALID)


def _expand(prefix: str) -> list[int]:
    return [ord(letter) >> 5 for letter in prefix] + [0] + [ord(letter) & 31 for letter in prefix]


def _polymod(values: list[int]) -> int:
    checksum = 1
    for value in values:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value
        for bit, term in enumerate(_GENERATOR):
            checksum ^= term if top >> bit & 1 else 0
    return checksum


def _regroup(values: bytes | list[int], width_from: int, width_to: int, *, pad: bool) -> list[int]:
    held, held_bits = 0, 0
    regrouped: list[int] = []
    for value in values:
        held = held << width_from | value
        held_bits += width_from
        while held_bits >= width_to:
            held_bits -= width_to
            regrouped.append(held >> held_bits & (1 << width_to) - 1)
            held &= (1 << held_bits) - 1
    if pad and held_bits:
        regrouped.append(held << width_to - held_bits)
    elif not pad and (held_bits >= width_from or held):
        raise _malformed("its last letter carries stray bits")
    return regrouped
