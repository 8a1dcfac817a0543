"""Releases as JSON: what goes in and what comes out."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from app.actions.releases import ReleaseView
from app.api.people import PersonId
from app.api.schemas import In, Line, Moment, Out, Paragraphs
from app.rules.acknowledgement import Told, is_asked
from app.rules.calendar import Shortfall
from app.rules.dayletters import banner
from app.rules.facts import Order, Sensitivity, london_text
from app.rules.marking import label_of
from app.rules.rehearsals import heading_of

ProducerId = Annotated[str, StringConstraints(pattern=r"^prd_[0-9a-f]{24}$")]
Address = Annotated[str, StringConstraints(max_length=500, pattern=r"^https://[!-~]+$")]
_RELEASE = "rel_5f3a9c1e7b2d4a6088c9d1e2"
_PRODUCER = "prd_1a2b3c4d5e6f708192a3b4c5"
_PERSON = "per_9d8c7b6a5f4e3d2c1b0a9f8e"
_REASON = "The quality assurance of table 4 is not finished."


class ReleaseIn(In):
    """A release to be registered."""

    producer_id: ProducerId = Field(examples=[_PRODUCER])
    title: Line = Field(examples=["UK labour market statistics: March 2026"])
    order: Annotated[Order, Field(strict=False)] = Field(description="The governing Order.", examples=["uk"])
    sensitivity: Annotated[Sensitivity, Field(strict=False)] = Field(examples=["market_sensitive"])
    publishes_at: Moment = Field(description="09:30 in London on a weekday, or another time with its exemption.")
    also_market_sensitive: bool = Field(
        False, description="Economic or excepted statistics under the Scottish Order that are market sensitive besides."
    )
    series: Line | None = Field(None, examples=["UK labour market statistics"])
    public_url: Address | None = Field(None, examples=["https://statistics.gov.example/labour-market/march-2026"])
    time_exemption: Paragraphs = Field("", description="What allows another time than 09:30 on a weekday.")
    lead_official_id: PersonId | None = Field(None, examples=[_PERSON])
    rehearsal: bool = False


class ReasonIn(In):
    """Why; kept in the log, and told to everybody listed; never in the public calendar."""

    reason: Paragraphs = Field("", examples=[_REASON])


class ReschedulingIn(ReasonIn):
    """The new time, and why."""

    publishes_at: Moment
    time_exemption: Paragraphs | None = Field(None, description="Leave out to keep the exemption on record.")


class PublicationIn(ReasonIn):
    """How it is known that the release is public, and since when."""

    reason: Paragraphs = Field("", examples=["Seen live on the public page by two people."])
    published_at: Moment | None = Field(None, description="Leave out for this moment.")


class NoticeOut(Out):
    """Where the notice given of a release is shorter than is asked for. A warning, never a refusal."""

    code: str = Field(description="four_weeks or six_months", examples=["four_weeks"])
    source: str = Field(examples=["Code 2025 3.1"])
    detail: str = Field(examples=["The exact date and time should be known four weeks ahead; this is 3 days short."])
    short_by_days: int = Field(examples=[3])


class PreparationOut(Out):
    """What only those with a role with the producer, or with the whole service, see."""

    state: str = Field(examples=["announced"])
    time_exemption: str = Field(examples=[""])
    lead_official_id: str | None = Field(examples=[_PERSON])
    prepared_by: str = Field(examples=[_PERSON])
    added_at: Moment
    notice: list[NoticeOut] = Field(description="Where the notice given of the time set is too short.")


class AccessOut(Out):
    """On what footing you yourself are given access, by one of your posts."""

    post: str = Field(examples=["Private Secretary, Department for Examples"])
    ground_letter: str = Field(description="Of the Order's own ground, where one is named.", examples=["a"])
    ground_words: str = Field(
        description="What that ground is, where the Order wants you told.",
        examples=["(a) so that the Scottish Ministers can comment publicly with a correct understanding"],
    )
    ground: str = Field(description="Why your post needs it.", examples=["Briefs the Minister on the day"])
    conditions: list[str] = Field(description="Those set for you.", examples=[["Read in room 4.12"]])
    requirements: list[str] = Field(
        description="What paragraph 5 of the Scottish or the Welsh Order asks of you, whether you sign or not.",
        examples=[["You must not use the statistics for personal gain. (Schedule, paragraph 5(6))"]],
    )
    marking: str = Field(description="How the statistics are marked.", examples=["Restricted Statistics"])


class ReleaseOut(Out):
    """A release. What is in it is told by its documents, and only while they may be read."""

    release_id: str = Field(examples=[_RELEASE])
    producer_id: str = Field(examples=[_PRODUCER])
    producer: str = Field(examples=["Office for Example Statistics"])
    contact: str = Field(examples=["Release desk, 01632 960000"])
    title: str = Field(examples=["UK labour market statistics: March 2026"])
    order: Order
    sensitivity: Sensitivity
    also_market_sensitive: bool = Field(description="Beside its class; where the class says so it is false.")
    phase: str = Field(
        description="planned, announced, final, open, overdue, published, postponed or cancelled", examples=["open"]
    )
    banner: str | None = Field(
        description="Show it above everything else. Set while the release is overdue; null otherwise.",
        examples=["Not yet published. It was due on Tuesday 10 March 2026, 9:30am (UK time). The embargo still holds."],
    )
    publishes_at: Moment = Field(description="The time set; for a postponed release, the time it had.")
    publishes_at_london: str = Field(examples=["Tuesday 10 March 2026, 9:30am (UK time)"])
    opens_at: Moment | None = Field(description="When your own window opens; null when there is none.")
    opens_at_london: str | None = Field(examples=["Monday 9 March 2026, 9:30am (UK time)"])
    published_at: Moment | None
    public_url: str | None
    marking: str = Field(description="What stands on every copy of it.", examples=["RESTRICTED"])
    access: list[AccessOut] = Field(description="Your own, from the list in force; empty when you are not on it.")
    acknowledge: bool = Field(description="Opening a document must say `acknowledged`: that you have read `access`.")
    series_id: str | None = Field(examples=["ser_3c4d5e6f708192a3b4c5d6e7"])
    rehearsal: bool
    heading: str = Field(description="Heads whatever is told of a rehearsal; empty for a real release.", examples=[""])
    preparation: PreparationOut | None
    revision: int = Field(description="Send it as If-Match with a change.", examples=[3])


class ReleasePageOut(Out):
    """Releases by the time set for publication."""

    results: list[ReleaseOut]
    next: str | None = Field(None, description="Give this as `after` to go on; null at the end.")


class MoveOut(Out):
    """One thing that was done to a release as a whole."""

    move: str = Field(examples=["reschedule"])
    from_state: str = Field(examples=["final"])
    to_state: str = Field(examples=["final"])
    from_publishes_at: Moment
    to_publishes_at: Moment
    at: Moment
    reason: str = Field(examples=[_REASON])


class HistoryOut(Out):
    """Every move, oldest first."""

    results: list[MoveOut]
    next: str | None = Field(None, description="Always null: a release is moved few times.")


def release_out(view: ReleaseView) -> ReleaseOut:
    """Write a release as one person may see it."""
    row, release = view.row, view.row.release
    preparation = PreparationOut(
        state=release.state.value,
        time_exemption=row.time_exemption,
        lead_official_id=row.lead_official_id,
        prepared_by=row.prepared_by,
        added_at=row.added_at,
        notice=[notice_out(short) for short in view.short],
    )
    return ReleaseOut(
        release_id=release.release_id,
        producer_id=release.producer.producer_id,
        producer=release.producer.name,
        contact=row.contact,
        title=release.title,
        order=release.order,
        sensitivity=release.sensitivity,
        also_market_sensitive=release.also_market_sensitive,
        phase=view.phase.value,
        banner=banner(release, view.phase),
        publishes_at=release.publishes_at,
        publishes_at_london=london_text(release.publishes_at),
        opens_at=view.opens_at,
        opens_at_london=london_text(view.opens_at) if view.opens_at else None,
        published_at=release.published_at,
        public_url=release.public_url,
        marking=label_of(release),
        access=[access_out(told) for told in view.told],
        acknowledge=is_asked(release),
        series_id=release.series_id,
        rehearsal=release.rehearsal,
        heading=heading_of(release),
        preparation=preparation if view.staff else None,
        revision=row.revision,
    )


def access_out(told: Told) -> AccessOut:
    """Write what one grant tells its holder."""
    return AccessOut(
        post=told.post,
        ground_letter=told.ground_letter,
        ground_words=told.ground_words,
        ground=told.ground,
        conditions=list(told.conditions),
        requirements=list(told.requirements),
        marking=told.marking,
    )


def notice_out(short: Shortfall) -> NoticeOut:
    """Write a notice that is too short."""
    return NoticeOut(code=short.code, source=short.source, detail=short.detail, short_by_days=short.short_by_days)
