"""``pra mail``: letters that wait, how far letters came, sending one again, and messages that came back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from app import wiring
from app.actions import deliveries, receipts
from app.actions.deliveries import LetterRow
from app.cli.seed import OPERATOR
from app.rules.deliveries import STATE_WORDS, Doubt, state_of
from app.rules.facts import london_text

app = typer.Typer(no_args_is_help=True)

_MANY = 10_000
_MESSAGE_LIMIT_BYTES = 1024**2
_DOUBTS = {Doubt.PERHAPS_TWICE: ", perhaps twice", Doubt.TWICE: ", twice"}
_LimitHere = Annotated[int, typer.Option(min=1, max=_MANY, help="At most so many lines.")]


@app.command()
def queue(limit: _LimitHere = 100) -> None:
    """Show the letters that wait, the newest first: since when, how often tried, and what stood in the way."""
    found = deliveries.list_letters(wiring.service_tools(), OPERATOR, waiting=True, limit=limit)
    for one in found:
        tried = f"tried {one.tries}, last: {one.track.error}" if one.track.error else "not tried yet"
        typer.echo(
            f"{one.notice_id}  {one.kind}  {one.email}  since {london_text(one.track.queued_at)}; {tried}; "
            f"next {london_text(one.due_at)}"
        )
    typer.echo(_counted(found, "waits", "wait", limit))


@app.command()
def states(
    email: Annotated[str, typer.Option(help="Only letters to this address.")] = "",
    undelivered: Annotated[bool, typer.Option(help="Only letters that came back or could not be sent.")] = False,
    limit: _LimitHere = 100,
) -> None:
    """Show how far letters came, the newest first. Neither their words nor codes are shown."""
    address = email.strip().lower() or None
    found = deliveries.list_letters(
        wiring.service_tools(), OPERATOR, undelivered=undelivered, email=address, limit=limit
    )
    for one in found:
        typer.echo(_line(one))
    typer.echo(_counted(found, "is shown", "are shown", limit))


@app.command("send-again")
def send_again(notice_id: Annotated[str, typer.Argument(help="The letter, not_….")]) -> None:
    """Let a letter that came back or could not be sent go once more, as it was written."""
    letter = deliveries.send_again(wiring.service_tools(), OPERATOR, notice_id)
    typer.echo(f"{letter.notice_id} to {letter.email} goes once more within seconds.")


@app.command()
def bounce(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Messages, a file each; left out, one is read from standard input.")
    ] = None,
) -> None:
    """Read messages by which mail systems say that a letter did not arrive (RFC 3464). Exit status 1 where one is none.

    Have the mailbox of PRA_MAIL_FROM hand each message to this command, or run it on those that lie there.
    """
    tools = wiring.service_tools()
    given = [(str(path), _start_of(path)) for path in files or []]
    unread = 0
    for name, octets in given or [("standard input", sys.stdin.buffer.read(_MESSAGE_LIMIT_BYTES + 1))]:
        taken = receipts.take_returned(tools, octets)
        for one in taken:
            what = "on record" if one.noted else "on record already" if one.notice_id else "no letter of ours"
            typer.echo(f"{name}: {one.returned.became.value} {one.returned.code}: {one.notice_id or 'unknown'}, {what}")
        if not any(one.notice_id for one in taken):
            unread += 1
            typer.echo(f"{name}: no message about a letter of ours", err=True)
    raise typer.Exit(1 if unread else 0)


def _start_of(path: Path) -> bytes:
    try:
        with path.open("rb") as message:
            return message.read(_MESSAGE_LIMIT_BYTES + 1)
    except OSError as error:
        raise typer.BadParameter(f"{path} cannot be read") from error


def _line(one: LetterRow) -> str:
    state = state_of(one.track)
    failed = one.track.error is not None and (one.track.sent_at is None or one.track.bounce is not None)
    why = f" ({one.track.error})" if failed else ""
    version = f", version {one.text_version} of its text" if one.text_version else ""
    return (
        f"{one.notice_id}  {one.kind}  {one.email}  {london_text(one.track.queued_at)}: "
        f"{STATE_WORDS[state].lower()}{_DOUBTS.get(one.doubt, '')}{why}{version}"
    )


def _counted(found: tuple[LetterRow, ...], single: str, many: str, limit: int) -> str:
    more = "; there may be more" if len(found) == limit else ""
    return f"1 letter {single}{more}." if len(found) == 1 else f"{len(found)} letters {many}{more}."
