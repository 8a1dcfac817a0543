"""Somebody who prepares a list on the pages: where it stands, choosing a sheet, and what came of it."""

from __future__ import annotations

import html
import re
from typing import Any

from tests.story import HEADINGS, Reader, Story
from tests.unit.lists.real import as_csv
from tests.unit.web.browser import Visitor, words


def at_pages(story: Story, who: Reader | str) -> Visitor:
    return Visitor(story.client, story.headers(who)["Authorization"].partition(" ")[2])


def place(story: Story) -> str:
    return f"/producer/releases/{story.told.release_id}/list"


def sheet(*readers: Reader) -> bytes:
    return as_csv([HEADINGS, *(reader.row() for reader in readers)])


def tries(person: Visitor, story: Story, content: bytes, name: str = "list.csv", **fields: str) -> Any:
    """Choose a sheet and look at what it would do."""
    person.looks(f"{place(story)}/import")
    data = {"form_token": person.token, **fields}
    return person.asks("POST", f"{place(story)}/sheet", data=data, files={"file": (name, content, "text/csv")})


def kept(answer: Any) -> dict[str, str]:
    """The hidden fields of the form that imports."""
    form = answer.text.partition("<main")[2].partition("<form")[2].partition("</form>")[0]
    return {name: html.unescape(value) for name, value in re.findall(r'name="([\w-]+)" value="([^"]*)"', form)}


def versions(story: Story) -> list[tuple[int, str, int]]:
    found = story.get(story.head, f"/releases/{story.told.release_id}/lists")["results"]
    return [(one["version"], one["state"], one["grants_count"]) for one in found]


def drafted(story: Story, person: Visitor, *readers: Reader) -> str:
    """Have a draft of these readers imported on the pages; gives its place."""
    answer = tries(person, story, sheet(*readers))
    made = person.asks("POST", f"{place(story)}/import", data=kept(answer))
    assert made.status_code == 303, words(made)
    return str(made.headers["location"])


def grants(story: Story, list_place: str) -> list[dict[str, Any]]:
    return list(story.get(story.head, list_place)["grants"])


def row_place(story: Story, list_place: str, number: int = 0) -> str:
    return f"{list_place}/rows/{grants(story, list_place)[number]['grant_id']}"
