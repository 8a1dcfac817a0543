"""What stands outside ``/api/v1``: problem pages, receipts, health, and the public keys."""

from __future__ import annotations

from html import escape

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from pydantic import Field

from app.actions import auditing, rescanning, witnessing
from app.api.asking import ToolsHere
from app.api.problems import PROBLEMS
from app.api.public_answers import PUBLIC_RESPONSES, PublicRoute
from app.api.schemas import PROBLEM_RESPONSES, Out
from app.rules.errors import Code, NotFound

router = APIRouter(tags=["about"])
public = APIRouter(tags=["about"], route_class=PublicRoute)


class Health(Out):
    """Whether the service is alive, or ready."""

    status: str = Field(examples=["ready"])


class Readiness(Health):
    """Whether the service can serve, and whether uploads can be scanned."""

    malware_scanner: str = Field(
        description="answers, does not answer, not known yet, or none; asked every few seconds at most",
        examples=["answers"],
    )
    witnesses: str = Field(
        description="cosigning, silent, not all have cosigned yet, or none; one that is silent stops no reader",
        examples=["cosigning"],
    )


class LogKeysOut(Out):
    """Public keys of the log."""

    vkeys: list[str] = Field(
        examples=[["pra-gatekeeper.example+3a1f09bc+BAqdT2Z0c1E4kq3m5r7u9w1x3z5C7E9G1I3K5M7O9Q=="]]
    )


@router.get("/healthz", operation_id="health", summary="Is the process alive?")
def health() -> Health:
    """Answer as long as the process runs; asks nothing of any store."""
    return Health(status="alive")


@router.get(
    "/readyz",
    operation_id="readiness",
    summary="Can it serve?",
    responses={status: PROBLEM_RESPONSES[status] for status in (500, 503)},
)
def readiness(tools: ToolsHere) -> Readiness:
    """Check the clock, the database and the log; anything doubtful answers 503. A scanner alone stops no reader."""
    auditing.check_ready(tools)
    return Readiness(
        status="ready",
        malware_scanner=rescanning.scanner_state(tools),
        witnesses=witnessing.witnesses_state(tools),
    )


@public.get(
    "/problems",
    operation_id="problem_index",
    summary="Every kind of problem",
    response_class=HTMLResponse,
    responses={
        200: {"content": {"text/html": {"schema": {"type": "string"}}}, "description": "The list of problems"},
        **{status: PUBLIC_RESPONSES[status] for status in (304, 429)},
    },
)
def problem_index() -> HTMLResponse:
    """List every problem code with a link to its page."""
    rows = "".join(
        f'<tr><td><a href="/problems/{code.value}">{escape(code.value)}</a></td>'
        f"<td>{row.status}</td><td>{escape(row.title)}</td></tr>"
        for code, row in PROBLEMS.items()
    )
    table = f"<table><thead><tr><th>Code</th><th>Status</th><th>Title</th></tr></thead><tbody>{rows}</tbody></table>"
    return HTMLResponse(page("Problems", f"<h1>Problems this service can answer with</h1>{table}"))


@public.get(
    "/problems/{code}",
    operation_id="problem_page",
    summary="What a problem means and what would put it right",
    response_class=HTMLResponse,
    responses={
        200: {"content": {"text/html": {"schema": {"type": "string"}}}, "description": "The page"},
        **{status: PUBLIC_RESPONSES[status] for status in (304, 404, 429)},
    },
)
def problem_page(code: str) -> HTMLResponse:
    """Explain one problem code."""
    if code not in {known.value for known in Code}:
        raise NotFound("There is no such problem.")
    row = PROBLEMS[Code(code)]
    return HTMLResponse(
        page(
            row.title,
            f"<h1>{escape(row.title)}</h1><p>{escape(row.meaning)}</p><h2>What would put it right</h2>"
            f"<p>{escape(row.remedy)}</p><p>Code <code>{escape(code)}</code>, HTTP status {row.status}. "
            '<a href="/problems">All problems</a></p>',
        )
    )


@router.get(
    "/api/v1/keys/log",
    operation_id="log_key",
    summary="The public key of the log",
    responses={500: PROBLEM_RESPONSES[500]},
)
def log_key(tools: ToolsHere) -> LogKeysOut:
    """Give the verifier keys of the log's checkpoints, newest first, as C2SP signed-note vkeys; needs no sign-in."""
    return LogKeysOut(vkeys=auditing.log_vkeys(tools))


def page(title: str, body: str) -> str:
    """Wrap some HTML into a plain, accessible page."""
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} – Pre-release access gatekeeper</title>"
        '<link rel="stylesheet" href="/static/plain.css"></head>'
        f'<body><a class="skip" href="#main">Skip to main content</a><main id="main">{body}</main></body></html>'
    )
