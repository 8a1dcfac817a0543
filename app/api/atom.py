"""Writes an Atom feed. It knows the format and nothing of releases."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree import ElementTree

from app.rules.reasons import instant_text

_NAMESPACE = "http://www.w3.org/2005/Atom"
# A feed says when it last changed, also before anything was told: the day on which the first Order came into force.
_NOTHING_YET = datetime(2008, 12, 1, tzinfo=UTC)
# What XML 1.0 has no way to write; a title that was imported may hold one.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry. ``updated`` aware; ``link`` None where there is nothing more to read."""

    ident: str
    title: str
    author: str
    updated: datetime
    category: str
    text: str
    link: str | None


@dataclass(frozen=True, slots=True)
class Feed:
    """One page of a feed.

    Attributes:
        ident: Of the feed as a whole.
        updated: When its newest entry was; None where there is none. Aware.
        itself, first, following: Addresses of this page, of the first and of the next one.
    """

    ident: str
    title: str
    author: str
    updated: datetime | None
    itself: str
    first: str
    following: str | None
    entries: tuple[FeedEntry, ...]


def write_feed(feed: Feed) -> bytes:
    """Write a page of a feed as XML in UTF-8.

    Args:
        feed: The page.

    Source:
        RFC 4287 section 4.1.1; RFC 4287 section 4.1.2; RFC 5005 section 3
    """
    # The elements carry their namespace as text, so that no prefix is made up and nothing is registered for all.
    root = ElementTree.Element("feed", {"xmlns": _NAMESPACE, "xml:lang": "en-GB"})
    _say(root, "id", feed.ident)
    _say(root, "title", feed.title)
    _say(root, "updated", instant_text(feed.updated or _NOTHING_YET))
    _say(ElementTree.SubElement(root, "author"), "name", feed.author)
    for relation, address in (("self", feed.itself), ("first", feed.first), ("next", feed.following)):
        if address is not None:
            ElementTree.SubElement(root, "link", {"rel": relation, "href": address, "type": "application/atom+xml"})
    for entry in feed.entries:
        _write_entry(root, entry)
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _write_entry(root: ElementTree.Element, entry: FeedEntry) -> None:
    made = ElementTree.SubElement(root, "entry")
    _say(made, "id", entry.ident)
    _say(made, "title", entry.title)
    _say(made, "published", instant_text(entry.updated))
    _say(made, "updated", instant_text(entry.updated))
    _say(ElementTree.SubElement(made, "author"), "name", entry.author)
    ElementTree.SubElement(made, "category", {"term": entry.category})
    if entry.link:
        ElementTree.SubElement(made, "link", {"rel": "alternate", "href": entry.link})
    _say(made, "content", entry.text).set("type", "text")


def _say(into: ElementTree.Element, name: str, text: str) -> ElementTree.Element:
    made = ElementTree.SubElement(into, name)
    made.text = _NOT_XML.sub(" ", text)
    return made
