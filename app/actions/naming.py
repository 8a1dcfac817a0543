"""Finds, or adds and logs, what a line of a list speaks of: organisation, post, person, and since when they hold it.

Importing a list and editing one both need this inside their own transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.actions.tools import Actor, Tools, Transaction
from app.audit.entries import Entry, EntryKind
from app.records import organisations, people, posts
from app.rules.errors import Malformed
from app.rules.mailboxes import normalise_address, refuse_shared_mailbox


@dataclass(frozen=True, slots=True)
class Holder:
    """Who is to be named on a grant.

    Attributes:
        name: Needed where the address is not known yet.
        held_from_on: The London day from which they hold the post, if that is to be recorded too.
    """

    email: str
    name: str = ""
    held_from_on: date | None = None


class Naming:
    """One transaction's finding and adding.

    Args:
        tools: The tools.
        tx: The open transaction.
        actor: Who adds.
        producer_id: For whose list.
        at: When. Aware, UTC.
    """

    def __init__(self, tools: Tools, tx: Transaction, actor: Actor, producer_id: str, at: datetime) -> None:
        self._tools = tools
        self._tx = tx
        self._actor = actor
        self._producer_id = producer_id
        self._at = at

    def post_id(self, title: str, organisation: str, unit: str = "") -> str:
        """Give the id of a post of an organisation; either is added if it is new.

        A unit that is named for a post without one is recorded on it. Where none is named, and one post alone has the
        title, it is that one, whatever its unit: no second post shall slip past a suspension of the unit.

        Args:
            title: As it is published.
            organisation: Its name.
            unit: Where in the organisation; empty where nobody says.
        """
        organisation_id = self._organisation_id(organisation)
        titled = posts.titled(self._tx.connection, organisation_id, title)
        same = [one for one in titled if one.unit.casefold() == unit.casefold()]
        if same or (not unit and len(titled) == 1):
            return (same or titled)[0].post_id
        bare = [one for one in titled if not one.unit]
        if bare:
            posts.set_unit(self._tx.connection, bare[0].post_id, unit)
            self._log(EntryKind.POST_CHANGED, {"post_id": bare[0].post_id, "unit_before": "", "unit": unit})
            return bare[0].post_id
        post_id = self._tools.new_id("pst")
        posts.add(self._tx.connection, post_id=post_id, organisation_id=organisation_id, title=title, unit=unit)
        said: dict[str, str | None] = {"post_id": post_id, "organisation_id": organisation_id, "title": title}
        self._log(EntryKind.POST_ADDED, {**said, "unit": unit} if unit else said)
        return post_id

    def person_id(self, email: str, name: str) -> str:
        """Give the id of the person with an address; they are added if they are new.

        Raises:
            Malformed: That is no address, or a shared mailbox, or the person is new and has no name.
        """
        address = normalise_address(email)
        refuse_shared_mailbox(address, name)
        found = people.find_by_email(self._tx.connection, address)
        if found is not None:
            return found.person_id
        if not name.strip():
            what = "Nobody with this address is known yet; give their name as well."
            raise Malformed(f"{what} Nothing was done.", errors=[{"where": "name", "what": what}])
        person_id = self._tools.new_id("per")
        people.add(self._tx.connection, person_id=person_id, name=name.strip(), email=address, at=self._at)
        self._log(EntryKind.PERSON_ADDED, {}, person_id, {"name": name.strip(), "email": address})
        return person_id

    def begin_holding(self, post_id: str, person_id: str, from_on: date) -> None:
        """Put on record from which London day a person holds a post, unless that day is on record already.

        It lasts until the day before the next holding of the same post, where there is one. A list that is in force
        does not rely on it: only its next version does, once that is approved.
        """
        held = [one for one in posts.holdings_of_person(self._tx.connection, person_id) if one.post_id == post_id]
        if any(one.held_from_on <= from_on <= (one.held_until_on or date.max) for one in held):
            return
        posts.keep_holders(self._tx.connection, [post_id])
        later = [one.held_from_on for one in held if one.held_from_on > from_on]
        until_on = min(later) - timedelta(days=1) if later else None
        holding_id = self._tools.new_id("hld")
        posts.add_holding(
            self._tx.connection,
            holding_id=holding_id,
            post_id=post_id,
            person_id=person_id,
            from_on=from_on,
            until_on=until_on,
            recorded_at=self._tools.clock.now(),  # anew: a list approved since this began must not rely on it
        )
        said = {
            "holding_id": holding_id,
            "post_id": post_id,
            "from_on": from_on.isoformat(),
            "until_on": until_on.isoformat() if until_on else None,
        }
        self._log(EntryKind.HOLDING_BEGUN, said, person_id)

    def _organisation_id(self, name: str) -> str:
        found = organisations.find_by_name(self._tx.connection, name)
        if found is not None:
            return found.organisation_id
        organisation_id = self._tools.new_id("org")
        organisations.add(self._tx.connection, organisation_id=organisation_id, name=name)
        self._log(EntryKind.ORGANISATION_ADDED, {"organisation_id": organisation_id, "name": name})
        return organisation_id

    def _log(
        self,
        kind: EntryKind,
        said: dict[str, str | None],
        person_id: str | None = None,
        sealed: dict[str, str] | None = None,
    ) -> None:
        self._tx.append(
            Entry(
                kind,
                self._at,
                actor_id=self._actor.actor_id,
                person_id=person_id,
                producer_id=self._producer_id,
                said=dict(said),
                sealed=sealed or {},
            )
        )
