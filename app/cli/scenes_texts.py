"""The demo, beside the main story: a tweet that waits under seal, so that there is nothing to put in a drawer."""

from __future__ import annotations

from typing import Any

import httpx2

from app.cli.story import Story

WORDS = "The labour market statistics for July are out now. Invented figure: the rate was 5.1 per cent."


def wait(story: Story) -> None:
    """Have the statistician write a tweet that the lead official is to send, and be refused one that is set early."""
    stage = story.stage
    stage.scene("A tweet is written for the day. In 2016 one lay in a locked drawer; this one is sealed")
    owner = stage.do("GET", "/api/v1/me", who=story.lead)["person"]["person_id"]
    body = {"kind": "tweet", "words": WORDS, "channel": "The office's account", "owner_id": owner}
    early = {**body, "ready_from_at": "2016-07-20T08:50:00+01:00"}
    refused = stage.call("POST", _texts(story), who=story.statistician, body=early)
    stage.say(f"set for 8:50: {refused.status_code} {refused.json()['reasons'][0]['detail']}")
    made = stage.do("POST", _texts(story), who=story.statistician, expect=201, body=body)
    story.text_id = made["prepared_text_id"]
    kept = refused.status_code == 403 and story.reasons(refused) == "text_set_early" and WORDS not in str(made)
    stage.promise("text_set_to_go_early_refused", kept, refused.json()["reasons"][0]["source"])


def hold(story: Story) -> None:
    """Show that the tweet is held once the release is moved, and have the head of profession let it stand."""
    stage = story.stage
    stage.clock("2016-07-19T20:05:00+01:00")  # a decision counts for moves that came before it
    text = stage.do("GET", _texts(story, story.text_id), who=story.head)
    body = {"reason": "It speaks of no day."}
    stage.do("POST", f"{_texts(story, story.text_id)}/decision", who=story.head, body=body, if_match=text["etag"])
    stage.promise("text_held_by_a_move", (text["state"], text["holds"]) == ("held", ["moved"]))


def ask_early(story: Story) -> None:
    """Ask for the tweet when the time has come, and publication is not confirmed."""
    stage = story.stage
    stage.sign_in(story.lead)
    refused = _take(story)
    stage.say(f"the tweet, before publication is confirmed: {refused.status_code} {story.reasons(refused)}")
    stage.promise("text_withheld_until_publication", story.reasons(refused) == "not_published")


def send(story: Story) -> None:
    """Take the tweet, publication being confirmed: once."""
    taken, again = _take(story), _take(story)
    kept = taken.status_code == 200 and taken.json()["words"] == WORDS and again.status_code == 409
    story.stage.promise("text_given_once_when_publication_is_confirmed", kept, again.json()["detail"])


def _take(story: Story) -> httpx2.Response:
    return story.stage.call("POST", f"{_texts(story, story.text_id)}/taking", who=story.lead)


def _texts(story: Story, text_id: Any = "") -> str:
    return f"/api/v1/releases/{story.release_id}/prepared-texts{f'/{text_id}' if text_id else ''}"
