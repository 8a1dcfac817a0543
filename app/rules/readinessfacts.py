"""What is known of a release that readiness is judged from, and how each thing that must be there can stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.rules.facts import Release
from app.rules.pageconfirmations import Ended, PageConfirmation


class Need(StrEnum):
    """What must be there."""

    LIST_CONFIRMED = "list_confirmed"
    DECLARATIONS_SIGNED = "declarations_signed"
    LIST_APPROVED = "list_approved"
    DOCUMENTS_FINAL = "documents_final"
    WATCH_PLANNED = "watch_planned"
    SIGNED_OFF = "signed_off"
    PAGE_CONFIRMED = "page_confirmed"
    LIST_OF_POSTS = "list_of_posts"


class Standing(StrEnum):
    """How an need stands."""

    DONE = "done"
    NOT_YET = "not_yet"
    MISSING = "missing"
    LATE = "late"


class Light(StrEnum):
    """How a release stands as a whole."""

    ON_TRACK = "on_track"
    TO_DO_NOW = "to_do_now"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class ReadinessFacts:
    """Everything the rule may look at. Instants aware, UTC.

    Attributes:
        known_at: Since when the time set is known: registered, or last moved.
        has_list: There is a draft, or a list in force.
        draft_waits: A draft is newer than what is in force.
        found_wrong: None is in force, since the approval of the one that was is on record as wrong.
        approved_at: When the list in force was approved; None where there is none.
        unanswered: Organisations on the newest version that have not confirmed its rows as they are, by name.
        asked_at: When the last of them was asked; None where one was not.
        listed, unsigned: People on the list in force, and those whom the rule of access refuses for want of a
            declaration.
        documents, not_final: Current documents, and those of them that are drafts.
        watched_url: The page that the watch looks at; None where nothing watches.
        confirmation: The publishing team's last word on the page, standing or not.
        fallen: Why that word stands no more; None while it stands, or where there is none.
        posts_lack: What the list of posts lacks by its Order; empty where it lacks nothing, or none is asked for.
    """

    release: Release
    known_at: datetime
    has_list: bool = False
    draft_waits: bool = False
    found_wrong: bool = False
    approved_at: datetime | None = None
    unanswered: tuple[str, ...] = ()
    asked_at: datetime | None = None
    listed: int = 0
    unsigned: int = 0
    documents: int = 0
    not_final: int = 0
    watched_url: str | None = None
    confirmation: PageConfirmation | None = None
    fallen: Ended | None = None
    posts_lack: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of one need.

    Attributes:
        able_at: Since when it can be done; None while it cannot.
    """

    done: bool
    detail: str
    remedy: str
    able_at: datetime | None
    cause: str = ""
