"""What everybody may follow as an Atom feed: what is announced, moved and published, and nothing of what is not."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from lxml import etree

from app.api.places import read_place
from app.records import public_lists
from app.records.public_lists import PublicListRow
from app.rules.canonical import canonical_json, sha256_hex
from app.rules.contingency import CONFIRMATION
from app.rules.reasons import instant_text
from tests.build import london
from tests.scenarios.conftest import Begin
from tests.story import CHANCELLOR, Story, done

BEGUN, DUE = london(2026, 3, 2, 9, 30), london(2026, 5, 14, 9, 30)
ATOM = "{http://www.w3.org/2005/Atom}"
ALL = "/public-news.atom"
_POST = {"post": "Chancellor", "organisation": "HM Treasury", "count": 1, "from": "24 hours before"}

# The structure that RFC 4287 gives in section 4, of the elements that we write; libxml2 judges by it, not our writer.
SCHEMA = """
<grammar xmlns="http://relaxng.org/ns/structure/1.0" ns="http://www.w3.org/2005/Atom"
         datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes">
<start><element name="feed"><optional><attribute name="xml:lang"><data type="language"/></attribute></optional>
 <interleave><ref name="id"/><ref name="title"/><ref name="updated"/><oneOrMore><ref name="author"/></oneOrMore>
  <zeroOrMore><ref name="link"/></zeroOrMore><zeroOrMore><ref name="entry"/></zeroOrMore></interleave></element></start>
<define name="entry"><element name="entry"><interleave><ref name="id"/><ref name="title"/><ref name="updated"/>
 <optional><ref name="published"/></optional><zeroOrMore><ref name="author"/></zeroOrMore>
 <zeroOrMore><ref name="link"/></zeroOrMore><zeroOrMore><ref name="category"/></zeroOrMore>
 <ref name="content"/></interleave></element></define>
<define name="id"><element name="id"><data type="anyURI"><param name="pattern">[a-z]+:.+</param></data></element>
</define><define name="title"><element name="title"><text/></element></define>
<define name="moment"><data type="dateTime"><param name="pattern">.+T.+(Z|[+\\-]..:..)</param></data></define>
<define name="updated"><element name="updated"><ref name="moment"/></element></define>
<define name="published"><element name="published"><ref name="moment"/></element></define>
<define name="author"><element name="author"><element name="name"><text/></element></element></define>
<define name="category"><element name="category"><attribute name="term"/></element></define>
<define name="content"><element name="content"><attribute name="type"><value>text</value></attribute><text/></element>
</define>
<define name="link"><element name="link"><attribute name="href"><data type="anyURI"/></attribute>
 <optional><attribute name="rel"><data type="string"><param name="minLength">1</param></data></attribute></optional>
 <optional><attribute name="type"><data type="string"><param name="pattern">.+/.+</param></data></attribute></optional>
