"""After a rotation: what the old key-encryption key wrapped is wrapped again, and then the old key can be destroyed.

Bodies are never rewritten: a document's identity is wrapped by the key-encryption key, and only that changes.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from app.actions.tools import Tools
from app.audit import reading
from app.audit.entries import Entry, EntryKind
from app.records import custody
from app.records.custody import WrappedSecret
from app.rules.errors import Code, KeyMissing, Malformed, NotFound, OutOfOrder, SealBroken

PURPOSES = ("log", "tokens", "declarations", "kek", "sessions")
FORGETTABLE = ("tokens", "kek", "sessions")
"""Whose retired keys may be destroyed. The others' public halves go on being published, to verify what they signed."""
BATCH = 200
_SETTLED = timedelta(minutes=10)
"""How long after a rotation a key may be destroyed: by then every server has taken up the new ring."""


@dataclass(frozen=True, slots=True)
class KeyState:
    """One key of the ring, for whoever runs the service.

    Attributes:
        current: It signs and wraps; otherwise it is kept to verify and unwrap.
        wraps: How many secrets of each kind are under it; of a key-encryption key alone.
        lies_in: Where.
        known: It is in the ring. Secrets under a key that is not cannot be opened.
    """

    purpose: str
    kid: str
    current: bool
    wraps: dict[str, int]
    lies_in: str
    known: bool = True


def ring_status(tools: Tools) -> tuple[KeyState, ...]:
    """Say of every key whether it is current, where it lies, and how many secrets are still under it.

    Returns:
        By purpose, the current key first; at the end, keys that secrets name and the ring does not have.
    """
    counts = _counts(tools)
    found: list[KeyState] = []
    for purpose in PURPOSES:
        for place, kid in enumerate(tools.keys.kids(purpose)):
            wraps = dict(counts.pop(kid, {})) if purpose == "kek" else {}
            lies_in = tools.keys.held_in(kid) if purpose == "kek" else "the key ring's folder"
            found.append(KeyState(purpose, kid, place == 0, wraps, lies_in))
    lost = (KeyState("kek", kid, False, dict(kinds), "nowhere", known=False) for kid, kinds in counts.items())
    return (*found, *lost)


def rewrap(tools: Tools, *, limit: int = BATCH) -> int:
    """Wrap again, under the current key, at most so many secrets that an earlier one wrapped.

    Cut short, it has done whole pages, and goes on from there; done by two at once, each secret is changed by one. A
    secret that cannot be opened is left as it is: nothing is lost, and ``ring_status`` still counts it.

    Returns:
        How many were wrapped again; 0 when nothing is left to do.

    Raises:
        Unavailable: The hardware module or the database does not answer.
    """
    prefix = tools.keys.current_prefix()
    done = 0
    for place in custody.PLACES:
        after = ""
        while done < limit:
            with tools.reading() as connection:
                page = custody.wrapped_otherwise(connection, place, prefix, after=after, limit=limit - done)
            if not page:
                break
            done += _put(tools, [pair for secret in page if (pair := _wrapped_again(tools, secret))])
            after = page[-1].row_id
    return done


def refresh_ring(tools: Tools) -> None:
    """Take up a key ring that another process has changed, so that nobody wraps with a key that is retired.

    Raises:
        KeyMissing, Broken: The ring on the disk cannot be trusted; the keys in use stay as they were.
    """
    tools.keys.refresh()


def forget_key(tools: Tools, purpose: str, kid: str, *, confirmed: str) -> None:
    """Destroy one retired key for good, once nothing needs it any more.

    Args:
        purpose: Tokens, kek or sessions.
        kid: The key's name.
        confirmed: The same name, typed again.

    Raises:
        Malformed: The names differ, or keys of this purpose are not destroyed.
        NotFound: There is no such key.
        OutOfOrder: It is the current key, something is still wrapped by it, or the last rotation is too recent.
    """
    at = tools.clock.now()
    if purpose not in FORGETTABLE:
        raise Malformed(
            f"Keys for {purpose or 'nothing'} are not destroyed: what they signed is verified with their public "
            f"halves. Those for {', '.join(FORGETTABLE)} can be."
        )
    if kid != confirmed:
        raise Malformed("The two names of the key differ. Nothing was destroyed. Give the same name twice.")
    known = tools.keys.kids(purpose)
    if kid not in known:
        raise NotFound(f"The ring has no key {kid} for {purpose}. See `pra keys status`.")
    if kid == known[0]:
        raise OutOfOrder("This is the current key. Rotate first, then destroy the retired one.")
    _demand_settled(tools, purpose)
    if purpose == "kek" and (left := sum(_counts(tools).get(kid, Counter()).values())):
        raise OutOfOrder(
            f"{left} secrets are still wrapped by this key and would be lost with it. Run `pra keys rewrap` first."
        )
    with tools.transaction() as tx:
        said = {"act": "forget", "purpose": purpose, "kid": kid}
        tx.append(Entry(EntryKind.KEY_RING_CHANGED, at, actor_id="operator", said=said))
    tools.keys.forget(purpose, kid)


def _counts(tools: Tools) -> dict[str, Counter[str]]:
    with tools.reading() as connection:
        found = custody.count_by_prefix(connection, len(tools.keys.current_prefix()))
    return {tools.keys.kid_of_prefix(prefix): kinds for prefix, kinds in found.items()}


def _wrapped_again(tools: Tools, secret: WrappedSecret) -> tuple[WrappedSecret, bytes] | None:
    try:
        plain = tools.keys.unwrap(secret.wrapped, secret.context)
    except (SealBroken, KeyMissing):
        return None
    return secret, tools.keys.wrap(plain, secret.context)


def _put(tools: Tools, pairs: list[tuple[WrappedSecret, bytes]]) -> int:
    if not pairs:
        return 0
    done: Counter[str] = Counter()
    with tools.transaction() as tx:
        for secret, fresh in pairs:
            done[secret.place.kind] += custody.put(tx.connection, secret, fresh)
        said = {"to": tools.keys.kids("kek")[0], **{kind: count for kind, count in done.items() if count}}
        tx.append(Entry(EntryKind.SECRETS_REWRAPPED, tools.clock.now(), said=said))
    return done.total()


def _demand_settled(tools: Tools, purpose: str) -> None:
    """Stop while a server that has not taken up the new ring might still use the old key."""
    since = tools.clock.now() - _SETTLED
    with tools.reading() as connection:
        recent = reading.page(
            connection, reading.Wanted(kind=EntryKind.KEY_RING_CHANGED.value, from_at=since), after=0, limit=500
        )
    if any(entry.said.get("act") == "rotate" and entry.said.get("purpose") == purpose for entry in recent):
        raise OutOfOrder(
            "This key was retired less than ten minutes ago, and a running server may still use it. Try again later.",
            code=Code.WRONG_STATE,
        )
