"""What an import of a list does, or would do, as JSON."""

from __future__ import annotations

from pydantic import Field

from app.actions.importing import Imported
from app.api.grant_schemas import minutes_of
from app.api.list_schemas import ListSummaryOut, SeatOut, seat_out, summary_out
from app.api.schemas import Out
from app.rules.facts import GrantClass
from app.rules.planned import problem_record


class RowProblemOut(Out):
    """One thing that is wrong with, or odd about, a row of the sheet."""

    row: int = Field(description="As you count, from 1.", examples=[4])
    column: str = Field(description="Your own heading; empty when the whole row is meant.", examples=["Role"])
    code: str = Field(examples=["duplicate_row"])
    detail: str = Field(examples=["The same post of the same organisation stands in row 2."])
    severity: str = Field(description="error (stops the import) or warning", examples=["warning"])


class PlannedRowOut(Out):
    """One seat that the sheet puts on the list."""

    row: int = Field(examples=[4])
    post: str = Field(examples=["Special Adviser"])
    organisation: str = Field(examples=["HM Treasury"])
    seat: int = Field(examples=[2])
    asked_minutes: int | None
    grant_class: GrantClass
    ground: str = Field(examples=["Answers questions on the figures in the hour after publication."])
    email: str = Field(examples=["robin.example@department.gov.example"])
    is_group: bool


class NewPersonOut(Out):
    """Somebody the import adds as a person."""

    name: str = Field(examples=["Robin Example"])
    email: str = Field(examples=["robin.example@department.gov.example"])


class ImportOut(Out):
    """What an import does, in buckets. After a dry run nothing has been done and `draft` is null."""

    to_add: list[PlannedRowOut]
    already_on_list: list[PlannedRowOut]
    no_longer_on_list: list[SeatOut]
    left_out_rows: list[int] = Field(description="Rows that are not pre-release access.", examples=[[14]])
    people_to_add: list[NewPersonOut]
    problems: list[RowProblemOut] = Field(description="Errors first.")
    notes: list[str] = Field(examples=[["Row 12 stands under a heading of its own."]])
    draft: ListSummaryOut | None


def import_out(imported: Imported) -> ImportOut:
    """Write what an import does, or did."""
    plan = imported.plan
    rows = [
        (
            one.listed,
            PlannedRowOut(
                row=one.row,
                post=one.post,
                organisation=one.organisation,
                seat=one.seat,
                asked_minutes=minutes_of(one.asked),
                grant_class=one.grant_class,
                ground=one.ground,
                email=one.email,
                is_group=one.is_group,
            ),
        )
        for one in plan.rows
    ]
    return ImportOut(
        to_add=[row for listed, row in rows if not listed],
        already_on_list=[row for listed, row in rows if listed],
        no_longer_on_list=[seat_out(seat) for seat in plan.gone],
        left_out_rows=list(plan.left_out),
        people_to_add=[NewPersonOut(name=name, email=email) for name, email in plan.people_to_add],
        problems=[
            RowProblemOut.model_validate(problem_record(one)) for one in (*plan.errors, *plan.warnings, *plan.unnamed)
        ],
        notes=list(plan.notes),
        draft=summary_out(imported.listed) if imported.listed else None,
    )