</element></define>
</grammar>
"""


def followed(answer: httpx2.Response) -> Any:
    """Read a page of the feed that is well-formed and of the right structure, with no id twice."""
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/atom+xml; charset=utf-8")
    feed = etree.fromstring(answer.content)
    etree.RelaxNG(etree.fromstring(SCHEMA)).assertValid(feed)
    idents = [one.findtext(f"{ATOM}id") for one in feed.iter(f"{ATOM}entry")]
    assert len(set(idents)) == len(idents)
    return feed


def told(feed: Any) -> list[tuple[str, str]]:
    """Give what each entry says, the newest first."""
    return [(one.findtext(f"{ATOM}title"), one.findtext(f"{ATOM}content")) for one in feed.iter(f"{ATOM}entry")]


def links(element: Any) -> dict[str, str]:
    return {one.get("rel"): one.get("href") for one in element.findall(f"{ATOM}link")}


def of_producer(story: Story) -> str:
    return f"/producers/{story.sat.producer_id}/public-news.atom"


@pytest.mark.parametrize("fault", ["no id", "no instant"])
def test_structure_asked_for_refuses_what_is_no_feed(begin: Begin, fault: str) -> None:
    story = begin(BEGUN)
    feed = followed(story.ask(None, "GET", ALL))
    feed.remove(feed.find(f"{ATOM}{'id' if fault == 'no id' else 'updated'}"))
    assert not etree.RelaxNG(etree.fromstring(SCHEMA)).validate(feed)


def test_feed_tells_of_a_release_from_its_announcement_to_its_publication(begin: Begin) -> None:
    story = begin(BEGUN)
    story.release(DUE, title="Planned & secret")
    path = of_producer(story)
    assert story.ask(None, "GET", path).status_code == 404
    assert told(followed(story.ask(None, "GET", ALL))) == []

    kept = story.release(DUE, title="Prices <May> & June")
    for minutes, act, body in (
        (0, "announcement", {}),
        (1, "rescheduling", {"publishes_at": instant_text(DUE + timedelta(days=1)), "reason": "Secret reason one."}),
        (2, "postponement", {"reason": "Secret reason two."}),
        (3, "rescheduling", {"publishes_at": instant_text(DUE + timedelta(days=7)), "reason": "Secret reason three."}),
    ):
        story.clock.put(BEGUN + timedelta(minutes=minutes))
        done(story.moves(story.head, act, **body))
    story.list_with(CHANCELLOR)
    story.sealed()
    story.clock.put(BEGUN + timedelta(minutes=4))
    done(story.moves(story.head, "sign-off"))  # what goes on inside is no news
    before = followed(story.ask(None, "GET", path))
    story.clock.put(DUE + timedelta(days=7))
    story.published()
    feed = followed(story.ask(None, "GET", path))
    by = story.get(story.head, f"/releases/{kept}")["producer"]
    days = ("Thursday 14 May 2026", "Friday 15 May 2026", "Thursday 21 May 2026")
    first, second, third = (f"{day}, 9:30am (UK time)" for day in days)
    said = [
        ("Published", f"Published {third}."),
        (
            "List of posts with pre-release access published",
            "The posts with access before publication are published. No person is named.",
        ),
        ("Date changed", f"Now to be published {third}. It was set for {second}."),
        ("Postponed", f"Postponed. It was set for {second}; the new time will be announced."),
        ("Date changed", f"Now to be published {second}. It was set for {first}."),
        ("Announced", f"To be published {first}."),
    ]
    assert sorted(told(feed)) == sorted((f"{title}: Prices <May> & June", f"{by}. {text}") for title, text in said)
    assert told(feed)[2:] == [(f"{title}: Prices <May> & June", f"{by}. {text}") for title, text in said[2:]]
    # What was told stays as it was told, under the ids that it had.
    assert [etree.tostring(one) for one in feed.iter(f"{ATOM}entry")][2:] == [
        etree.tostring(one) for one in before.iter(f"{ATOM}entry")
    ]
    ident = feed.find(f"{ATOM}entry").findtext(f"{ATOM}id")
    assert re.fullmatch(
        r"tag:story\.pra-gatekeeper\.example,2026-05-21:(release|list_of_posts)\.published/(mov|pub)_[0-9a-f]{24}",
        ident,
    )
    assert told(followed(story.ask(None, "GET", ALL))) == told(feed)
    whole = etree.tostring(feed).decode()
    assert [word for word in ("ecret", "Planned", CHANCELLOR.name) if word in whole] == []


def test_feed_tells_nothing_of_releases_that_were_never_announced(begin: Begin) -> None:
    story = begin(BEGUN)
    story.release(DUE, title="Known to all")
    done(story.moves(story.statistician, "announcement"))
    for act, body in (
        ("postponement", {"reason": "x"}),
        ("cancellation", {"reason": "x"}),
        ("rescheduling", {"publishes_at": instant_text(DUE + timedelta(days=1)), "reason": "x"}),
    ):
        story.release(DUE, title=f"Hidden before its {act}")
        done(story.moves(story.head, act, **body))
    story.release(DUE, title="REHEARSAL: hidden", rehearsal=True)
    done(story.moves(story.statistician, "announcement"))
    assert [title for title, _ in told(followed(story.ask(None, "GET", ALL)))] == ["Announced: Known to all"]


def test_release_postponed_before_it_was_announced_is_shown_to_nobody_outside(
    begin: Begin, any_database_url: str
) -> None:
    story = begin(BEGUN, database_url=any_database_url)
    story.release(DUE, title="Known to all")
    done(story.moves(story.statistician, "announcement"))
    story.clock.forward(minutes=1)
    hidden = story.release(DUE, title="A secret")
    done(story.moves(story.head, "postponement", reason="x"))
    story.list_with(CHANCELLOR)
    listing = f"/releases/{hidden}/public-list"
    refused = story.post(story.statistician, listing)
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")
    assert "Set its new time first, which announces it, then publish the list." in refused.json()["detail"]

    # Even where a list of it had been published before that was refused.
    rows = canonical_json([{**_POST, "exceptional": True, "reasons": "A secret reason."}]).decode()
    kept = PublicListRow(1, sha256_hex(rows.encode()), rows, story.clock.now())
    with story.tools.database.engine.begin() as connection:
        public_lists.add(connection, f"pub_{'0' * 24}", hidden, kept, story.statistician)
    producer = f"/producers/{story.sat.producer_id}"
    lists = [f"{listing}.{form}" for form in ("json", "csv", "html", "ods")]
    exceptions = f"{producer}/exceptional-grants.json"
    assert [story.ask(None, "GET", path).status_code for path in (*lists, exceptions)] == [404] * 5
    feeds = [f"{path}?limit={limit}" for path in (ALL, of_producer(story)) for limit in (1, 50)]
    for path in feeds:
        feed = followed(story.ask(None, "GET", path))
        assert [title for title, _ in told(feed)] == ["Announced: Known to all"]
        assert "next" not in links(feed)
    calendars = [story.ask(None, "GET", f"{producer}/public-calendar.ics").text, story.client.get("/calendar").text]
    assert [("Known to all" in shown, "ecret" in shown) for shown in calendars] == [(True, False)] * 2

    story.clock.forward(minutes=1)
    done(story.moves(story.head, "rescheduling", publishes_at=instant_text(DUE), reason="x"))  # which makes it known
    done(story.post(story.statistician, listing), 201)
    assert [story.ask(None, "GET", path).status_code for path in (*lists, exceptions)] == [200] * 5
    assert "Announced: A secret" in [title for title, _ in told(followed(story.ask(None, "GET", ALL)))]


def test_page_of_news_ends_with_news_though_what_is_none_lies_between(begin: Begin) -> None:
    story = begin(BEGUN)
    for number in range(3):
        story.release(DUE, title=f"Figures {number}")
        done(story.moves(story.statistician, "announcement"))
        story.clock.forward(minutes=1)
        story.release(DUE, title=f"Hidden {number}")
        done(story.moves(story.head, "postponement", reason="x"))
        story.clock.forward(minutes=1)
    answer = story.ask(None, "GET", f"{ALL}?limit=2")
    feed = followed(answer)
    assert [title for title, _ in told(feed)] == ["Announced: Figures 2", "Announced: Figures 1"]
    place = read_place(links(feed)["next"].partition("after=")[2])
    assert place is not None
    assert instant_text(place[0]) == instant_text(BEGUN + timedelta(minutes=2))
    rest = followed(story.ask(None, "GET", links(feed)["next"].partition("/api/v1")[2]))
    assert ([title for title, _ in told(rest)], "next" in links(rest)) == (["Announced: Figures 0"], False)


def test_feed_tells_where_documents_are_given_here_and_when_no_more(begin: Begin) -> None:
    story = begin(DUE - timedelta(days=8))
    release_id = story.ready(DUE)
    done(story.post(story.statistician, f"/releases/{release_id}/public-list"), 201)
    story.clock.put(DUE + timedelta(minutes=20))
    path = f"/releases/{release_id}"
    body = {"reason": "A secret reason.", "confirmation": CONFIRMATION}
    revision = story.get(story.head, path)["revision"]
    done(story.post(story.head, f"{path}/contingency", json=body, revision=revision), 201)
    story.clock.put(DUE + timedelta(minutes=50))
    body = {"reason": "Another secret reason."}
    done(story.post(story.lead, f"{path}/contingency/withdrawal", json=body, revision=1))
    feed = followed(story.ask(None, "GET", of_producer(story)))
    titles = [title.partition(":")[0] for title, _ in told(feed)]
    assert (titles[0], sorted(titles[1:3])) == ("Documents no longer given here", ["Documents given here", "Published"])
    assert links(feed.find(f"{ATOM}entry")) == {"alternate": f"http://127.0.0.1:8000/published/{release_id}"}
    assert "ecret" not in etree.tostring(feed).decode()


def test_feed_is_read_page_by_page_and_not_sent_twice(begin: Begin) -> None:
    story = begin(BEGUN)
    for number in range(5):
        story.clock.put(BEGUN + timedelta(minutes=number // 2))  # some at the same instant
        story.release(DUE, title=f"Figures {number}")
        done(story.moves(story.statistician, "announcement"))
    answer = story.ask(None, "GET", f"{ALL}?limit=2")
    seen, pages = [], 0
    first = links(followed(answer))["self"]
    while True:
        feed = followed(answer)
        seen += [title for title, _ in told(feed)]
        pages += 1
        assert links(feed)["first"] == first
        if "next" not in links(feed):
            break
        answer = story.ask(None, "GET", links(feed)["next"].partition("/api/v1")[2])
    assert (pages, sorted(seen)) == (3, [f"Announced: Figures {number}" for number in range(5)])
    assert seen[0] == "Announced: Figures 4"
    whole = story.ask(None, "GET", ALL)
    again = story.ask(None, "GET", ALL, headers={"If-None-Match": whole.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert re.fullmatch(r"public, max-age=([0-9]|10)", whole.headers["cache-control"])
    assert story.ask(None, "GET", f"{ALL}?after=nonsense").status_code == 422


@pytest.mark.parametrize("place", ["/", "/calendar", "/published"])
def test_public_pages_lead_to_the_feed(begin: Begin, place: str) -> None:
    story = begin(BEGUN)
    shown = story.client.get(place, headers={"Accept": "text/html"}).text
    assert re.findall(r'<link rel="alternate" type="application/atom\+xml"[^>]*href="([^"]+)"', shown) == [
        f"/api/v1{ALL}"
    ]
    followed(story.ask(None, "GET", ALL))


def test_public_calendar_page_shows_what_is_announced_and_nothing_of_what_is_planned(begin: Begin) -> None:
    story = begin(BEGUN)
    assert "There are none." in story.client.get("/calendar").text
    story.release(DUE, title="Planned & secret")
    story.release(DUE, title="REHEARSAL: secret", rehearsal=True)
    done(story.moves(story.statistician, "announcement"))
    story.release(DUE + timedelta(days=1), title="Prices <May>")
    done(story.moves(story.statistician, "announcement"))
    shown = story.client.get("/calendar")
    assert ("Prices &lt;May&gt;" in shown.text, "ecret" in shown.text) == (True, False)
    assert f"/api/v1{of_producer(story)}" in shown.text
    assert shown.headers["cache-control"].startswith("public, max-age=")
    done(story.moves(story.head, "cancellation", reason="x"))
    assert "Prices" not in story.client.get("/calendar").text
