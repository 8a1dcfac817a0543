"""Facts for tests, made by plain functions. Each gives something sound; a test states everything that matters to it.

Whatever is given by name replaces what stands here, so a test reads as the one thing that is wrong, or right.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.rules.facts import (
    LONDON,
    AccessFacts,
    Declaration,
    DocumentCard,
    DocumentState,
    EligibilityList,
    Grant,
    ListState,
    Order,
    Person,
    Producer,
    Release,
    ReleaseState,
    Sensitivity,
)

DAY = timedelta(hours=24)
MICROSECOND = timedelta(microseconds=1)
WORDS_SHA256 = "5e" * 32


def london(
    year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0, *, fold: int = 0
) -> datetime:
    """An instant by the London clock, in UTC. ``fold=1`` is the second pass of the hour that comes twice."""
    return datetime(year, month, day, hour, minute, second, tzinfo=LONDON, fold=fold).astimezone(UTC)


PUBLISHES_AT = london(2026, 11, 3, 9, 30)


def a_producer(**changes: Any) -> Producer:
    """A producer that asks everybody for a declaration."""
    return replace(Producer("prd_weather", "Office for Weather Statistics"), **changes)


def a_person(**changes: Any) -> Person:
    """A person with an address at an example department."""
    return replace(Person("per_ash", "Ash Rowan", "ash.rowan@fog.gov.example"), **changes)


def a_release(**changes: Any) -> Release:
    """A market-sensitive release under the UK Order, signed off, set for Tuesday 3 November 2026 at 09:30."""
    sound = Release(
        release_id="rel_rain",
        producer=a_producer(),
        title="Rainfall, October 2026",
        order=Order.UK,
        sensitivity=Sensitivity.MARKET_SENSITIVE,
        state=ReleaseState.FINAL,
        publishes_at=PUBLISHES_AT,
        public_url="https://weather.gov.example/rainfall",
    )
    return replace(sound, **changes)


def a_grant(**changes: Any) -> Grant:
    """A grant of the Order's own span to a person who has held the post for years."""
    sound = Grant(
        grant_id="grt_flood",
        post_title="Head of Flood Policy",
        organisation="Department for Fog",
        person_id="per_ash",
        ground="answers questions on floods at the time of publication",
        held_from_on=date(2020, 1, 6),
    )
    return replace(sound, **changes)


def an_approved_list(*grants: Grant, **changes: Any) -> EligibilityList:
    """An approved list of these grants, or of one sound grant."""
    sound = EligibilityList(
        list_id="lst_rain",
        release_id="rel_rain",
        version=1,
        state=ListState.APPROVED,
        grants=grants or (a_grant(),),
        prepared_by="per_birch",
        approved_by="per_cedar",
        approved_at=PUBLISHES_AT - 7 * DAY,
        sha256="11" * 32,
    )
    return replace(sound, **changes)


def a_document(**changes: Any) -> DocumentCard:
    """A document of the release, fixed as final form."""
    sound = DocumentCard(
        document_id="doc_rain",
        release_id="rel_rain",
        file_name="rainfall.pdf",
        media_type="application/pdf",
        sha256="22" * 32,
        plain_bytes=1_000,
        state=DocumentState.FINAL,
    )
    return replace(sound, **changes)


def a_declaration(**changes: Any) -> Declaration:
    """A declaration of today's words, signed five days before publication, for a year."""
    sound = Declaration(
        declaration_id="dcl_ash",
        person_id="per_ash",
        undertaking_sha256=WORDS_SHA256,
        list_version=1,
        signed_at=PUBLISHES_AT - 5 * DAY,
        lapses_at=PUBLISHES_AT + 360 * DAY,
    )
    return replace(sound, **changes)


def facts_that_permit(**changes: Any) -> AccessFacts:
    """Facts under which the person may open the document from ``PUBLISHES_AT`` less 24 hours."""
    sound = AccessFacts(
        person=a_person(),
        release=a_release(),
        document=a_document(),
        eligibility_list=an_approved_list(),
        grants=(a_grant(),),
        declarations=(a_declaration(),),
        undertaking_sha256=WORDS_SHA256,
    )
    return replace(sound, **changes)
