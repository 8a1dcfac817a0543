"""What the stories of prepared texts have in common: who writes, who owns, and what the worker does."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import httpx2

from app.actions import text_releasing
from app.rules.facts import Role
from tests.story import CHANCELLOR, Reader, Story, done

WORDS = "Unemployment fell to 4.7 per cent in May, the lowest for a year. Tables by region are out now."
LINE = "The fall to 4.7 per cent is within the range of recent months."


def texts(story: Story, what: str = "") -> str:
    """Give the address of a release's texts, or of one."""
    return f"/releases/{story.told.release_id}/prepared-texts{f'/{what}' if what else ''}"


def web_desk(story: Story, name: str = "Bay Birch", email: str = "bay.birch@stats.gov.example") -> str:
    """Give somebody who only publishes for the producer: the colleague of 2016."""
    person_id = story.service.person(name, email)
    story.service.role(person_id, Role.PUBLISHER, story.sat.organisation_id)
    return person_id


def writes(story: Story, who: Reader | str, owner_id: str, **changes: Any) -> httpx2.Response:
    """Write a tweet, unless told otherwise."""
    body = {"kind": "tweet", "words": WORDS, "channel": "The office's account", "owner_id": owner_id, **changes}
    return story.post(who, texts(story), json=body)


def written(story: Story, owner_id: str, **changes: Any) -> dict[str, Any]:
    """Have a text written by the statistician."""
    return dict(done(writes(story, story.statistician, owner_id, **changes), 201))


def prepared(story: Story, due: datetime, **changes: Any) -> str:
    """Have a release ready with its list of posts published, so that publication can be declared at any moment."""
    release_id = story.ready(due, CHANCELLOR, **changes)
    done(story.post(story.statistician, f"/releases/{release_id}/public-list"), 201)
    return release_id


def declared(story: Story, **body: Any) -> None:
    """Declare publication, as the lead official."""
    done(story.moves(story.lead, "publication", reason="Seen live on the public page.", **body))


def worker(story: Story) -> int:
    """Do what the worker does with texts at this instant; gives how much there was."""
    due = text_releasing.texts_due(story.tools)
    for text_id in due:
        text_releasing.settle_text(story.tools, text_id)
    return len(due)


def state(story: Story, made: dict[str, Any]) -> tuple[str, list[str]]:
    """Give how a text stands, as the statistician is told it."""
    shown = story.get(story.statistician, texts(story, made["prepared_text_id"]))
    return shown["state"], shown["holds"]


def takes(story: Story, who: Reader | str, made: dict[str, Any]) -> httpx2.Response:
    """Ask for a text to send it."""
    return story.post(who, texts(story, f"{made['prepared_text_id']}/taking"))


def reads_words(story: Story, who: Reader | str, made: dict[str, Any], **body: Any) -> httpx2.Response:
    """Ask for the words of a text."""
    return story.post(who, texts(story, f"{made['prepared_text_id']}/reading"), json=body)


def decides(
    story: Story, made: dict[str, Any], act: str = "decision", who: str = "", reason: str = "Still right."
) -> Any:
    """Let a held text stand, or withdraw it, as the head of profession unless told otherwise."""
    path = texts(story, made["prepared_text_id"])
    revision = story.get(story.head, path)["revision"]
    return story.post(who or story.head, f"{path}/{act}", json={"reason": reason}, revision=revision)


def later(story: Story, minutes: float = 1) -> None:
    """Let some time pass."""
    story.clock.put(story.clock.now() + timedelta(minutes=minutes))
