"""Two producers with everything an identifier can name, so that each can be tried on the other. Made by the actions."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select

from app.actions import (
    alarming,
    annual_lists,
    approval,
    arrangements,
    auditing,
    calendar_links,
    closed_days,
    concerns,
    confirmations,
    correcting,
    credentials,
    declarations,
    deputies,
    deriving,
    documents,
    eligibility,
    failures,
    moves,
    openings,
    own_age_keys,
    own_keys,
    page_confirmations,
    prepared_texts,
    production,
    providers,
    publication,
    ready_letters,
    reapplications,
    record_requests,
    releases,
    report_versions,
    retention,
    saved_searches,
    standing,
    suspensions,
    training,
    uploads,
    warning_texts,
    watch_plans,
    webhooks,
    wrong_facts,
)
from app.actions.deputies import Proposal
from app.actions.documents import Arriving, DocumentRow
from app.actions.eligibility import Holder
from app.actions.lists import ListView
from app.actions.prepared_texts import TextDraft
from app.actions.record_requests import Wanted
from app.actions.tools import Actor, Policy
from app.actions.uploads import Announced
from app.audit.asked import Search
from app.audit.entries import Entry, EntryKind
from app.records import duties, posts, tables
from app.records import releases as release_records
from app.records import retention as erasures
from app.rules.alarms import AlarmKind
from app.rules.facts import Grant, Order, Role, Sensitivity
from app.rules.incidents import IncidentKind
from app.rules.preparedtexts import TextKind
from app.rules.production import Purpose
from app.rules.publicnews import NewsKind
from app.vault.age import new_identity
from tests.build import london
from tests.service import ORIGIN, Sat, Service
from tests.unit.api.recalled import ask_about
from tests.world import Recipient, session_of

PUBLISHES_AT = london(2026, 3, 10, 9, 30)
INSIDE = london(2026, 3, 9, 14, 0)
FIGURES = b"region,claimants\nNorth,1204\nSouth,988\n"
NETWORK = "192.0.2.7"
# Everybody is one network here, so the limits that guard against guessing would stop the tests before the service.
RECEIPTS_TOKEN = "agreed-with-the-mail-service-" + "0" * 32
ROOMY = Policy(
    mail_callback_token=RECEIPTS_TOKEN,
    origin=ORIGIN,
    codes_per_network_per_hour=100_000,
    codes_per_address_per_hour=100_000,
    codes_per_address_everywhere_per_hour=100_000,
    public_requests_per_network_per_minute=100_000,
    public_choices_per_network_per_minute=100_000,
    refusals_of_strangers_per_minute=100_000,
)


@dataclass
class Side:
    """One producer. ``ids`` has, by prefix, an id of everything that belongs to it; ``spare`` a second one of some."""

    name: str
    sat: Sat
    recipient: str = ""
    reporter: str = ""
    coordinator: str = ""
    welsh: str = ""
    secret: str = ""
    ids: dict[str, str] = field(default_factory=dict)
    spare: dict[str, str] = field(default_factory=dict)


def a_public_key() -> dict[str, str]:
    """A new public key on P-256, as a JWK."""
    return jwk_of(ec.generate_private_key(ec.SECP256R1()).public_key())


def jwk_of(key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    """A public key on P-256 as a JWK."""
    point = key.public_numbers()
    x, y = (base64.urlsafe_b64encode(n.to_bytes(32, "big")).decode().rstrip("=") for n in (point.x, point.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


_documents: list[dict[str, Any]] = []


def share_document(app: Any) -> None:
    """Give an application the OpenAPI document that the first one made: it is the same, and takes seconds to make."""
    _documents[:] = _documents or [app.openapi()]
    app.openapi_schema = _documents[0]


class Estate:
    """The service at 14:00 on the day before publication: the window of each producer's release is open."""

    def __init__(self, folder: Path, *, sides: tuple[str, ...] = ("North", "South"), database_url: str = "") -> None:
        self.service = Service(
            folder, PUBLISHES_AT - timedelta(days=8), database_url=database_url or None, policy=ROOMY
        )
        self.tools, self.clock = self.service.tools, self.service.clock
        share_document(self.service.client.app)
        self.administrator = self.service.administrator()
        self.auditor = self.service.auditor()
        self.stranger = self.service.person("Sam Stranger", "sam@elsewhere.gov.example")
        self.sides = [self._prepared(name) for name in sides]
        self.clock.put(INSIDE)
        for side in self.sides:
            self._opened(side)
        auditing.sequence(self.tools)

    # -- asking ------------------------------------------------------------------------------------------------

    def recipient(self, person_id: str) -> Recipient:
        """Give somebody with a session that has just begun."""
        return session_of(self.tools, person_id)

    def actor(self, person_id: str) -> Actor:
        return self.recipient(person_id).actor

    def headers(self, person_id: str | None) -> dict[str, str]:
        """Give the headers of a new session; none for nobody."""
        return dict(self.recipient(person_id).headers) if person_id else {}

    def counts(self) -> dict[str, int]:
        """How many rows each table has, but for the log and what merely signing in leaves."""
        left = {
            "entries",
            "entries_waiting",
            "entry_places",
            "disclosures",
            "entry_labels",
            "sessions",
            "sign_in_codes",
            "notices",
            "attempts",
            "log_state",
            "upload_turns",
            "idempotency",
        }
        with self.tools.reading() as connection:
            return {
                table.name: len(connection.execute(select(table)).all())
                for table in tables.metadata.sorted_tables
                if table.name not in left
            }

    # -- preparing ---------------------------------------------------------------------------------------------

    def _prepared(self, name: str) -> Side:
        side = Side(name, self.service.producer(f"Office for {name} Statistics"))
        side.ids.update(prd=side.sat.producer_id, org=side.sat.organisation_id)
        statistician, head = (
            self.actor(side.sat.people[Role.STATISTICIAN]),
            self.actor(side.sat.people[Role.HEAD_OF_PROFESSION]),
        )
        listed = self._listed(side, statistician, self._registered(side, statistician, "Claimant count"), "ids")
        approval.approve_list(self.tools, head, side.ids["lst"], revision=listed.row.revision)
        self._standing(side, statistician, head)
        drafted = self._listed(
            side, statistician, self._registered(side, statistician, "Earnings", spare=True), "spare"
        )
        side.recipient, side.reporter = (str(row.grant.person_id) for row in listed.row.rows)
        side.ids.update(per=side.recipient, grt=listed.row.rows[0].grant.grant_id, pst=listed.row.rows[0].post_id)
        side.spare.update(grt=drafted.row.rows[0].grant.grant_id, per=side.reporter)
        fixed = self._uploaded(side.ids["rel"], statistician)
        documents.fix_document(
            self.tools, head, fixed.card.document_id, sha256=fixed.card.sha256, revision=fixed.revision
        )
        side.ids["doc"] = fixed.card.document_id
        side.spare["doc"] = self._uploaded(side.spare["rel"], statistician).card.document_id
        lead = self.actor(side.sat.people[Role.LEAD_OFFICIAL])
        announced = moves.announce_release(self.tools, statistician, side.ids["rel"], revision=1)
        self.clock.forward(seconds=1)  # what is moved twice in one instant has no order
        moves.sign_off_release(self.tools, lead, side.ids["rel"], revision=announced.revision)
        self._people_of(side)
        self._asked(side, statistician)
        self._on_record(side, statistician, head)
        return side

    def _standing(self, side: Side, statistician: Actor, head: Actor) -> None:
        """Take the list in force as the standing list of its series."""
        (one,) = standing.list_series(self.tools, statistician, side.sat.producer_id)
        taken = standing.take_standing(self.tools, head, one.series_id, side.ids["lst"], revision=0)
        side.ids.update(ser=one.series_id, stg=taken.rows[0].grant.grant_id)

    def _on_record(self, side: Side, statistician: Actor, head: Actor) -> None:
        """Have the record of a Welsh release asked for, and everything held."""
        side.welsh = releases.register_release(
            self.tools,
            statistician,
            producer_id=side.sat.producer_id,
            title=f"Waiting times, {side.name}",
            order=Order.WALES,
            sensitivity=Sensitivity.ORDINARY,
            publishes_at=PUBLISHES_AT + timedelta(days=14),
            public_url=None,
        ).release.release_id
        wanted = Wanted(f"Sam Asker {side.name}", "1 High Street", "Who had access?", date(2026, 3, 2))
        side.ids["rrq"] = record_requests.take_request(self.tools, statistician, side.welsh, wanted).record_request_id
        held = retention.begin_hold(self.tools, head, side.sat.producer_id, reason=f"An inquiry in {side.name}.")
        side.ids["hol"] = held.hold_id
        side.ids["era"] = self._proposed(side, head.actor_id)
        side.ids["rcl"] = ask_about(self.tools, side.ids, side.recipient, by=head.actor_id)
        side.ids["alm"] = self._alarmed(side)
        host = f"www.{side.name.lower()}.gov.example"
        side.ids["hst"] = watch_plans.allow_host(
            self.tools, head, side.sat.producer_id, host=host, reason=f"The site of {side.name}."
        ).host_id
        side.ids["cln"] = calendar_links.make_link(
            self.tools, head, side.sat.producer_id, name=f"Web desk of {side.name}"
        ).link.link_id
        side.ids["whk"] = webhooks.make_webhook(
            self.tools,
            head,
            side.sat.producer_id,
            name=f"Web desk of {side.name}",
            url=f"https://hooks.{side.name.lower()}.gov.example/pra",
            kinds=tuple(NewsKind),
        ).view.row.webhook_id
        side.ids["whd"] = webhooks.try_webhook(self.tools, head, side.ids["whk"]).delivery_id
        side.ids["pgc"] = page_confirmations.confirm_page(
            self.tools,
            statistician,
            side.ids["rel"],
            publishes_at=PUBLISHES_AT,
            page_url=f"https://{host}/claimant-count",
            scheduled_by=f"Web desk of {side.name}",
            seen=f"Looked at its entry in {side.name}.",
        ).confirmation_id
        draft = TextDraft(f"Claimants of {side.name} are out now.", "The account", side.sat.people[Role.LEAD_OFFICIAL])
        made = prepared_texts.write_text(self.tools, statistician, side.ids["rel"], TextKind.TWEET, draft)
        side.ids["txt"] = made.row.text.text_id
        side.ids["ann"] = self.tools.new_id("ann")  # there is one once the lists are published

    def _alarmed(self, side: Side) -> str:
        """Have an alarm raised about the release whose window is open."""
        at = self.clock.now()
        with self.tools.transaction() as tx:
            row = release_records.get_row(tx.connection, side.ids["rel"])
            kind, said = AlarmKind.NOT_CONFIRMED, f"Nothing confirms it in {side.name}."
            return alarming.raise_alarm(self.tools, tx, row, kind, said, cause=side.ids["rel"], at=at) or ""

    def _proposed(self, side: Side, by: str) -> str:
        """Have a proposal to destroy records, made before the hold that now forbids it."""
        at = self.clock.now()
        row = erasures.ErasureRow(
            erasure_id=self.tools.new_id("era"),
            producer_id=side.sat.producer_id,
            release_id=None,
            person_id=None,
            cause="retention",
            reason=f"Old in {side.name}.",
            counts={},
            at=at,
            by_person_id=by,
            state="proposed",
            release_ids=(side.ids["rel"],),
            proposed_by=by,
        )
        with self.tools.transaction() as tx:
            erasures.add_erasure(tx.connection, row)
            said = {"erasure_id": row.erasure_id}
            tx.append(Entry(EntryKind.ERASURE_PROPOSED, at, producer_id=row.producer_id, said=said))
        return row.erasure_id

    def _asked(self, side: Side, statistician: Actor) -> None:
        """Ask the ministry's coordinator about the list in force, and have a deputy asked for."""
        with self.tools.reading() as connection:
            ministry = posts.get(connection, side.ids["pst"])
        email = f"co.cherry@{side.name.lower()}.gov.example"
        side.coordinator = self.service.person(f"Co Cherry {side.name}", email)
        self.service.role(side.coordinator, Role.COORDINATOR, ministry.organisation_id)
        (asked,) = confirmations.ask_list(self.tools, statistician, side.ids["lst"])
        side.ids["cnf"] = asked.row.confirmation_id if asked.row else ""
        proposal = Proposal(
            name=f"Dee Putty {side.name}",
            email=f"dee.putty@{side.name.lower()}.gov.example",
            post_title=f"Private Secretary 3, {side.name}",
            organisation=ministry.organisation,
            held_from_on=date(2024, 1, 1),
            reason=f"On leave in {side.name}.",
        )
        side.ids["dep"] = deputies.ask_for_deputy(
            self.tools, self.actor(side.reporter), side.ids["rel"], proposal
        ).deputy_id

    def _registered(self, side: Side, actor: Actor, title: str, *, spare: bool = False) -> str:
        made = releases.register_release(
            self.tools,
            actor,
            producer_id=side.sat.producer_id,
            title=f"{title}, {side.name}",
            series=None if spare else f"{title}, {side.name}, monthly",
            order=Order.UK,
            sensitivity=Sensitivity.MARKET_SENSITIVE,
            publishes_at=PUBLISHES_AT + timedelta(days=7 if spare else 0),
            public_url=f"https://{side.name.lower()}.gov.example/{title.lower().replace(' ', '-')}",
        )
        (side.spare if spare else side.ids)["rel"] = made.release.release_id
        return made.release.release_id

    def _listed(self, side: Side, actor: Actor, release_id: str, which: str) -> ListView:
        view = deriving.derive_list(self.tools, actor, release_id)
        for number, name in enumerate(("Robin Reader", "Rowan Reporter"), 1):
            view = eligibility.add_grant(
                self.tools,
                actor,
                view.row.eligibility_list.list_id,
                Grant(
                    "",
                    f"Private Secretary {number}, {side.name}",
                    f"Ministry of {side.name}",
                    None,
                    ground="Briefs the minister",
                ),
                revision=view.row.revision,
                holder=Holder(
                    f"{name.lower().replace(' ', '.')}@{side.name.lower()}.gov.example",
                    f"{name} {side.name}",
                    date(2024, 1, 1) if which == "ids" else None,
                ),
            )
        getattr(side, which)["lst"] = view.row.eligibility_list.list_id
        return view

    def _uploaded(self, release_id: str, actor: Actor) -> DocumentRow:
        return documents.upload_document(
            self.tools, actor, release_id, Arriving("claimants.csv", "text/csv", [FIGURES])
        )

    def _people_of(self, side: Side) -> None:
        administrator, head = self.actor(self.administrator), self.actor(side.sat.people[Role.HEAD_OF_PROFESSION])
        former = self.service.person(f"Fern Former {side.name}", f"fern.former@{side.name.lower()}.gov.example")
        suspended = suspensions.begin_suspension(
            self.tools,
            head,
            side.sat.producer_id,
            subject_kind="person",
            subject_id=former,
            reason=f"An indication was given in {side.name}.",
        )
        side.ids["rap"] = reapplications.reapply(
            self.tools, self.actor(former), suspended.suspension.suspension_id, statement="It will not happen again."
        ).reapplication_id
        side.ids["fai"] = failures.record_failure(
            self.tools,
            head,
            side.sat.producer_id,
            person_id=former,
            what=f"Gave an indication in {side.name}.",
            occurred_on=date(2026, 1, 5),
            release_id=side.ids["rel"],
        ).failure_id
        side.ids["wrg"] = wrong_facts.find_holding_wrong(
            self.tools,
            head,
            side.sat.producer_id,
            post_id=side.ids["pst"],
            person_id=former,
            reason=f"Never held it, in {side.name}.",
        ).wrong_fact_id
        side.ids["trn"] = training.record_training(
            self.tools,
            head,
            side.recipient,
            producer_id=side.sat.producer_id,
            course=f"Access in {side.name}",
            done_on=date(2026, 1, 5),
        ).training_id
        side.ids["pac"] = production.propose_access(
            self.tools,
            head,
            side.ids["rel"],
            person_id=former,
            purpose=Purpose.QUALITY_ASSURANCE,
            why=f"Checks the figures of {side.name}.",
            from_on=date(2026, 3, 9),
        ).row.production_access_id
        side.ids["cld"] = closed_days.add_closed_day(
            self.tools,
            head,
            side.sat.producer_id,
            day=date(2026, 3, 20),
            name=f"Local holiday, {side.name}",
            reason=f"The offices of {side.name} are closed.",
        ).closed_day_id
        side.ids["wrn"] = warning_texts.propose_warning(
            self.tools, head, side.sat.producer_id, order=Order.SCOTLAND, text=f"Mind the figures of {side.name}."
        ).warning_id
        credential = credentials.make_credential(
            self.tools,
            administrator,
            name=f"{side.name} planner",
            role=Role.STATISTICIAN,
            organisation_id=side.sat.organisation_id,
        )
        side.secret = credential.secret
        side.ids["idp"] = self._signing_in(side, administrator)
        with self.tools.reading() as connection:
            holding = connection.execute(
                select(tables.holdings.c.holding_id).where(tables.holdings.c.person_id == side.recipient)
            ).scalar_one()
            role = connection.execute(
                select(tables.roles.c.role_id).where(tables.roles.c.person_id == side.sat.people[Role.AUDITOR])
            ).scalar_one()
        side.ids["dut"] = self._owed(side)
        side.ids.update(sus=suspended.suspension.suspension_id, cli=credential.client_id, hld=holding, rol=role)

    def _signing_in(self, side: Side, administrator: Actor) -> str:
        """Give a sign-in provider of this side, still to be approved: everybody here signs in by code."""
        return providers.propose_provider(
            self.tools,
            administrator,
            organisation_id=side.sat.organisation_id,
            issuer=f"http://127.0.0.1:9/{side.name.lower()}",
            client_id=f"pra-{side.name.lower()}",
            secret="",
            domains=(f"{side.name.lower()}.gov.example",),
            required=False,
        ).provider_id

    def _owed(self, side: Side) -> str:
        at = self.clock.now()
        with self.tools.transaction() as tx:
            duty_id = duties.add(
                tx.connection,
                producer_id=side.sat.producer_id,
                release_id=side.ids["rel"],
                grant_id=side.ids["grt"],
                kind="notify_board",
                reason_key=f"estate:{side.name}",
                source="SSI 2008/399 Sch. para 6",
                particulars={"individual": f"Robin Reader {side.name}"},
                at=at,
            )
            tx.append(Entry(EntryKind.DUTY_RAISED, at, producer_id=side.sat.producer_id, said={"duty_id": duty_id}))
        return str(duty_id)

    def _opened(self, side: Side) -> None:
        side.ids["upl"] = uploads.begin_upload(
            self.tools,
            self.actor(side.sat.people[Role.STATISTICIAN]),
            side.ids["rel"],
            Announced("regions.csv", "text/csv", plain_bytes=len(FIGURES)),
        ).upload_id
        side.ids["rdl"] = ready_letters.schedule_letter(
            self.tools,
            self.actor(side.sat.people[Role.STATISTICIAN]),
            side.ids["rel"],
            send_at=PUBLISHES_AT - timedelta(hours=2),
        ).ready_letter_id
        for person_id in (side.recipient, side.reporter):
            actor = self.actor(person_id)
            words = declarations.undertaking_for(self.tools, actor, side.ids["rel"]).words
            signed = declarations.sign_declaration(
                self.tools,
                actor,
                side.ids["rel"],
                undertaking_sha256=words.sha256,
                typed_name=actor.name,
                agreed=True,
            )
            (side.ids if person_id == side.recipient else side.spare)["dcl"] = signed.declaration.declaration_id
        recipient, reporter = self.actor(side.recipient), self.actor(side.reporter)
        side.ids["opn"] = openings.open_document(self.tools, recipient, side.ids["doc"]).opening_id
        side.ids["svs"] = saved_searches.save_search(
            self.tools,
            self.actor(side.sat.people[Role.AUDITOR]),
            Search(release_id=side.ids["rel"]),
            name="Everything about the release",
            shared=True,
            newest_first=True,
        ).saved_search_id
        side.ids["ses"] = recipient.session_id
        side.ids["key"] = own_keys.register_key(self.tools, recipient, a_public_key()).key_id
        recipient_key = str(new_identity().recipient)
        side.ids["agk"] = own_age_keys.register_age_key(self.tools, recipient, recipient_key).age_key_id
        side.ids["inc"] = concerns.report_concern(
            self.tools,
            reporter,
            kind=IncidentKind.OTHER,
            text=f"A page lay on the printer in {side.name}.",
            release_id=side.ids["rel"],
        ).incident_id
        head = self.actor(side.sat.people[Role.HEAD_OF_PROFESSION])
        side.ids["rpv"] = report_versions.begin_version(
            self.tools, head, side.ids["inc"], form=None, with_names=False, note=""
        ).version.report_version_id
        side.ids["cac"] = correcting.add_action(
            self.tools,
            head,
            side.ids["inc"],
            what="Two people look",
            owner="Head of publishing",
            due_on=PUBLISHES_AT.date(),
            long_term=True,
        ).corrective_action_id
        with self.tools.reading() as connection:
            newest = connection.execute(
                select(tables.entries.c.entry_id)
                .where(tables.entries.c.release_id == side.ids["rel"], tables.entries.c.person_id == side.recipient)
                .where(tables.entries.c.kind == EntryKind.ACCESS_DECIDED.value)
            ).scalars()
            side.ids["ent"] = str(newest.first())

    def publish_lists(self) -> None:
        """Publish each list of posts, so that everybody may know of the releases."""
        for side in self.sides:
            publication.publish_list_of_posts(
                self.tools, self.actor(side.sat.people[Role.STATISTICIAN]), side.ids["rel"]
            )
            head = self.actor(side.sat.people[Role.HEAD_OF_PROFESSION])
            year = {"order": Order.UK, "from_on": date(2025, 1, 1), "to_on": date(2025, 12, 31)}
            listed = annual_lists.publish_annual_list(self.tools, head, side.sat.producer_id, **year)
            side.ids["ann"] = str(listed.annual_list_id)
            words = f"How {side.name} asks."
            arrangements.publish_arrangements(self.tools, head, side.sat.producer_id, statement=words)

    def program(self, side: Side) -> dict[str, str]:
        """Give the headers of a producer's program, with a new token."""
        issued = credentials.issue_token(self.tools, side.ids["cli"], side.secret, network=NETWORK)
        return {"Authorization": f"Bearer {issued.token}"}
