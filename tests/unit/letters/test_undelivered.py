"""Letters that do not arrive: told beside the name, and raised with the team where they matter, and nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.actions import deliveries
from app.actions.tools import Actor
from app.audit.entries import EntryKind
from app.records import deliveries as delivery_records
from app.records import eligibility, tables
from app.rules.deliveries import come_back_since
from app.rules.facts import ListState, Role
from tests.build import london
from tests.story import ADVISER, CHANCELLOR, STRANGER
from tests.unit.letters.world import Letters, letters
from tests.unit.web.browser import Visitor
from tests.world import session_of

KIND = "list_approved"


@pytest.fixture
def sent(tmp_path: Path) -> Iterator[Letters]:
    with letters(tmp_path) as made:
        yield made


def bounced(sent: Letters, *kinds: str, email: str = ADVISER.email) -> None:
    for kind in kinds or (KIND,):
        sent.becomes(kind, email, "permanent-failure")
    sent.asks(minutes=5)


def postponed(sent: Letters) -> None:
    sent.story.clock.forward(minutes=1)
    answer = sent.story.moves(sent.story.head, "postponement", reason="A table has to be checked.")
    assert answer.status_code == 200, answer.text
    sent.sends()


def told(sent: Letters) -> list[tuple[str, str]]:
    """Who was written to about letters that did not arrive, and what."""
    sent.sends()
    found = [one for one in sent.notify.taken if one["subject"].startswith("Letters that did not arrive")]
    return sorted((one["email_address"], one["body"]) for one in found)


def at_pages(sent: Letters, who: str) -> Visitor:
    return Visitor(sent.story.client, sent.story.headers(who)["Authorization"].partition(" ")[2])


def test_person_whose_letters_come_back_is_told_beside_the_name(sent: Letters) -> None:
    release_id = sent.story.told.release_id
    pages = at_pages(sent, sent.story.statistician)
    for place in ("", "/letters", "/readiness", "/board"):
        assert "ome back" not in pages.looks(f"/producer/releases/{release_id}{place}")
    bounced(sent)
    assert "Letters to 1 person on the newest list come back." in pages.looks(f"/producer/releases/{release_id}")
    listed = pages.looks(f"/producer/releases/{release_id}/letters")
    assert f"{ADVISER.name}, {ADVISER.email}: since" in listed
    assert "Came back: the address does not take it." in listed
    assert f"{ADVISER.name}: letters to this person come back since" in pages.looks(
        f"/producer/releases/{release_id}/readiness"
    )
    board = pages.looks(f"/producer/releases/{release_id}/board")
    assert board.count("Letters to this person come back") == 1
    shown = sent.story.get(sent.story.statistician, f"/releases/{release_id}/letters")
    assert [(one["person_id"], one["name"]) for one in shown["come_back"]] == [
        (sent.story.id_of(ADVISER), ADVISER.name)
    ]


def test_people_on_a_list_whose_letters_came_back_are_those_found_among_all_of_it(
    tmp_path: Path, any_database_url: str
) -> None:
    with letters(tmp_path, any_database_url) as sent:
        bounced(sent)
        with sent.tools.reading() as connection:
            version = eligibility.find_version(connection, sent.story.told.release_id, ListState.APPROVED)
            assert version is not None
            whole = {one.grant.person_id: one for one in eligibility.get_row(connection, version).rows}
            among = delivery_records.troubled(connection, [one for one in whole if one is not None])
            found = delivery_records.came_back_on(connection, version)
            assert delivery_records.came_back_on(connection, "lst_of_nothing") == ()
        assert len(whole) > len(among) == 1
        assert {(one.person_id, one.name, one.email) for one in found} == {
            (who, whole[who].holder_name, whole[who].holder_email) for who in among
        }


def test_letters_that_arrive_again_end_it(sent: Letters) -> None:
    bounced(sent)
    postponed(sent)
    sent.becomes("release_moved", ADVISER.email, "delivered")
    sent.asks()
    shown = sent.story.get(sent.story.statistician, f"/releases/{sent.story.told.release_id}/letters")
    assert shown["come_back"] == []


def test_code_from_a_letter_used_to_sign_in_ends_it(sent: Letters) -> None:
    bounced(sent)
    client = sent.story.client
    asked = client.post("/api/v1/sign-in/codes", json={"email": ADVISER.email}).json()
    sent.sends()
    code = sent.notify.to(ADVISER.email)[-1]["body"].split("code is ")[1][:8]
    body = {"code_id": asked["code_id"], "code": code}
    assert client.post("/api/v1/sign-in/sessions", json=body).status_code == 201
    assert deliveries.troubles_of_release(sent.tools, _actor(sent), sent.story.told.release_id) == ()


def _actor(sent: Letters) -> Actor:
    return session_of(sent.tools, sent.story.statistician).actor


def test_letter_that_matters_and_comes_back_is_raised_with_the_team_once(tmp_path: Path, any_database_url: str) -> None:
    with letters(tmp_path, any_database_url) as sent:
        postponed(sent)
        bounced(sent, KIND, "release_moved")
        assert sent.raises() == 1
        staff = sorted(sent.story.service.email_of(one) for one in (sent.story.statistician, sent.story.lead))
        written = told(sent)
        assert [to for to, _ in written] == staff
        assert all(f"- {ADVISER.name}: a release has a new time, is postponed" in body for _, body in written)
        assert all(CHANCELLOR.name not in body and "A table has to be checked" not in body for _, body in written)
        assert sent.raises() == 0
        assert len(told(sent)) == 2
        (entry,) = sent.story.entries(EntryKind.NOTICES_RAISED)
        assert (entry["said"]["count"], entry["said"]["people"]) == (1, 2)


def test_many_that_do_not_arrive_make_one_letter_to_each_of_the_team(sent: Letters) -> None:
    postponed(sent)
    bounced(sent, "release_moved")
    bounced(sent, "release_moved", email=CHANCELLOR.email)
    assert sent.raises() == 2
    assert len(told(sent)) == 2


def test_letter_that_matters_less_is_shown_and_not_raised(sent: Letters) -> None:
    bounced(sent)
    assert (sent.raises(), told(sent)) == (0, [])


def test_letter_that_could_not_be_sent_at_all_is_raised_too(sent: Letters) -> None:
    sent.notify.faults = ["400", "400"]
    postponed(sent)
    assert sent.raises() == 2
    assert len(told(sent)) == 2


def test_letter_about_the_raising_that_comes_back_raises_nothing(sent: Letters) -> None:
    postponed(sent)
    bounced(sent, "release_moved")
    sent.raises()
    to = [one for one, _ in told(sent)]
    bounced(sent, "undelivered", email=to[0])
    assert sent.raises() == 0


def test_letter_of_a_release_that_is_published_meanwhile_is_followed_up_no_more(sent: Letters) -> None:
    answer = sent.story.moves(
        sent.story.head, "rescheduling", publishes_at="2026-03-25T09:30:00Z", reason="The site is being moved."
    )
    assert answer.status_code == 200, answer.text
    sent.sends()
    sent.story.clock.put(london(2026, 3, 25, 9, 31))
    sent.story.published()
    sent.sends()
    with sent.tools.reading() as connection:
        rows = connection.execute(tables.notices.select().where(tables.notices.c.kind == "release_moved")).all()
    for row in rows:
        sent.notify.becomes(row.notice_id, "permanent-failure")
    sent.asks()
    sent.raises()
    assert told(sent) == []


@pytest.mark.parametrize(
    ("bounces", "arrivals", "since"),
    [((), (), None), ((3, 1), (), 1), ((3, 1), (2,), 3), ((3, 1), (4,), None), ((3,), (3,), None)],
)
def test_letters_come_back_since_the_first_that_did_after_the_last_that_arrived(
    bounces: tuple[int, ...], arrivals: tuple[int, ...], since: int | None
) -> None:
    at = [london(2026, 3, day) for day in range(1, 6)]
    found = come_back_since([at[one] for one in bounces], [at[one] for one in arrivals])
    assert found == (None if since is None else at[since])


WHO = ("nobody", "recipient", "stranger", "publisher", "statistician", "lead", "head", "auditor", "other", "admin")


def test_letters_are_shown_to_the_producers_people_and_auditors_and_look_like_nothing_to_others(sent: Letters) -> None:
    story = sent.story
    other = story.service.producer("Office for Other Statistics")
    publisher = story.service.person("Pat Publisher", "pat.publisher@ons.gov.example")
    story.service.role(publisher, Role.PUBLISHER, story.sat.organisation_id)
    stranger = story.service.person(STRANGER.name, STRANGER.email)
    who = {
        "nobody": None,
        "recipient": ADVISER,
        "stranger": stranger,
        "publisher": publisher,
        "statistician": story.statistician,
        "lead": story.lead,
        "head": story.head,
        "auditor": story.auditor,
        "other": other.people[Role.HEAD_OF_PROFESSION],
        "admin": story.service.administrator(),
    }
    assert tuple(who) == WHO
    wanted = (401, 404, 404, 403, 200, 200, 200, 200, 404, 404)
    for path in (f"/releases/{story.told.release_id}/letters", f"/producers/{story.sat.producer_id}/letters"):
        got = {name: story.ask(one, "GET", path).status_code for name, one in who.items()}
        assert got == dict(zip(WHO, wanted, strict=True)), path
    texts = {name: story.ask(one, "GET", "/letter-texts").status_code for name, one in who.items()}
    assert texts == dict(
        zip(WHO, map(int, ["401", "404", "404", "200", "200", "200", "200", "200", "200", "200"]), strict=True)
    )
    nothing = story.ask(who["other"], "GET", f"/releases/{'rel_' + '0' * 24}/letters").json()
    there = story.ask(who["other"], "GET", f"/releases/{story.told.release_id}/letters").json()
    assert {**there, "instance": ""} == {**nothing, "instance": ""}


def test_letters_of_one_person_and_page_by_page(sent: Letters) -> None:
    postponed(sent)
    path = f"/producers/{sent.story.sat.producer_id}/letters"
    whole = sent.story.get(sent.story.head, path, params={"limit": 100})
    mine = sent.story.get(sent.story.head, path, params={"person_id": sent.story.id_of(ADVISER)})["results"]
    assert [one["kind"] for one in mine] == ["release_moved", KIND]
    assert {one["person_id"] for one in mine} == {sent.story.id_of(ADVISER)}
    turned, after = [], None
    while True:
        page = sent.story.get(sent.story.head, path, params={"limit": 1, **({"after": after} if after else {})})
        turned += page["results"]
        after = page["next"]
        if after is None:
            break
    assert (turned, whole["next"]) == (whole["results"], None)
    # Something there could have leaked: a code to sign in, and a letter about an incident.
    assert {one["kind"] for one in whole["results"]} <= {KIND, "release_moved", "readiness", "confirmation_open"}
    assert set(mine[0]) == {
        *("notice_id", "kind", "about", "release_id", "person_id", "name", "state", "said", "queued_at", "sent_at"),
        *("delivered_at", "came_back_at", "doubt", "text_version"),
    }
