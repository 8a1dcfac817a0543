"""Who holds a post, will hold it and held it, as far as it is somebody's business."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from app.actions.belonging import concerned
from app.actions.tools import Actor, Tools, require_anywhere
from app.records import organisations, people, posts
from app.records.organisations import OrganisationCard
from app.records.posts import Holding, PostCard
from app.rules.facts import PREPARING, PRODUCING, Person, Role, london_date
from app.rules.mailboxes import is_shared_mailbox


@dataclass(frozen=True, slots=True)
class Held:
    """A holding with its holder. ``shared_mailbox``: several people may read that address; it is refused today."""

    holding: Holding
    holder: Person
    shared_mailbox: bool


@dataclass(frozen=True, slots=True)
class PostFile:
    """A post with those of its holders whom whoever asks may see.

    Attributes:
        held: Who holds it, will hold it and held it, the earliest first.
        whole: That is everybody. Otherwise it is those whom a list in force of the actor's own producers names for it.
        corrects_unit: The actor may record its unit.
    """

    post: PostCard
    held: tuple[Held, ...]
    whole: bool
    corrects_unit: bool

    def now(self, today: date) -> tuple[Held, ...]:
        """Give those who hold it on a London day."""
        return tuple(
            one
            for one in self.held
            if one.holding.held_from_on <= today
            and (one.holding.held_until_on is None or one.holding.held_until_on >= today)
        )


def see_post(tools: Tools, actor: Actor, post_id: str) -> tuple[PostFile, date]:
    """Give a post with those of its holders, past ones too, whom the actor may see; and today's London day.

    Administrators, and those who prepare lists in the post's own organisation, see everybody. Others who prepare lists
    see whom a list in force of their own producer names for it: those whose holding they could end.

    Raises:
        Refused: The actor is neither an administrator nor one who prepares lists.
        NotFound: There is no such post.
    """
    require_anywhere(actor, *PREPARING)
    today = london_date(tools.clock.now())
    with tools.reading() as connection:
        card = posts.get(connection, post_id)
        held = posts.holdings_of_post(connection, post_id)
        named = people.named(connection, {one.person_id for one in held})
        return _file(connection, actor, card, held, named), today


def see_posts(
    tools: Tools, actor: Actor, organisation_id: str, *, limit: int, after: str | None = None
) -> tuple[OrganisationCard, list[PostFile], date]:
    """Give an organisation and its posts by title, each with those of its holders whom the actor may see; and today.

    Posts are published, so whoever has a role sees them.

    Args:
        limit: How many at most.
        after: Id of the last one on the page before; None to begin.

    Raises:
        Refused: The actor has no role at all.
        NotFound: There is no such organisation.
    """
    require_anywhere(actor, *Role)
    today = london_date(tools.clock.now())
    with tools.reading() as connection:
        organisation = organisations.get(connection, organisation_id)
        cards = posts.page(connection, organisation_id=organisation_id, limit=limit, after=after)
        held: dict[str, list[Holding]] = {card.post_id: [] for card in cards}
        for one in posts.holdings_of_organisation(connection, organisation_id):
            if one.post_id in held:
                held[one.post_id].append(one)
        named = people.named(connection, {one.person_id for those in held.values() for one in those})
        return organisation, [_file(connection, actor, card, held[card.post_id], named) for card in cards], today


def _file(
    connection: Connection, actor: Actor, card: PostCard, held: Sequence[Holding], named: Mapping[str, Person]
) -> PostFile:
    whole = concerned(actor, card, (), by_drafts=False)
    prepares = any(one.role in PRODUCING for one in actor.roles)
    shown = [one for one in held if whole or (prepares and _listed(connection, actor, one))]
    corrects = whole or (prepares and concerned(actor, card, posts.listing(connection, card.post_id), by_drafts=True))
    return PostFile(card, tuple(_held(one, named[one.person_id]) for one in shown), whole, corrects)


def _held(holding: Holding, holder: Person) -> Held:
    return Held(holding, holder, is_shared_mailbox(holder.email, holder.name))


def _listed(connection: Connection, actor: Actor, held: Holding) -> bool:
    listing = posts.listing(connection, held.post_id, held.person_id)
    return any(one.in_force and actor.has(one.organisation_id, *PRODUCING) for one in listing)
