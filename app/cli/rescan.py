"""``pra rescan``: documents in final form are shown to the malware scanner again, e.g. when it has new signatures."""

from __future__ import annotations

import typer

from app import wiring
from app.actions import rescanning
from app.cli.seed import OPERATOR
from app.rules.errors import PraError


def rescan() -> None:
    """Scan every document that is final and not yet out again; exit status 1 when one is not known to be clean."""
    tools = wiring.service_tools()
    due = rescanning.documents_to_rescan(tools)
    typer.echo(f"Malware scanner: {rescanning.check_scanner(tools)}")
    wrong = 0
    for document_id in due:
        try:
            done = rescanning.rescan(tools, OPERATOR, document_id)
        except PraError as error:
            wrong += 1
            typer.echo(f"{document_id}: {error.detail}", err=True)
            continue
        wrong += not rescanning.is_clean(done)
        typer.echo(f"{document_id} of {done.release_id}: {done.scanned.words}")
    typer.echo(f"{len(due)} scanned, {wrong} not known to be clean.")
    raise typer.Exit(1 if wrong else 0)
