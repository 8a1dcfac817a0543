"""How far letters came: shown to the producer and the operator, sent again, and raised where it matters.

No decision waits for any of it. A letter that tells somebody that the embargo still holds, and does not arrive, is the
producer's to follow up by telephone; so its team is told, once for one release and run, and nobody above it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.actions import coordination
from app.actions.scheduling import producer_for
from app.actions.tools import Actor, Tools, Transaction, require_role, require_service_role
from app.audit.entries import Entry, EntryKind
from app.records import deliveries, eligibility, people, releases
from app.records.deliveries import LetterRow as LetterRow
from app.records.releases import ReleaseRow
from app.rules import deliveryletters, teamexamples
from app.rules.deliveries import come_back_since, is_undelivered, still_matters
from app.rules.errors import NOTHING_THERE, NotFound, OutOfOrder, Unavailable
from app.rules.facts import PRODUCING, ListState, Person, Role
from app.rules.letterexamples import Example as Example
from app.rules.lettertexts import TEXTS
from app.rules.lettertexts import LetterText as LetterText

READERS = (*PRODUCING, Role.AUDITOR)


@dataclass(frozen=True, slots=True)
class ReleaseLetters:
    """The letters about a release, and to whom of its people letters come back.

    Attributes:
        letters: The newest first.
        troubles: People on its newest list, with since when letters to them come back. Aware, UTC.
    """

    row: ReleaseRow
    letters: tuple[LetterRow, ...]
    troubles: tuple[tuple[Person, datetime], ...]


def letters_of_release(
    tools: Tools, actor: Actor, release_id: str, *, before: tuple[datetime, str] | None = None, limit: int = 100
) -> ReleaseLetters:
    """Show how far letters about a release came, and to whom of its people letters come back.

    Args:
        tools: The tools.
        actor: Somebody who works for its producer, or an auditor.
        release_id: The release.
        before: When the last letter already given was queued, aware, and its id.
        limit: How many letters at most.

    Raises:
        NotFound: There is no such release, or the actor has no business with its producer.
        Refused: The actor has another role there.
    """
    with tools.reading() as connection:
        row = releases.get_row(connection, release_id)
        require_role(actor, row.organisation_id, *READERS)
        found = deliveries.page(connection, release_id=release_id, before=before, limit=limit)
        return ReleaseLetters(row, tuple(found), _troubles_of(connection, release_id))


def troubles_of_release(tools: Tools, actor: Actor, release_id: str) -> tuple[tuple[Person, datetime], ...]:
    """Give the people on a release's newest list to whom letters come back, with since when, by name. Aware, UTC.

    Args:
        tools: The tools.
        actor: Somebody who works for its producer, or an auditor.
        release_id: The release.

    Raises:
        NotFound: There is no such release, or the actor has no business with its producer.
        Refused: The actor has another role there.
    """
    with tools.reading() as connection:
        require_role(actor, releases.get_row(connection, release_id).organisation_id, *READERS)
        return _troubles_of(connection, release_id)


def letters_of_producer(
    tools: Tools,
    actor: Actor,
    producer_id: str,
    *,
    person_id: str | None = None,
    undelivered: bool = False,
    before: tuple[datetime, str] | None = None,
    limit: int = 100,
) -> tuple[LetterRow, ...]:
    """Show how far letters about a producer's releases came, the newest first.

    Args:
        tools: The tools.
        actor: Somebody who works for the producer, or an auditor.
        producer_id: Of which producer's releases.
        person_id: Only those to this person; somebody to whom none went looks like nobody.
        undelivered: Only those that came back or could not be sent.
        before: When the last letter already given was queued, aware, and its id.
        limit: How many at most.

    Raises:
        NotFound: There is no such producer, or the actor has no business with it.
        Refused: The actor has another role there.
    """
    with tools.reading() as connection:
        producer_for(connection, actor, producer_id, *READERS)
        found = deliveries.page(
            connection,
            producer_id=producer_id,
            person_id=person_id,
            undelivered=undelivered,
            before=before,
            limit=limit,
        )
        return tuple(found)


def list_letters(
    tools: Tools,
    actor: Actor,
    *,
    waiting: bool = False,
    undelivered: bool = False,
    email: str | None = None,
    limit: int = 100,
) -> tuple[LetterRow, ...]:
    """Show whoever runs the service letters and how far they came, the newest first. Neither their words nor codes.

    Args:
        tools: The tools.
        actor: An administrator.
        waiting: Only those that are still to go.
        undelivered: Only those that came back or could not be sent.
        email: Only those to this address.
        limit: How many at most.

    Raises:
        Refused: The actor is no administrator.
    """
    require_service_role(actor, Role.ADMINISTRATOR)
    with tools.reading() as connection:
        found = deliveries.page(connection, waiting=waiting, undelivered=undelivered, email=email, limit=limit)
        return tuple(found)


def check_mail(tools: Tools) -> str:
    """Say in words whether the mail system answers, where it can be asked.

    Raises:
        Unavailable: It is GOV.UK Notify, and does not answer, refuses our key or template, or took no letter of late.
    """
    if tools.mail_tracker is None:
        return "not asked, as no GOV.UK Notify is set"
    answers: str = tools.mail_tracker.check()
    with tools.reading() as connection:
        refused = deliveries.refused_last(connection)
    if refused:
        raise Unavailable(
            f"GOV.UK Notify answers, but takes no letters: it last said {refused}. Look there whether the service is "
            "live, the key is a live one, and the template is not deleted. Letters wait, and are tried again by "
            "themselves."
        )
    return answers


def list_texts(actor: Actor) -> tuple[tuple[str, LetterText, tuple[Example, ...]], ...]:
    """Show everybody who has a role the words of every letter, written from made-up facts, by kind.

    Args:
        actor: Who asks.

    Raises:
        NotFound: They have no role.
    """
    if not actor.roles:
        raise NotFound(NOTHING_THERE)
    written = teamexamples.all_examples()
    return tuple((kind, TEXTS[kind], written[kind]) for kind in sorted(TEXTS))


def send_again(tools: Tools, actor: Actor, notice_id: str) -> LetterRow:
    """Let a letter that did not arrive go once more, as it was written.

    Args:
        tools: The tools.
        actor: An administrator.
        notice_id: Which letter.

    Raises:
        Refused: The actor is no administrator.
        NotFound: There is no such letter.
        OutOfOrder: It waits, went, is not needed, or held a one-time code, which is forgotten.
    """
    require_service_role(actor, Role.ADMINISTRATOR)
    at = tools.clock.now()
    with tools.transaction() as tx:
        letter = deliveries.take(tx.connection, notice_id)
        if letter is None:
            raise NotFound(NOTHING_THERE)
        if not is_undelivered(letter.track) or not deliveries.send_again(tx.connection, notice_id, at):
            raise OutOfOrder(
                "Only a letter that came back or could not be sent can go once more, and none with a one-time code: "
                "its reader asks for a new one."
            )
        said = {"notice_id": notice_id, "kind": letter.kind, "sent_again": letter.sent_again + 1}
        by = actor.actor_id
        tx.append(Entry(EntryKind.NOTICE_SENT_AGAIN, at, actor_id=by, person_id=letter.person_id, said=said))
    return letter


def releases_to_raise(tools: Tools) -> tuple[str, ...]:
    """Give the releases about which letters that matter did not arrive, and nobody was told of it yet."""
    with tools.reading() as connection:
        found = deliveries.unraised(connection)
    return tuple(sorted({one.release_id for one in found if one.release_id is not None}))


def raise_undelivered(tools: Tools, release_id: str) -> None:
    """Tell a release's team of the letters that matter and did not arrive, all in one letter.

    Args:
        tools: What this is done with.
        release_id: As ``releases_to_raise`` found it.
    """
    at = tools.clock.now()
    with tools.transaction() as tx:
        row = releases.get_row(tx.connection, release_id)
        found = {one.notice_id: one for one in deliveries.unraised(tx.connection, release_id)}
        marked = deliveries.mark_raised(tx.connection, sorted(found), at)
        if not marked:
            return  # another of us was first
        lost = [found[one] for one in marked if still_matters(found[one].kind, row.release.state)]
        told = _team(tx.connection, row, lost, at) if lost else ()
        _owe(tools, tx, row, lost, told, at)
        said = {"notice_ids": marked[:100], "count": len(lost), "people": len(told)}
        producer_id = row.release.producer.producer_id
        tx.append(Entry(EntryKind.NOTICES_RAISED, at, producer_id=producer_id, release_id=release_id, said=said))


def _owe(
    tools: Tools,
    tx: Transaction,
    row: ReleaseRow,
    lost: Sequence[LetterRow],
    told: Sequence[Person],
    at: datetime,
) -> None:
    release = row.release
    where = f"{tools.policy.public_address}/producer/releases/{release.release_id}/letters"
    lines = sorted({(one.name or one.email, one.kind) for one in lost})
    for person in told:
        coordination.owe(
            tools,
            tx,
            person,
            deliveryletters.UNDELIVERED,
            f"undelivered:{release.release_id}:{lost[0].notice_id}:{at.isoformat()}:{person.person_id}",
            deliveryletters.subject(release),
            deliveryletters.body(release, lines, where),
            at,
            release_id=release.release_id,
        )


def _team(connection: Connection, row: ReleaseRow, lost: Sequence[LetterRow], at: datetime) -> tuple[Person, ...]:
    """Give the release's statisticians and its lead official: those who can reach somebody by telephone today.

    Nobody whose own letters do not arrive; where nobody is left, the heads of profession.
    """
    missed = {one.person_id for one in lost}
    statisticians = people.people_with_role(connection, row.organisation_id, Role.STATISTICIAN, at=at)
    seniors = coordination.seniors_of(connection, row, at, head=False)
    team = {one.person_id: one for one in (*statisticians, *seniors) if one.person_id not in missed}
    return tuple(team.values()) or coordination.seniors_of(connection, row, at, head=True)


def _troubles_of(connection: Connection, release_id: str) -> tuple[tuple[Person, datetime], ...]:
    listed = eligibility.find_version(connection, release_id, ListState.DRAFT, ListState.APPROVED)
    back = () if listed is None else deliveries.came_back_on(connection, listed)
    named = {person.person_id: person for person in back}
    since = {who: come_back_since(*seen) for who, seen in deliveries.troubled(connection, named.keys()).items()}
    found = [(named[who], at) for who, at in since.items() if at is not None]
    return tuple(sorted(found, key=lambda one: (one[0].name, one[0].person_id)))
