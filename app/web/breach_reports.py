"""The report of an incident, written on a page beside the evidence: versions, what differs, signing off, sending."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from app.actions import breaches, exhibits, report_versions, signing_off
from app.actions.report_versions import EDITORS, VersionView
from app.actions.tools import Actor, Tools
from app.api.incident_schemas import IncidentId
from app.api.report_schemas import EditIn, SubmissionIn, VersionIn
from app.api.reports_rendering import DOCUMENT_TYPES, ReportFormat, rendered
from app.api.timelines import picture
from app.rules.errors import Malformed, NotFound
from app.rules.facts import Role
from app.rules.reports import FORM_2009, FORM_2018, FORM_FREE, form_for
from app.web.asking import FaultyForm, Form, FormHere, PersonHere, ToolsHere, checked
from app.web.incidents import decides, involves, typed_instant
from app.web.page_route import PageRoute
from app.web.shell import archive_response, page
from app.web.sign_in import go_to

router = APIRouter(include_in_schema=False, route_class=PageRoute)

VersionId = Annotated[str, Path(pattern=r"^rpv_[0-9a-f]{24}$")]
FORMS = {FORM_2018: "The form of 2018", FORM_2009: "The form of 2009", FORM_FREE: "Free: your own questions"}
DOWNLOADS: dict[str, ReportFormat] = {"odt": "odt", "docx": "docx", "pdf": "pdf", "html": "html"}
_WORDS = {
    "form": "Choose a form",
    "note": "Shorten this to 5,000 characters",
    "submitted_at": "Enter the day and the time at which it was sent, like 10 3 2026 and 2:05pm",
    "submitted_by": "Name the post that sent it",
    "to": "Say to whom it was sent",
    "how": "Say by which way it was sent",
}


@router.get("/producer/incidents/{incident_id}/report")
def versions_page(request: Request, tools: ToolsHere, person: PersonHere, incident_id: IncidentId) -> Response:
    """Show every version of the report, and begin one."""
    return _versions(request, tools, person, incident_id, Form())


@router.post("/producer/incidents/{incident_id}/report")
def begin(request: Request, tools: ToolsHere, person: PersonHere, incident_id: IncidentId, form: FormHere) -> Response:
    """Keep a version, drafted from the log as it stands now."""
    sent: dict[str, object] = {"form": form["form"], "names": form.ticked("names"), "note": form["note"]}
    try:
        given = checked(VersionIn, sent, _WORDS)
        made = report_versions.begin_version(
            tools, person, incident_id, form=given.form, with_names=given.names, note=given.note
        )
    except FaultyForm as error:
        return _versions(request, tools, person, incident_id, form, faults=error.faults)
    except Malformed as error:
        return _versions(request, tools, person, incident_id, form, faults={"names": error.detail})
    return go_to(f"/producer/reports/{made.version.report_version_id}")


@router.get("/producer/reports/{version_id}")
def version_page(request: Request, tools: ToolsHere, person: PersonHere, version_id: VersionId) -> Response:
    """Show one version, what it still waits for, and what can be done with it."""
    return _version(request, tools, person, version_id, Form())


@router.get("/producer/reports/{version_id}/sections/{section}")
def section_page(
    request: Request, tools: ToolsHere, person: PersonHere, version_id: VersionId, section: int
) -> Response:
    """Show one section to be written anew, beside the evidence."""
    return _section(request, tools, person, version_id, section, None)


@router.post("/producer/reports/{version_id}/sections/{section}")
def write(
    request: Request, tools: ToolsHere, person: PersonHere, version_id: VersionId, section: int, form: FormHere
) -> Response:
    """Write one section anew, which makes the next version."""
    kept = report_versions.get_version(tools, person, version_id)
    answers = _written(kept, section, form)
    if not answers:
        faults = {"answer-0": "Nothing differs from what stands already. Change an answer, or go back."}
        return _section(request, tools, person, version_id, section, form, faults=faults)
    sent = {
        "section": section,
        "answers": [{"question": question, "paragraphs": [text]} for question, text in answers.items()],
        "note": form["note"],
    }
    try:
        given = checked(EditIn, sent, {**_WORDS, "answers": "Shorten the answers, or leave a question its answer"})
        made = report_versions.edit_version(
            tools,
            person,
            version_id,
            section=section,
            answers={one.question: one.paragraphs for one in given.answers},
            note=given.note,
        )
    except FaultyForm as error:
        faults = {"answer-0" if name == "answers" else name: said for name, said in error.faults.items()}
        return _section(request, tools, person, version_id, section, form, faults=faults)
    except Malformed as error:
        return _section(request, tools, person, version_id, section, form, faults={"answer-0": error.detail})
    return go_to(f"/producer/reports/{made.version.report_version_id}")


@router.get("/producer/reports/{version_id}/differences")
def differences_page(
    request: Request,
    tools: ToolsHere,
    person: PersonHere,
    version_id: VersionId,
    earlier: Annotated[str, Query(pattern=r"^(rpv_[0-9a-f]{24})?$")] = "",
) -> Response:
    """Show how a version differs from an earlier one."""
    later, before, changes = report_versions.compare(tools, person, version_id, earlier or None)
    card = breaches.get_incident(tools, person, later.incident_id)
    others = [
        one.version
        for one in report_versions.list_versions(tools, person, later.incident_id)
        if one.version.number < later.number
    ]
    return page(
        request, "report_differences.html", card=card, later=later, before=before, changes=changes, others=others
    )


@router.post("/producer/reports/{version_id}/sign-off")
def sign_off(tools: ToolsHere, person: PersonHere, version_id: VersionId, form: FormHere) -> Response:
    """Sign off the version that was read: its hash stood in the page."""
    signing_off.sign_off(tools, person, version_id, sha256=form["sha256"])
    return go_to(f"/producer/reports/{version_id}")


@router.post("/producer/reports/{version_id}/submission")
def submitted(
    request: Request, tools: ToolsHere, person: PersonHere, version_id: VersionId, form: FormHere
) -> Response:
    """Put on record that a signed version was sent. The service sends nothing."""
    try:
        at = typed_instant(form, "sent")
        if at is None:
            raise FaultyForm({"sent_on-day": _WORDS["submitted_at"]})
        sent: dict[str, object] = {name: form[name] for name in ("submitted_by", "to", "how")}
        given = checked(SubmissionIn, {**sent, "submitted_at": at}, _WORDS)
        signing_off.record_submission(
            tools,
            person,
            version_id,
            submitted_at=given.submitted_at,
            submitted_by=given.submitted_by,
            to_whom=given.to,
            how=given.how,
        )
    except FaultyForm as error:
        faults = dict.fromkeys(error.faults, _WORDS["submitted_at"]) if "sent_on-day" in error.faults else error.faults
        return _version(request, tools, person, version_id, form, faults=faults)
    except Malformed as error:
        return _version(request, tools, person, version_id, form, faults={"sent_on-day": error.detail})
    return go_to(f"/producer/reports/{version_id}")


@router.get("/producer/reports/{version_id}/download/{fmt}")
def download(
    tools: ToolsHere, person: PersonHere, version_id: VersionId, fmt: Annotated[str, Path(max_length=10)]
) -> Response:
    """Give a version as ODT, DOCX, PDF or HTML, or its exhibits as a ZIP."""
    if fmt == "exhibits":
        content = exhibits.archive_of_version(tools, person, version_id, picture)
        return archive_response(content, f"exhibits-{version_id}.zip")
    if fmt not in DOWNLOADS:
        raise NotFound("")
    kept = report_versions.get_version(tools, person, version_id)
    return rendered(tools, kept.as_report(), DOWNLOADS[fmt], {})


def _edits(person: Actor, card: Any) -> bool:
    if card.organisation_id is None:
        return person.has(None, Role.ADMINISTRATOR)
    return person.has(card.organisation_id, *EDITORS)


def _asked(kept: VersionView, section: int) -> list[tuple[str, str]]:
    """Give question and answer of one section, as they are typed."""
    sections = kept.as_report().sections
    if not 1 <= section <= len(sections):
        raise NotFound("")
    return [(one.question, "\n\n".join(one.paragraphs)) for one in sections[section - 1].answers]


def _written(kept: VersionView, section: int, form: Form) -> dict[str, str]:
    """Give the answers that were typed: those that differ, or all of them where the questions are the writer's own."""
    asked = _asked(kept, section)
    if kept.version.form == FORM_FREE:
        rows = [(form[f"question-{place}"], form[f"answer-{place}"]) for place in range(len(asked) + 1)]
        typed = {question: text for question, text in rows if question or text}
        return {} if list(typed.items()) == asked else typed
    return {
        question: form[f"answer-{place}"]
        for place, (question, stood) in enumerate(asked)
        if form[f"answer-{place}"].split() != stood.split()
    }


