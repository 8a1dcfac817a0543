"""Texts that wait for a day that goes otherwise: moved, postponed, late, cancelled, cut off between two steps."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.actions import text_readings, text_releasing
from app.actions.tools import Actor, RoleHeld
from app.audit.entries import EntryKind
from app.records import custody, prepared_texts, tables
from app.rules.errors import Conflict, OutOfOrder
from app.rules.facts import Role
from app.rules.reasons import instant_text
from tests.build import london
from tests.publisher import HOST, Page, publishing
from tests.scenarios.conftest import Begin
from tests.scenarios.drawer import (
    LINE,
    WORDS,
    decides,
    declared,
    later,
    prepared,
    reads_words,
    state,
    takes,
    texts,
    web_desk,
    worker,
    writes,
    written,
)
from tests.scenarios.test_contingency import decides as releases_here
from tests.story import Story, done, reasons

pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without:DeprecationWarning")

DUE = london(2026, 6, 16, 9, 30)
POLICY = "Producer policy: prepared texts"


def waiting(begin: Begin, **how: Any) -> tuple[Story, str, dict[str, Any]]:
    """Everything is ready, and a tweet waits."""
    story = begin(DUE - timedelta(days=8), **how)
    prepared(story, DUE)
    later(story)
    desk = web_desk(story)
    return story, desk, written(story, desk)


def held_letters(story: Story, who: str) -> list[str]:
    return [subject for subject, _ in story.letters(who) if "prepared" in subject or "Never" in subject]


def test_release_postponed_with_texts_ready_holds_them_until_the_head_of_profession_decides(
    begin: Begin, any_database_url: str
) -> None:
    story, desk, made = waiting(begin, database_url=any_database_url)
    second = written(story, desk, kind="press_line", words=LINE)
    later(story)
    done(story.moves(story.head, "postponement", reason="An error was found."))
    assert (worker(story), worker(story)) == (2, 0)
    assert held_letters(story, story.head) == ["Decide on what was prepared: “Claimant count”"]
    assert state(story, made) == ("held", ["postponed"])
    refused = decides(story, made)
    assert (refused.status_code, "Set its new time first" in refused.json()["detail"]) == (409, True)
    assert writes(story, story.statistician, desk).json()["code"] == "wrong_state"
    later(story)
    new_time = DUE + timedelta(days=7)
    done(story.moves(story.head, "rescheduling", publishes_at=instant_text(new_time), reason="Mended."))
    assert (worker(story), state(story, made)) == (2, ("held", ["moved"]))
    assert len(held_letters(story, story.head)) == 2
    later(story)
    assert reasons(decides(story, made, who=story.lead)) == [("role_required", "Producer policy: roles")]
    done(decides(story, made))
    done(decides(story, second, "withdrawal", reason="It speaks of the old date."))
    assert state(story, made) == ("prepared", [])
    assert decides(story, made).json()["code"] == "wrong_state"
    done(story.moves(story.head, "sign-off"))
    story.clock.put(new_time)
    declared(story)
    worker(story)
    assert done(takes(story, desk, made))["words"] == WORDS
    assert takes(story, story.lead, second).json()["code"] == "already_ended"
    (kept,) = story.entries(EntryKind.PREPARED_TEXT_KEPT)
    assert (kept["said"]["holds"], "Still right." in str(kept)) == (["moved"], False)


def test_late_publication_holds_a_text_and_publication_alone_does_not_let_it_go(begin: Begin) -> None:
    story, desk, made = waiting(begin)
    story.clock.put(DUE + timedelta(seconds=59))
    assert (worker(story), state(story, made)) == (0, ("prepared", []))
    story.clock.put(DUE + timedelta(minutes=1))
    assert (worker(story), state(story, made)) == (1, ("held", ["late"]))
    ((_, body),) = [one for one in story.letters(story.head) if "what was prepared" in one[0]]
    assert "publication was not confirmed by the time set" in body
    assert WORDS[:20] not in body
    story.clock.put(DUE + timedelta(minutes=30))
    declared(story)
    assert (worker(story), state(story, made)) == (0, ("held", ["late"]))
    assert reasons(takes(story, story.lead, made)) == [("text_held", POLICY)]
    assert takes(story, desk, made).status_code == 403
    assert story.letters(desk) == []
    later(story)
    done(decides(story, made))
    assert worker(story) == 1
    assert done(takes(story, desk, made))["words"] == WORDS


def test_text_written_when_the_release_is_late_already_gets_a_letter_of_its_own(begin: Begin) -> None:
    story, desk, _ = waiting(begin)
    written(story, desk, kind="press_line", words=LINE)
    story.clock.put(DUE + timedelta(minutes=5))
    assert worker(story) == 2
    assert len(held_letters(story, story.head)) == 1
    later(story)
    after = written(story, desk, kind="briefing_email", words=LINE)
    assert (state(story, after), worker(story), worker(story)) == (("held", ["late"]), 1, 0)
    assert len(held_letters(story, story.head)) == 2


def test_text_whose_publication_is_declared_late_but_was_in_time_goes_without_a_decision(begin: Begin) -> None:
    story, desk, made = waiting(begin)
    story.clock.put(DUE + timedelta(minutes=5))
    assert (worker(story), state(story, made)) == (1, ("held", ["late"]))
    declared(story, published_at=instant_text(DUE + timedelta(seconds=2)))
    assert worker(story) == 1
    assert done(takes(story, desk, made))["words"] == WORDS


def test_text_does_not_go_before_the_time_on_one_persons_word_that_it_is_out(begin: Begin) -> None:
    story, desk, made = waiting(begin)
    story.clock.put(DUE - timedelta(minutes=10))
    declared(story)
    assert (worker(story), state(story, made)) == (1, ("held", ["early"]))
    assert reasons(takes(story, story.lead, made)) == [("text_held", POLICY)]
    assert takes(story, desk, made).status_code == 403
    story.clock.put(DUE)
    assert (worker(story), state(story, made)) == (0, ("held", ["early"]))
    assert story.letters(desk) == []
    ((_, body),) = [one for one in story.letters(story.head) if one[0].startswith("Decide on")]
    assert "publication is said to have been before the time set" in body
    done(decides(story, made))
    assert worker(story) == 1
    assert done(takes(story, desk, made))["words"] == WORDS


def test_decision_before_the_time_does_not_let_a_late_text_go(begin: Begin) -> None:
    story, desk, made = waiting(begin)
    later(story)
    done(story.moves(story.head, "rescheduling", publishes_at=instant_text(DUE + timedelta(days=1)), reason="Moved."))
    later(story)
    done(decides(story, made))
    story.clock.put(DUE + timedelta(days=1, minutes=10))
    assert state(story, made) == ("held", ["late"])
    declared(story)
    assert takes(story, desk, made).status_code == 403


def test_release_reopened_holds_words_of_figures_that_may_have_changed(begin: Begin) -> None:
    story, desk, made = waiting(begin)
    later(story)
    done(story.moves(story.head, "reopening", reason="A table is wrong."))
    assert (worker(story), state(story, made)) == (1, ("held", ["reopened"]))
    later(story)
    done(story.moves(story.head, "sign-off"))
    assert state(story, made) == ("held", ["reopened"])
    path = texts(story, made["prepared_text_id"])
    for words in (WORDS, LINE):
        body = {"words": words, "channel": "The office's account", "owner_id": desk}
        revision = story.get(story.statistician, path)["revision"]
        done(story.ask(story.statistician, "PUT", path, json=body, revision=revision))
        later(story)
        assert state(story, made) == ("held", ["reopened"])
    done(decides(story, made))
    assert state(story, made) == ("prepared", [])
    story.clock.put(DUE)
    declared(story)
    assert done(takes(story, desk, made))["words"] == LINE


def test_release_moved_away_and_back_holds_what_was_written_before(begin: Begin) -> None:
    story, desk, made = waiting(begin)
    for days in (1, 0):
        later(story)
        at = instant_text(DUE + timedelta(days=days))
        done(story.moves(story.head, "rescheduling", publishes_at=at, reason="Moved."))
    later(story)
    after = written(story, desk, kind="briefing_email", words=LINE)
    assert (state(story, made), state(story, after)) == (("held", ["moved"]), ("prepared", []))


def test_text_of_a_cancelled_release_is_never_given_to_anybody(begin: Begin) -> None:
    story, desk, made = waiting(begin)
    later(story)
    done(story.moves(story.head, "cancellation", reason="The source was wrong."))
    assert (worker(story), worker(story)) == (1, 0)
    assert held_letters(story, story.lead) == ["Never to be sent: “Claimant count”"]
    assert state(story, made) == ("barred", ["cancelled"])
    for answer in (takes(story, story.head, made), reads_words(story, story.head, made)):
        assert reasons(answer) == [("release_cancelled", POLICY)]
    assert takes(story, desk, made).status_code == 403
    refused = decides(story, made)
    assert (refused.status_code, "can never be released" in refused.json()["detail"]) == (409, True)
    path = texts(story, made["prepared_text_id"])
    body = {"words": LINE, "channel": "x", "owner_id": desk}
    assert story.ask(story.head, "PUT", path, json=body, revision=made["revision"]).status_code == 409
    assert [one["said"]["because"] for one in story.entries(EntryKind.PREPARED_TEXT_HELD)] == ["cancelled"]


def test_text_whose_hold_was_told_rests_until_something_happens(begin: Begin, any_database_url: str) -> None:
    def stirring(days: int = 7) -> int:
        at = story.clock.now()
        with story.tools.reading() as connection:
            return len(prepared_texts.stirring(connection, at - timedelta(minutes=1), at - timedelta(days=days)))

    story, desk, made = waiting(begin, database_url=any_database_url)
    story.clock.put(DUE + timedelta(minutes=5))
    assert stirring() == 1  # nobody was told of it yet
    story.clock.put(DUE + timedelta(days=9))
    assert (stirring(), worker(story)) == (1, 1)
    assert (stirring(), stirring(days=10), worker(story)) == (0, 1, 0)
    declared(story, published_at=instant_text(DUE + timedelta(seconds=2)))
    assert (stirring(), worker(story)) == (1, 1)
    assert done(takes(story, desk, made))["words"] == WORDS


@pytest.mark.parametrize(
    ("order", "clause"),
    [
        ("uk", "SI 2008/2998 Sch. para 6(1)"),
        ("northern_ireland", "SR 2009/71 Sch. para 6(1)"),
        ("scotland", "SSI 2008/399 Sch. para 1(2)"),
        ("wales", "WSI 2009/2818 art. 3(4)"),
    ],
)
def test_text_set_to_go_early_is_refused_outright_with_the_clause(begin: Begin, order: str, clause: str) -> None:
    story = begin(DUE - timedelta(days=8))
    story.release(DUE, order=order, sensitivity="ordinary")
    early = instant_text(DUE - timedelta(minutes=40))  # the timed message of 2021
    refused = writes(story, story.statistician, story.lead, ready_from_at=early)
    assert (refused.status_code, refused.json()["code"], reasons(refused)) == (
        403,
        "text_refused",
        [("text_set_early", clause)],
    )
    assert story.get(story.head, texts(story))["results"] == []
    after = writes(story, story.statistician, story.lead, ready_from_at=instant_text(DUE + timedelta(minutes=15)))
    assert done(after, 201)["ready_from_at"] == instant_text(DUE + timedelta(minutes=15))


def test_text_set_for_later_waits_for_its_time_though_the_statistics_are_public(begin: Begin) -> None:
    story = begin(DUE - timedelta(days=8))
    prepared(story, DUE)
    later(story)
    made = written(story, story.lead, ready_from_at=instant_text(DUE + timedelta(minutes=15)))
    story.clock.put(DUE)
    declared(story)
    assert (worker(story), reasons(takes(story, story.lead, made))) == (0, [("time_not_reached", POLICY)])
    story.clock.put(DUE + timedelta(minutes=15))
    assert worker(story) == 1
    assert done(takes(story, story.lead, made))["words"] == WORDS


def test_rehearsal_s_texts_say_that_they_are_of_one_and_a_real_one_cannot(begin: Begin) -> None:
    story = begin(DUE - timedelta(days=8))
    story.release(DUE, title="Claimant count", rehearsal=True)
    made = written(story, story.lead)
    assert made["rehearsal"]
    assert done(reads_words(story, story.lead, made))["words"] == f"REHEARSAL: {WORDS}"
    assert written(story, story.lead, words=f"REHEARSAL: {LINE}")["version"] == 1
    tight = writes(story, story.statistician, story.lead, words="x" * 275)
    assert "has at most 280 letters; this has 286 with its heading" in tight.json()["detail"]
    story.release(DUE, title="Claimant count")
    crossed = writes(story, story.statistician, story.lead, words=f"rehearsal: {LINE}")
    assert (crossed.status_code, crossed.json()["errors"][0]["where"]) == (422, "words")


def test_publication_seen_by_the_watch_makes_a_text_ready(begin: Begin) -> None:
    with publishing() as site:
        story, desk, made = waiting(begin)
        story.service.street.site = site.prober()
        host = {"host": f"{HOST}:{site.port}", "reason": "The web host."}
        done(story.post(story.head, f"/producers/{story.sat.producer_id}/watched-hosts", json=host), 201)
        plan = {"page_url": site.url("/count"), "marker": "Claimant count, June", "declares": True}
        done(story.ask(story.lead, "PUT", f"/releases/{story.told.release_id}/watch", json=plan, revision=0))
        site.pages["/count"] = Page(b"<h1>Not yet</h1>", 404)
        story.clock.put(DUE - timedelta(seconds=5))
        story.works()
        assert worker(story) == 0
        site.pages["/count"] = Page(b"<h1>Claimant count, June</h1>")
        story.clock.put(DUE + timedelta(seconds=5))
        story.works()
        assert (story.phase(), worker(story)) == ("published", 1)
        assert done(takes(story, desk, made))["words"] == WORDS


def test_contingency_holds_a_text_as_late_and_is_the_publication_it_waits_for(begin: Begin) -> None:
    story, desk, made = waiting(begin)
    story.clock.put(DUE + timedelta(minutes=20))
    assert done(releases_here(story), 201)["state"] == "public"
    assert reasons(takes(story, story.lead, made)) == [("text_held", POLICY)]
    later(story)
    done(decides(story, made))
    assert done(takes(story, desk, made))["words"] == WORDS


def test_restart_between_confirmation_and_release_loses_nothing_and_repeats_nothing(begin: Begin) -> None:
    story, desk, made = waiting(begin)
    story.clock.put(DUE)
    declared(story)  # and here the process ends, before its worker came round
    story.clock.put(DUE + timedelta(minutes=5))
    assert done(takes(story, desk, made))["words"] == WORDS  # nobody has to wait for a worker
    assert worker(story) == 0
    assert len(story.entries(EntryKind.PREPARED_TEXT_RELEASED)) == 1
    assert story.letters(desk) == []  # it was sent already; no letter asks for it again
    other = next(iter(text_releasing.texts_due(story.tools)), None)
    assert other is None


def test_two_replicas_at_once_release_a_text_once_and_give_it_once(begin: Begin, any_database_url: str) -> None:
    story, desk, made = waiting(begin, database_url=any_database_url)
    story.clock.put(DUE)
    declared(story)
    text_id = made["prepared_text_id"]
    at_once([lambda: text_releasing.settle_text(story.tools, text_id)] * 2)
    assert len(story.entries(EntryKind.PREPARED_TEXT_RELEASED)) == 1
    assert len([one for one in story.letters(desk) if one[0].startswith("Ready")]) == 1
    seniors = tuple(RoleHeld(role, story.sat.organisation_id) for role in (Role.LEAD_OFFICIAL, Role.HEAD_OF_PROFESSION))
    actors = [Actor(one, "", seniors[:1], person_id=one) for one in (story.lead, story.head)]
    release_id = story.told.release_id
    given = at_once([lambda a=one: text_readings.take_text(story.tools, a, release_id, text_id) for one in actors])
    assert sorted(type(one).__name__ for one in given if isinstance(one, Exception)) in (["OutOfOrder"], ["Conflict"])
    assert [one.words for one in given if not isinstance(one, Exception)] == [WORDS]
    assert len(story.entries(EntryKind.PREPARED_TEXT_TAKEN)) == 1


def at_once(acts: list[Any]) -> list[Any]:
    """Do some things at the same moment; gives what each came to, or why it did not."""
    start, found = threading.Barrier(len(acts)), [None] * len(acts)

    def one(number: int) -> None:
        start.wait()
        try:
            found[number] = acts[number]()
        except (OutOfOrder, Conflict) as error:
            found[number] = error

    threads = [threading.Thread(target=one, args=(number,)) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_change_of_a_text_that_somebody_changed_meanwhile_is_refused(begin: Begin) -> None:
    story, desk, made = waiting(begin)
    path = texts(story, made["prepared_text_id"])
    body = {"words": LINE, "channel": "Another account", "owner_id": desk}
    changed = done(story.ask(story.statistician, "PUT", path, json=body, revision=made["revision"]))
    assert (changed["version"], changed["channel"]) == (2, "Another account")
    stale = story.ask(story.lead, "PUT", path, json=body, revision=made["revision"])
    assert (stale.status_code, stale.json()["code"]) == (412, "changed_meanwhile")
    assert done(reads_words(story, story.lead, made))["words"] == LINE
    assert reads_words(story, story.lead, made, version=3).status_code == 404


def test_destroying_a_release_s_records_destroys_its_texts_and_their_keys(begin: Begin) -> None:
    from tests.scenarios.test_retention import erases, everything

    story, desk, made = waiting(begin)
    story.clock.put(DUE)
    declared(story)
    worker(story)
    assert len(story.letters(desk)) == 1
    assert "Ready to send" in everything(story)
    assert done(takes(story, story.lead, made))["words"] == WORDS
    story.clock.put(london(2034, 6, 20, 9, 0))
    (erased,) = done(erases(story, story.told.release_id))["results"]
    assert (erased["counts"]["prepared_texts"], erased["counts"]["prepared_text_versions"]) == (1, 1)
    with story.tools.reading() as connection:
        left = connection.execute(select(tables.prepared_text_versions)).all()
    assert left == []
    assert "Ready to send" not in everything(story)


def test_key_rotation_wraps_the_keys_of_texts_again(begin: Begin) -> None:
    from app.actions import custody as keeping
    from app.actions import rewrapping

    story, _, made = waiting(begin)
    keeping.rotate_key(story.tools, "kek")
    while rewrapping.rewrap(story.tools):
        pass
    (place,) = [one for one in custody.PLACES if one.kind == "prepared texts"]
    prefix = story.tools.keys.current_prefix()
    with story.tools.reading() as connection:
        assert custody.wrapped_otherwise(connection, place, prefix, after="", limit=9) == ()
    assert done(reads_words(story, story.lead, made))["words"] == WORDS
