"""Short texts under embargo: each version sealed to an identity of its own, and opened for a permit that names it.

They lie in the records, not in the store: they are small, and are destroyed with their row. There is no escrow of them:
whoever loses the key ring writes a tweet anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.rules.errors import Broken
from app.rules.textpermits import TextPermit
from app.vault import age
from app.vault.shelf import Unwrap, Wrap


@dataclass(frozen=True, slots=True)
class SealedText:
    """What is kept of the words of one version.

    Attributes:
        bound_to: The text and the version, as bound to the wrapped identity: it opens that version alone.
        sealed_words: A whole age file.
        wrapped_identity: What opens it, wrapped; empty once it was destroyed.
    """

    text_id: str
    version: int
    bound_to: str
    sealed_words: bytes
    wrapped_identity: bytes


def seal_text(words: str, *, text_id: str, version: int, wrap: Wrap) -> SealedText:
    """Seal the words of one version of a text.

    Args:
        words: The words.
        text_id: Of which text.
        version: Counted from 1.
        wrap: From the keys room.

    Raises:
        KeyMissing: There is no key to wrap with.

    Source:
        C2SP age.md
    """
    identity = age.new_identity()
    bound_to = _bound_to(text_id, version)
    wrapped = wrap(identity.secret_text().encode("ascii"), bound_to)
    sealed_words = age.seal_small([identity.recipient], words.encode("utf-8"))
    return SealedText(text_id, version, bound_to, sealed_words, wrapped)


def open_text(permit: TextPermit, sealed: SealedText, *, at: datetime, unwrap: Unwrap) -> str:
    """Give the words of one version to whoever is permitted to see them.

    Args:
        permit: From ``decide_text``.
        sealed: What is kept of them.
        at: The instant for which the permit was made. Aware.
        unwrap: From the keys room.

    Raises:
        Broken: There is no permit, or it is for another text, version or instant.
        SealBroken: What is kept was altered, destroyed, or belongs to another text.
        KeyMissing: The wrapping key is not in the ring.

    Source:
        C2SP age.md
    """
    if not isinstance(permit, TextPermit):
        raise Broken("A text was asked for without a permit.")
    if (permit.text_id, permit.version, permit.at) != (sealed.text_id, sealed.version, at):
        raise Broken("The permit is for another text, another version of it, or another instant.")
    # By what the permit names, not by what the row says: a row that was relabelled does not open.
    secret = unwrap(sealed.wrapped_identity, _bound_to(permit.text_id, permit.version))
    opened = age.open_small([age.Identity.parse(secret.decode("ascii"))], sealed.sealed_words)
    return opened.decode("utf-8")


def _bound_to(text_id: str, version: int) -> str:
    return f"{text_id}/{version}"