def _versions(
    request: Request,
    tools: Tools,
    person: Actor,
    incident_id: str,
    form: Form,
    *,
    faults: dict[str, str] | None = None,
) -> Response:
    card = breaches.get_incident(tools, person, incident_id)
    in_force = form_for(card.occurred_at)
    chosen = form["form"] or in_force
    forms = [
        {
            "value": value,
            "text": text,
            "checked": chosen == value,
            "hint": {"text": "In force when it happened"} if value == in_force else None,
        }
        for value, text in FORMS.items()
    ]
    shown = {
        "card": card,
        "versions": report_versions.list_versions(tools, person, incident_id),
        "edits": _edits(person, card),
        "forms": forms,
        "form_words": FORMS,
        "form": form,
        "faults": faults or {},
    }
    return page(request, "report_versions.html", status=422 if faults else 200, **shown)


def _version(
    request: Request,
    tools: Tools,
    person: Actor,
    version_id: str,
    form: Form,
    *,
    faults: dict[str, str] | None = None,
) -> Response:
    kept = report_versions.get_version(tools, person, version_id)
    card = breaches.get_incident(tools, person, kept.version.incident_id)
    shown = {
        "kept": kept,
        "card": card,
        "report": kept.as_report() if kept.version.content else None,
        "edits": _edits(person, card) and kept.newest,
        "decides": decides(person, card) and not involves(person, card),
        "involves": involves(person, card),
        "form_words": FORMS,
        "downloads": [*DOCUMENT_TYPES, "html"],
        "form": form,
        "faults": faults or {},
    }
    return page(request, "report_version.html", status=422 if faults else 200, **shown)


def _section(
    request: Request,
    tools: Tools,
    person: Actor,
    version_id: str,
    section: int,
    form: Form | None,
    *,
    faults: dict[str, str] | None = None,
) -> Response:
    kept = report_versions.get_version(tools, person, version_id)
    card = breaches.get_incident(tools, person, kept.version.incident_id)
    if not _edits(person, card) or not kept.version.content:
        raise NotFound("")
    asked = _asked(kept, section)
    free = kept.version.form == FORM_FREE
    rows = [(*one, place) for place, one in enumerate([*asked, ("", "")] if free else asked)]
    if form is not None:
        rows = [
            (form[f"question-{place}"] if free else question, form[f"answer-{place}"], place)
            for question, _, place in rows
        ]
    report = kept.as_report()
    shown = {
        "kept": kept,
        "card": card,
        "report": report,
        "section": section,
        "heading": report.sections[section - 1].heading,
        "rows": rows,
        "free": free,
        "number_of": {entry_id: number for number, entry_id in enumerate(report.exhibits, 1)},
        "note": form["note"] if form else "",
        "faults": faults or {},
    }
    return page(request, "report_section.html", status=422 if faults else 200, **shown)
