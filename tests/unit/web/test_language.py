"""The choice of a language: how it is made and kept, what is in Welsh then, and what stays English and says so."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import pytest
from babel.messages.pofile import read_po
from httpx2 import Response

from app.actions import closed_days
from app.rules.reasons import Reason, ReasonCode
from app.web.language import CATALOGUE
from app.web.refusals import WORDS, Worded, worded
from app.web.shell import ENVIRONMENT
from tests.build import london
from tests.live import ROOT
from tests.scenarios.test_special_classes import grant, ready
from tests.story import ADVISER, CHANCELLOR, SECRETARY, STRANGER, Reader, Story, done
from tests.unit.web.browser import Visitor, words

DUE, BEFORE, INSIDE = london(2026, 3, 10, 9, 30), london(2026, 3, 6, 7, 12), london(2026, 3, 9, 14, 0)
OFFER = "Cewch ddefnyddio’r gwasanaeth hwn yn Gymraeg"
KEPT = "__Host-pra_language"
LEAVER = Reader("Elm Elder", "elm.elder@treasury.gov.example", "Head of Briefing")
NOBODYS = "rel_" + "0" * 24
_ENGLISH = re.compile(r'<(\w+) [^>]*\blang="en[^"]*"[^>]*>.*?</\1>', re.DOTALL)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    told = Story(tmp_path_factory.mktemp("welsh"), london(2026, 3, 2, 10, 0))
    closed_days.load_bank_holidays(told.service.tools)
    ready(
        told, DUE, *(grant(one, ground_letter="a") for one in (CHANCELLOR, ADVISER, SECRETARY, LEAVER)), order="wales"
    )
    yield told
    told.service.close()


def at_pages(story: Story, who: Reader | None = None, *, language: str = "") -> Visitor:
    person = Visitor(story.client, story.headers(who)["Authorization"].partition(" ")[2] if who else "")
    if language:
        person.cookies[KEPT] = language
    return person


@pytest.fixture
def before(story: Story) -> Story:
    story.clock.put(BEFORE)
    return story


@pytest.fixture
def inside(story: Story) -> Story:
    story.clock.put(max(INSIDE, story.clock.now()))
    return story


def left_in_english(answer: Response) -> list[str]:
    """The sentences of the catalogue that stand on a page in English, outside what is marked as English."""
    kept = _ENGLISH.sub(" ", answer.text)
    shown = " ".join(html.unescape(re.sub(r"<[^>]+>", "\n", kept)).split())
    with CATALOGUE.open("rb") as file:
        known = [one.id for one in read_po(file) if isinstance(one.id, str) and len(one.id) > 11]
    assert len(known) > 200
    return [text for text in known if "%" not in text and text in shown]


def shown_as(answer: Response) -> tuple[str, bool]:
    """What a page says its language is, and whether its body is in another."""
    found = re.search(r'<html lang="([\w-]+)"', answer.text)
    assert found is not None
    return found[1], '<div lang="en-GB">' in answer.text


def test_language_is_chosen_by_a_link_and_kept_until_the_browser_is_closed(before: Story) -> None:
    person = at_pages(before)
    person.asks("GET", "/")
    assert shown_as(person.last) == ("en-GB", False)
    assert person.last.text.count('href="?lang=cy" hreflang="cy" lang="cy" rel="alternate">Cymraeg</a>') == 1
    assert KEPT not in person.cookies
    person.asks("GET", "/?lang=cy")
    assert shown_as(person.last) == ("cy", False)
    (cookie,) = [line for line in person.last.headers.get_list("set-cookie") if KEPT in line]
    assert cookie == f"{KEPT}=cy; HttpOnly; Path=/; SameSite=lax; Secure"
    assert person.last.text.count('href="?lang=en" hreflang="en" lang="en" rel="alternate">English</a>') == 1
    person.asks("GET", "/cookies")
    assert shown_as(person.last) == ("cy", False)
    assert [line for line in person.last.headers.get_list("set-cookie") if KEPT in line] == []
    person.asks("GET", "/cookies?lang=en")
    assert (shown_as(person.last), person.cookies[KEPT]) == (("en-GB", False), "en")


def test_page_in_either_language_is_kept_by_no_cache(before: Story) -> None:
    for language in ("en", "cy"):
        person = at_pages(before, CHANCELLOR, language=language)
        for place in ("/", "/sign-in", "/releases", f"/releases/{NOBODYS}", "/?lang=cy"):
            assert person.asks("GET", place).headers["cache-control"] == "no-store"


@pytest.mark.parametrize("sent", ["?lang=", "?lang=fr", "?lang=CY", "?lang=cy%22%3E"])
def test_language_that_is_none_of_the_two_chooses_nothing(before: Story, sent: str) -> None:
    person = at_pages(before)
    person.asks("GET", f"/{sent}")
    assert (shown_as(person.last), KEPT in person.cookies) == (("en-GB", False), False)
    person.cookies[KEPT] = "fr"
    person.asks("GET", "/")
    assert shown_as(person.last) == ("en-GB", False)


def test_link_to_the_other_language_keeps_what_was_asked_and_nothing_else(before: Story) -> None:
    person = at_pages(before)
    person.asks("GET", "/sign-in?then=/account&lang=cy&by=%22%3E%3Cb")
    assert 'href="?then=%2Faccount&amp;by=%22%3E%3Cb&amp;lang=en"' in person.last.text
    assert "<b" not in person.last.text.replace("<body", "").replace("<button", "").replace("<br", "")


def test_choice_outlasts_signing_in_and_out(before: Story) -> None:
    person = at_pages(before, LEAVER)  # whose session ends with it
    person.asks("GET", "/account?lang=cy")
    assert person.sends("/sign-out").status_code == 303
    assert person.cookies == {KEPT: "cy"}
    assert "Mewngofnodi" in person.looks("/sign-in")


def test_choice_in_a_link_to_a_page_that_needs_a_sign_in_is_not_lost_on_the_way(before: Story) -> None:
    person = at_pages(before)
    there = person.asks("GET", "/releases?lang=cy").headers["location"]
    assert (there, person.cookies) == ("/sign-in?then=%2Freleases", {KEPT: "cy"})
    assert "Mewngofnodi" in person.looks(there)
    there = person.asks("GET", "/account/log?after=a-1&lang=en").headers["location"]
    assert (there, person.cookies[KEPT]) == ("/sign-in?then=%2Faccount%2Flog%3Fafter%3Da-1", "en")


def test_answer_to_a_form_has_no_link_that_would_ask_for_it_again(before: Story) -> None:
    person = at_pages(before, CHANCELLOR, language="cy")
    place = f"/releases/{before.told.release_id}/declaration"
    person.looks(place)
    assert 'rel="alternate">English</a>' in person.last.text
    answer = person.sends(place, scope="release", undertaking_sha256=person.field("undertaking_sha256"))
    assert (answer.status_code, 'rel="alternate"' in answer.text) == (422, False)
    assert re.search("<title>Gwall: Datganiad ar gyfer Claimant count – ", answer.text)
    assert words(answer).count("Ticiwch y blwch os ydych yn cytuno") == 2
    assert words(answer).count("Gwall") == 2  # beside each of the two fields
    assert left_in_english(answer) == []


def test_what_comes_back_from_another_sign_in_is_not_asked_for_again(before: Story) -> None:
    person = at_pages(before, language="cy")
    answer = person.asks("GET", "/sign-in/from/idp_" + "0" * 24 + "?state=x&code=y&lang=cy")
    assert answer.status_code >= 400
    assert ("code=y" in answer.text, 'rel="alternate"' in answer.text) == (False, False)


def test_welsh_order_offers_both_languages_to_whoever_has_chosen_none(before: Story) -> None:
    release = f"/releases/{before.told.release_id}"
    for place in ("/releases", release, f"{release}/declaration"):
        person = at_pages(before, CHANCELLOR)
        assert OFFER in person.looks(place), place
        assert "You can use this service in Welsh" in words(person.last)
        for chosen in ("en", "cy"):
            assert OFFER not in at_pages(before, CHANCELLOR, language=chosen).looks(place)


def test_other_orders_offer_nothing_beyond_the_link(tmp_path_factory: pytest.TempPathFactory) -> None:
    other = Story(tmp_path_factory.mktemp("uk"), london(2026, 3, 2, 10, 0))
    other.release(DUE)
    other.list_with(CHANCELLOR)
    person = at_pages(other, CHANCELLOR)
    for place in ("/releases", f"/releases/{other.told.release_id}"):
        assert OFFER not in person.looks(place)
    assert "Cymraeg" in person.last.text
    other.service.close()


def test_recipient_reads_in_welsh_from_waiting_to_the_passphrase(before: Story) -> None:
    story, person = before, at_pages(before, CHANCELLOR, language="cy")
    release = f"/releases/{story.told.release_id}"
    seen = [person.asks("GET", "/releases")]
    assert "mewn 3 diwrnod, 2 awr" in words(seen[0])
    assert "9:30yb ddydd Llun 9 Mawrth 2026" in words(seen[0])
    seen.append(person.asks("GET", release))
    assert "O 9:30yb ddydd Llun 9 Mawrth 2026" in words(seen[1])
    seen.append(person.asks("GET", f"{release}/declaration"))
    assert '<div class="app-undertaking" lang="en">' in seen[2].text
    signed = person.sends(
        f"{release}/declaration",
        scope="release",
        undertaking_sha256=person.field("undertaking_sha256"),
        typed_name=CHANCELLOR.name,
        agreed="yes",
    )
    seen.append(person.asks("GET", signed.headers["location"]))
    assert "Datganiad wedi’i lofnodi" in words(seen[3])
    story.clock.put(INSIDE)
    person = at_pages(story, CHANCELLOR, language="cy")
    seen.append(person.asks("GET", release))
    opening = f"/documents/{story.told.document_id}/open"
    seen.append(person.asks("GET", opening))
    assert '<span lang="en">Confidential Statistics</span>' in person.last.text
    seen.append(person.sends(opening))
    assert "Ticiwch y blwch i ddweud eich bod wedi darllen hwn" in words(seen[-1])
    opened = person.sends(opening, acknowledged="yes").headers["location"]
    seen.append(person.asks("GET", opened))
    seen.append(person.sends(f"{opened}/passphrase"))
    assert "Cyfrinymadrodd eich copi" in words(seen[-1])
    for place in ("/account", "/account/openings", "/account/declarations", "/account/log", "/account/sessions"):
        seen.append(person.asks("GET", place))
    for place in ("/account/age-keys", f"{opened}/diagnosis"):
        seen.append(person.asks("GET", place))
    seen.append(person.sends(f"{opened}/diagnosis", passphrase="not-this-one"))
    assert "Y cyfrinymadrodd" in words(seen[-1])
    for place in ("/report", f"{release}/deputy", "/accessibility", "/cookies", "/"):
        seen.append(person.asks("GET", place))
    assert [answer.status_code for answer in seen if answer.status_code not in (200, 422)] == []
    assert {shown_as(answer) for answer in seen} == {("cy", False)}
    assert [left for answer in seen for left in left_in_english(answer)] == []


def test_deputy_that_was_asked_for_stands_in_welsh_with_every_field_that_is_wrong(before: Story) -> None:
    person, place = at_pages(before, SECRETARY, language="cy"), f"/releases/{before.told.release_id}/deputy"
    person.looks(place)
    answer = person.sends(place, email="nonsense")
    assert (answer.status_code, left_in_english(answer)) == (422, [])
    assert words(answer).count("Rhowch enw eich cydweithiwr") == 2


def test_what_is_wrong_that_nobody_translated_is_marked_as_english() -> None:
    template = ENVIRONMENT.from_string("{{ said | told }}|{{ mistake(said).html }}|{{ mistake('') is none }}")
    shown = template.render(said="Nobody <wrote> this.", body_language="cy")
    marked = '<span lang="en">Nobody &lt;wrote&gt; this.</span>'
    assert shown == f"{marked}|{marked}|True"
    assert template.render(said="Nothing.", body_language="cy") == "Dim.|Dim.|True"
    assert template.render(said="A & B") == "A &amp; B|A &amp; B|True"


def test_refusal_is_told_in_welsh_with_its_clause_and_what_is_english_marked(before: Story) -> None:
    person = at_pages(before, ADVISER, language="cy")
    place = f"/documents/{before.told.document_id}/open"
    answer = person.asks("GET", place)
    assert answer.status_code == 403
    told = words(answer)
    assert told.startswith("Gwrthodwyd mynediad")
    assert "Nid yw eich mynediad wedi dechrau eto." in told
    assert "Daw hyn i ben ohono’i hun am 9:30yb ddydd Llun 9 Mawrth 2026 (amser y DU)." in told
    assert "Nid oes datganiad gennych sy’n cyfrif ar gyfer y cyhoeddiad hwn." in told
    assert 'O <span lang="en">WSI 2009/2818 Sch. para 4(1)(a)</span>.' in answer.text
    assert "The window opens on" not in answer.text
    assert left_in_english(answer) == []


def test_refusal_of_which_the_english_says_more_has_that_too_marked_as_english(inside: Story) -> None:
    inside.reports(ADVISER, "received_in_error", "I moved to another post last month.")
    person = at_pages(inside, ADVISER, language="cy")
    release = person.looks(f"/releases/{inside.told.release_id}")
    assert "Mae eich mynediad wedi’i oedi. Y cynhyrchydd sy’n penderfynu a fydd yn ailddechrau; cewch wybod." in release
    assert re.search(r'<span lang="en">Your access is paused: [^<]+</span>', person.last.text)
    assert left_in_english(person.last) == []


def test_code_with_another_cause_than_the_welsh_is_true_of_is_told_in_english() -> None:
    told = worded(
        Reason(ReasonCode.NOT_ON_LIST, "Clause 1", "Your paper counts no longer.", "Ask for a new one."), "cy"
    )
    assert told == Worded("Your paper counts no longer.", "Ask for a new one.", None, "Clause 1", whole=False)
    rules = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "app" / "rules").rglob("*.py"))
    assert [text for known in WORDS.values() for text in known.of if text not in rules] == []


@pytest.mark.parametrize("code", list(ReasonCode))
def test_reason_in_english_is_told_in_its_own_words_alone(code: ReasonCode) -> None:
    reason = Reason(code, "Clause 1", "What was wrong.", "What to do.", until=DUE)
    assert worded(reason, "en") == Worded("What was wrong.", "What to do.", DUE, "Clause 1")
    told = worded(reason, "cy")
    assert (told.until, told.source) == (DUE, "Clause 1")
    if not told.whole:
        assert (told.heading, told.remedy) == ("What was wrong.", "What to do.")
    else:
        assert told.heading != "What was wrong."
        assert told.in_english in ((), ("What was wrong.", "What to do."))


def test_page_that_is_not_in_welsh_says_so_in_a_welsh_frame_and_is_marked_as_english(before: Story) -> None:
    person = at_pages(before, before.statistician, language="cy")
    told = person.looks("/producer")
    assert shown_as(person.last) == ("cy", True)
    assert "Yn Saesneg yn unig y mae’r dudalen hon." in person.last.text
    assert "Allgofnodi" in person.last.text
    assert "yb" not in told
    assert "9:30am" in told
    person.asks("GET", "/producer?lang=en")
    assert shown_as(person.last) == ("en-GB", False)
    assert "Yn Saesneg yn unig" not in person.last.text


def test_public_page_is_in_the_language_of_its_address_and_in_no_other(before: Story) -> None:
    plain = at_pages(before).asks("GET", "/calendar")
    assert (shown_as(plain), "public" in plain.headers["cache-control"]) == (("en-GB", False), True)
    assert 'hreflang="cy" href="?lang=cy"' in plain.text
    for person, place in (
        (at_pages(before, language="cy"), "/calendar"),
        (at_pages(before), "/calendar?lang=fr"),
        (at_pages(before), "/calendar?lang=en&x=%22%3E"),
    ):
        answer = person.asks("GET", place)
        assert (answer.text, answer.headers["etag"]) == (plain.text, plain.headers["etag"])
    for language in ("", "en", "cy"):
        person = at_pages(before, language=language)
        answer = person.asks("GET", "/calendar?lang=cy")
        assert (shown_as(answer), answer.headers["etag"] == plain.headers["etag"]) == (("cy", False), False)
        assert (left_in_english(answer), "set-cookie" in answer.headers) == ([], False)
        assert 'href="/sign-in?lang=cy"' in answer.text
    again = at_pages(before).asks("GET", "/calendar?lang=cy", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


def test_public_page_in_welsh_is_made_once_for_all_who_ask(before: Story) -> None:
    tools = before.tools
    tools.shelf.empty()
    for _ in range(3):
        for place in ("/calendar", "/calendar?lang=cy", "/calendar?lang=fr"):
            at_pages(before).asks("GET", place)
    now = tools.clock.monotonic_seconds()
    kept = [tools.shelf.find(("/calendar", language), now) is not None for language in (None, "cy", "fr")]
    assert kept == [True, True, False]


def test_page_of_what_was_published_here_is_in_welsh_too(tmp_path_factory: pytest.TempPathFactory) -> None:
    story = Story(tmp_path_factory.mktemp("made"), london(2026, 3, 2, 10, 0))
    person = at_pages(story)
    answer = person.asks("GET", "/published?lang=cy")
    assert (shown_as(answer), left_in_english(answer)) == (("cy", False), [])
    assert "Nid oes yr un." in words(answer)
    story.service.close()


def test_nothing_there_and_not_for_you_are_one_page_in_welsh_too(before: Story) -> None:
    person = at_pages(before, STRANGER, language="cy")
    seen = []
    for place in (f"/releases/{NOBODYS}", f"/releases/{before.told.release_id}"):
        answer = person.asks("GET", place)
        seen.append((answer.status_code, re.sub(r"ent_[0-9a-f]{24}", "", answer.text)))
    assert seen[0] == seen[1]
    assert (seen[0][0], "Dim byd yma" in seen[0][1]) == (404, True)
    assert left_in_english(answer) == []


def test_recall_is_read_and_answered_in_welsh(inside: Story) -> None:
    path = f"/releases/{inside.told.release_id}/recalls"
    recall = done(inside.post(inside.head, path, json={"reason": "Table 3 shows the wrong month."}), 201)["recall_id"]
    person = at_pages(inside, SECRETARY, language="cy")
    seen = [person.asks("GET", place) for place in ("/releases", "/recalls", f"/recalls/{recall}")]
    seen.append(person.sends(f"/recalls/{recall}"))
    assert words(seen[-1]).count("Dewiswch beth a wnaethoch â hi") == 2
    given = person.sends(f"/recalls/{recall}", did="not_opened", typed_name=SECRETARY.name, agreed="yes")
    seen.append(person.asks("GET", given.headers["location"]))
    assert "Nid agorais i hi" in words(seen[-1])
    assert [answer.status_code for answer in seen] == [200, 200, 200, 422, 200]
    assert [left for answer in seen for left in left_in_english(answer)] == []
