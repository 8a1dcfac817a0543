"""Posts in organisations, and who holds them from when to when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from app.actions import desk
from app.actions.belonging import concerned
from app.actions.tools import NOTHING_THERE, Actor, Tools, Transaction, require_anywhere
from app.audit.entries import Entry, EntryKind
from app.records import organisations, people, posts, suspensions
from app.records.posts import Holding as Holding
from app.records.posts import Listing
from app.records.posts import PostCard as PostCard
from app.rules import lettersubjects, postletters
from app.rules.errors import Code, Conflict, Malformed, NotFound, OutOfOrder
from app.rules.facts import PREPARING, PRODUCING, Role

DECIDING = (Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION)


def add_post(tools: Tools, actor: Actor, *, organisation_id: str, title: str, unit: str = "") -> PostCard:
    """Add a post to an organisation.

    Args:
        title: As it is published.
        unit: Where in the organisation; empty where it has none.

    Raises:
        Refused: The actor is neither an administrator nor one who prepares lists.
        NotFound: There is no such organisation.
        Conflict: There is a post of this title in this unit.
    """
    require_anywhere(actor, *PREPARING)
    post_id = tools.new_id("pst")
    with tools.transaction(once=True) as tx:
        organisation = organisations.get(tx.connection, organisation_id)
        posts.add(tx.connection, post_id=post_id, organisation_id=organisation_id, title=title, unit=unit)
        tx.append(
            Entry(
                EntryKind.POST_ADDED,
                tools.clock.now(),
                actor_id=actor.actor_id,
                said={"post_id": post_id, "organisation_id": organisation_id, "title": title, "unit": unit},
            )
        )
    return PostCard(post_id, organisation_id, organisation.name, title, unit)


def correct_unit(tools: Tools, actor: Actor, post_id: str, *, unit: str) -> PostCard:
    """Record, or correct, in which unit of its organisation a post is. It is published nowhere.

    A suspension of that unit covers the post from then on. A post is not taken out of a unit that is suspended.

    Args:
        unit: The unit's name; empty takes it off.

    Raises:
        Refused: The actor is neither an administrator nor one who prepares lists.
        NotFound: There is no such post, or it is neither of an organisation of the actor's nor on a list of theirs.
        Malformed: That is its unit already.
        Conflict: There is a post of this title in that unit.
        OutOfOrder: The unit it is in is suspended.
    """
    require_anywhere(actor, *PREPARING)
    at = tools.clock.now()
    with tools.transaction() as tx:
        card = posts.get(tx.connection, post_id)
        if not concerned(actor, card, posts.listing(tx.connection, post_id), by_drafts=True):
            raise NotFound(NOTHING_THERE)
        posts.keep_holders(tx.connection, [post_id])
        card = posts.get(tx.connection, post_id)  # it may have come into a unit that is suspended meanwhile
        if card.unit == unit:
            raise Malformed("That is its unit already. Nothing was done.", code=Code.NO_CHANGE)
        if suspensions.unit_is_suspended(tx.connection, card.organisation_id, card.unit, at):
            raise OutOfOrder(
                f"The unit “{card.unit}” is suspended, and taking the post out of it would let its holder back. End "
                "the suspension first, or have it cover the post by itself."
            )
        if any(one.unit == unit for one in posts.titled(tx.connection, card.organisation_id, card.title)):
            raise Conflict("There is a post of this title in that unit already.", code=Code.ALREADY_EXISTS)
        posts.set_unit(tx.connection, post_id, unit)
        said = {"post_id": post_id, "unit_before": card.unit, "unit": unit}
        tx.append(Entry(EntryKind.POST_CHANGED, at, actor_id=actor.actor_id, said=said))
        return posts.get(tx.connection, post_id)


def list_posts(
    tools: Tools, actor: Actor, *, organisation_id: str | None = None, limit: int = 50, after: str | None = None
) -> list[PostCard]:
    """Give posts by title, of one organisation or of all. Posts are published; who holds them is not told here.

    Args:
        organisation_id: Whose; None for all.
        limit: How many at most.
        after: Id of the last one on the page before; None to begin.

    Raises:
        Refused: The actor has no role at all.
    """
    require_anywhere(actor, *Role)
    with tools.reading() as connection:
        return posts.page(connection, organisation_id=organisation_id, limit=limit, after=after)


def begin_holding(
    tools: Tools, actor: Actor, *, post_id: str, person_id: str, from_on: date, until_on: date | None = None
) -> Holding:
    """Put on record that a person holds a post. Two people may hold one post: a job share, or a handover.

    A list that is in force does not rely on it: access comes only with its next version, once that is approved.

    Args:
        from_on, until_on: First and last London day, both included.

    Raises:
        Refused: The actor is neither an administrator nor one who prepares lists.
        NotFound: There is no such post or person.
        Malformed: The last day lies before the first.
        Conflict: The person holds this post on one of these days already.
    """
    require_anywhere(actor, *PREPARING)
    if until_on is not None and until_on < from_on:
        raise _wrong("until_on", "The last day lies before the first.")
    begun = Holding(tools.new_id("hld"), post_id, person_id, from_on, until_on)
    with tools.transaction(once=True) as tx:
        posts.get(tx.connection, post_id)
        posts.keep_holders(tx.connection, [post_id])
        _begin(tx, actor, begun, tools.clock.now())
    return begun


def end_holding(tools: Tools, actor: Actor, holding_id: str, *, until_on: date) -> Holding:
    """Set the last London day of a holding. An end can be brought forward, never put off: begin a new holding for that.

    An end counts at once, also for lists in force, so it is for those whom it concerns: an administrator, and whoever
    prepares lists in the post's own organisation or with a producer that lists the holder for it. Each such producer
    other than the actor's own is told, and stands in the log.

    Raises:
        Refused: The actor is neither an administrator nor one who prepares lists.
        NotFound: There is no such holding, or none that concerns the actor.
        Malformed: The last day lies before the first.
        OutOfOrder: It ends on that day, or earlier, already.
    """
    require_anywhere(actor, *PREPARING)
    with tools.transaction() as tx:
        held = _kept(tx, actor, holding_id)
        return _end(tools, tx, actor, held, until_on, tools.clock.now())


def hand_over(tools: Tools, actor: Actor, holding_id: str, *, person_id: str, from_on: date) -> tuple[Holding, Holding]:
    """Put on record that somebody else holds a post from a day on: the holding before ends on the day before it.

    Both are done, or neither. A list in force relies on the new holder only with its next version.

    Args:
        person_id: The new holder.
        from_on: Their first London day.

    Returns:
        The holding that ends, and the one that begins.

    Raises:
        Refused: The actor is neither an administrator nor one who prepares lists.
        NotFound: There is no such holding, or none that concerns the actor; or no such person.
        Malformed: It is the same person, or their first day is not after the first day of the holder before.
        Conflict: The person holds this post on one of these days already.
        OutOfOrder: The holding before ends earlier already, so nobody hands anything over.
    """
    require_anywhere(actor, *PREPARING)
    with tools.transaction(once=True) as tx:
        held, at = _kept(tx, actor, holding_id), tools.clock.now()
        if person_id == held.person_id:
            raise _wrong("person_id", "That is who holds it already. Name the person who takes it over.")
        if from_on <= held.held_from_on:
            raise _wrong("from_on", "That is not after the first day of whoever holds it before.")
        ended = _end(tools, tx, actor, held, from_on - timedelta(days=1), at)
        begun = Holding(tools.new_id("hld"), held.post_id, person_id, from_on, None)
        _begin(tx, actor, begun, at)
    return ended, begun


def _begin(tx: Transaction, actor: Actor, begun: Holding, at: datetime) -> None:
    """Put a holding on record; the caller keeps the holders of the post."""
    people.get(tx.connection, begun.person_id)
    earlier = posts.holdings_of_post(tx.connection, begun.post_id)
    if any(_overlap(begun, held) for held in earlier if held.person_id == begun.person_id):
        raise Conflict("This person holds this post on some of these days already.", code=Code.ALREADY_EXISTS)
    posts.add_holding(
        tx.connection,
        holding_id=begun.holding_id,
        post_id=begun.post_id,
        person_id=begun.person_id,
        from_on=begun.held_from_on,
        until_on=begun.held_until_on,
        recorded_at=at,
    )
    tx.append(_holding_entry(EntryKind.HOLDING_BEGUN, actor, begun, at))


def _kept(tx: Transaction, actor: Actor, holding_id: str) -> Holding:
    """Give a holding that concerns the actor, as it stands while nobody else changes who holds the post."""
    held = posts.get_holding(tx.connection, holding_id)
    posts.keep_holders(tx.connection, [held.post_id])
    held = posts.get_holding(tx.connection, holding_id)
    listing = posts.listing(tx.connection, held.post_id, held.person_id)
    # A draft is one person's word: naming somebody on one must not be enough to end what they hold.
    if not concerned(actor, posts.get(tx.connection, held.post_id), listing, by_drafts=False):
        raise NotFound(NOTHING_THERE)
    return held


def _end(tools: Tools, tx: Transaction, actor: Actor, held: Holding, until_on: date, at: datetime) -> Holding:
    """Set the last day of a holding that is kept, and tell the other producers that list the holder for it."""
    if until_on < held.held_from_on:
        raise _wrong("until_on", "The last day lies before the first.")
    if held.held_until_on is not None and held.held_until_on <= until_on:
        raise OutOfOrder(f"It ends on {held.held_until_on.isoformat()} already.", code=Code.ALREADY_ENDED)
    posts.end_holding(tx.connection, held.holding_id, until_on)
    ended = replace(held, held_until_on=until_on)
    listing = posts.listing(tx.connection, held.post_id, held.person_id)
    told = [one for one in listing if not actor.has(one.organisation_id, *PRODUCING)]
    tx.append(_holding_entry(EntryKind.HOLDING_ENDED, actor, ended, at, told))
    for one in told:
        _tell_of_end(tools, tx, actor, posts.get(tx.connection, held.post_id), ended, one, at)
    return ended


def _tell_of_end(
    tools: Tools, tx: Transaction, actor: Actor, post: PostCard, ended: Holding, listing: Listing, at: datetime
) -> None:
    holder = people.get(tx.connection, ended.person_id)
    until_on = ended.held_until_on or date.max
    where = f"{post.title}, {post.organisation}"
    body = postletters.holding_ended(holder.name, where, until_on, listing.titles, actor.name)
    for person in people.people_with_role(tx.connection, listing.organisation_id, *DECIDING, at=at):
        desk.queue_notice(
            tools,
            tx,
            at=at,
            email=person.email,
            person_id=person.person_id,
            kind="holding_ended",
            reason_key=f"holding_ended:{ended.holding_id}:{until_on.isoformat()}:{person.person_id}",
            subject=lettersubjects.post_ended(post.title),
            body=body,
        )


def _overlap(one: Holding, other: Holding) -> bool:
    ends = (one.held_until_on or date.max, other.held_until_on or date.max)
    return one.held_from_on <= ends[1] and other.held_from_on <= ends[0]


def _wrong(field: str, why: str) -> Malformed:
    return Malformed(why, errors=[{"where": f"body.{field}", "what": why}])


def _holding_entry(kind: EntryKind, actor: Actor, held: Holding, at: datetime, told: Sequence[Listing] = ()) -> Entry:
    said = {
        "holding_id": held.holding_id,
        "post_id": held.post_id,
        "from_on": held.held_from_on.isoformat(),
        "until_on": held.held_until_on.isoformat() if held.held_until_on else None,
        **({"producers_told": [one.producer_id for one in told]} if told else {}),
    }
    return Entry(kind, at, actor_id=actor.actor_id, person_id=held.person_id, said=said)
