"""One total table from codes to RFC 9457 problem documents, and the handlers that answer with them.

Existence is a secret: ``not_found`` has one title, one detail and one status, whoever asks and whyever.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.actions import refusals
from app.actions.tools import NOTHING_THERE
from app.api.signposts import ROUTES_HERE
from app.rules.errors import (
    Broken,
    Busy,
    Code,
    Malformed,
    Mistake,
    NotFound,
    NotSignedIn,
    PraError,
    Refused,
    TooManyTries,
)
from app.rules.reasons import instant_text

logger = logging.getLogger("pra.api")
UPLOAD_AGAIN_AFTER_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Problem:
    """One row: how a code is shown.

    Attributes:
        meaning: What it means, for the page at ``/problems/{code}``.
        remedy: What would put it right, for the same page.
    """

    title: str
    status: int
    meaning: str
    remedy: str


PROBLEMS: dict[Code, Problem] = {
    Code.ACCESS_REFUSED: Problem(
        "Access refused",
        403,
        "You may not open this document at this moment. Every condition that failed is listed in “reasons”, with the "
        "clause it comes from and, where there is one, the instant at which it stops being true.",
        "Do what each reason's “remedy” says, or wait until its “until”. If you think the facts are wrong, quote the "
        "receipt to the producer.",
    ),
    Code.ROLE_REQUIRED: Problem(
        "Another role is needed",
        403,
        "You have business with this organisation, but not the role that this act belongs to.",
        "Ask someone who has the role named in the detail.",
    ),
    Code.SECOND_PERSON_REQUIRED: Problem(
        "A second person is needed",
        403,
        "Whoever prepared or changed a list or a document, or sent it for approval, cannot approve it.",
        "Ask another lead official or the head of profession.",
    ),
    Code.FRESH_SIGN_IN_REQUIRED: Problem(
        "Sign in again first",
        403,
        "This act needs proof, within the last few minutes, that it is really you.",
        "Sign in again and repeat it.",
    ),
    Code.FORM_NOT_OURS: Problem(
        "Send the form again",
        403,
        "The form was not sent from a page of this service that is still open: another site sent it, or you have "
        "signed in or out since you opened the page. Nothing was done.",
        "Open the page again and repeat what you did.",
    ),
    Code.PROVIDER_REQUIRED: Problem(
        "Sign in through your organisation",
        403,
        "People of this address's organisation sign in through the organisation's own sign-in, and get no codes by "
        "e-mail. That is so for every address of its domain, known here or not.",
        "Open the sign-in page in a browser, and give your address there.",
    ),
    Code.LIST_NOT_SOUND: Problem(
        "The list cannot be approved as it is",
        422,
        "Some grants are not allowed by the governing Order or are incomplete. Each is named under “reasons”.",
        "Put each grant right, then approve the list.",
    ),
    Code.LIST_FROZEN: Problem(
        "The list is frozen",
        409,
        "The window has opened, or the head of profession froze the list earlier, so a version that adds or changes "
        "anything is not approved as a matter of course.",
        "Approve it with the reason for the override, or take off what was added and changed.",
    ),
    Code.LETTER_TOO_EARLY: Problem(
        "The letter would come too early",
        403,
        "A letter that calls recipients to their documents goes to nobody before access may begin for each of them. "
        "“reasons” has the clause and, in “until”, the earliest time. Nothing was sent or unlocked.",
        "Set it for that time or later, or send it to those alone whose windows have opened.",
    ),
    Code.PUBLICATION_BLOCKED: Problem(
        "Publication cannot be declared yet",
        409,
        "Something that must exist no later than publication is missing, such as the published list of posts.",
        "Do what each reason's “remedy” says, then declare publication.",
    ),
    Code.CONTINGENCY_REFUSED: Problem(
        "The documents cannot be released here",
        409,
        "The final documents of a release are made public by this service only after the time set for publication, "
        "while the producer's own site does not show them. Whatever stands in the way is listed under “reasons”.",
        "Do what each reason's “remedy” says, then decide again. Nothing was released.",
    ),
    Code.TEXT_REFUSED: Problem(
        "The text cannot be prepared, seen or sent like that",
        403,
        "A text prepared for the day of a release is treated as the statistics in their final form: only those who "
        "produce or publish them see it, it is set to go no earlier than publication, and its owner is given it only "
        "when publication is confirmed and nothing holds it. Whatever stands in the way is listed under “reasons”.",
        "Do what each reason's “remedy” says. Nothing of the text was shown, and nothing was changed.",
    ),
    Code.REINSTATEMENT_REFUSED: Problem(
        "The suspension cannot end yet",
        409,
        "What was asked for when it began has not been done: training, or a re-application that a second person "
        "approved. Each thing that is missing is named under “reasons”.",
        "Do what each reason's “remedy” says, then end the suspension.",
    ),
    Code.ERASURE_REFUSED: Problem(
        "These records cannot be destroyed yet",
        409,
        "The governing Order or the producer's policy keeps them, or something holds them: a legal hold, an open "
        "incident, a request for the record without an answer. Each is named under “reasons” with its clause and, "
        "where there is one, the day from which it no longer does. Nothing was destroyed.",
        "Do what each reason's “remedy” says, or wait until its “until”.",
    ),
    Code.NOT_FOUND: Problem(
        "Nothing here",
        404,
        "There is nothing at this address, or nothing that you may know of. The two are never told apart.",
        "Check the address. If you were sent here, ask the person who sent you.",
    ),
    Code.INVALID_REQUEST: Problem(
        "The request cannot be read",
        422,
        "A field is missing, unknown, of the wrong kind or out of range; “errors” says which. Nothing was done.",
        "Correct the fields named and send it again.",
    ),
    Code.INVALID_INSTANT: Problem(
        "That is no usable time",
        422,
        "A time lacks its offset, does not exist, carries seconds, or is not one at which statistics are published.",
        "Give a whole minute with its offset from UTC, such as 2026-03-10T09:30:00+00:00.",
    ),
    Code.PAGE_TIME_DIFFERS: Problem(
        "The page is scheduled for another time",
        422,
        "A page is confirmed only as scheduled for the very time that is set for its release. The detail says both.",
        "Have the page scheduled for the time of the release, or the release moved by the head of profession, and "
        "confirm it then.",
    ),
    Code.IN_THE_PAST: Problem(
        "That time has passed",
        422,
        "The time lies in the past, where only a future one makes sense.",
        "Give a time in the future.",
    ),
    Code.SHARED_MAILBOX: Problem(
        "A shared mailbox cannot be a person",
        422,
        "Access and declarations belong to one human. Group, team and office mailboxes are read by several people, so "
        "nobody could say who read what.",
        "Give the person's own work address.",
    ),
    Code.ORDER_NOT_BUILT: Problem(
        "The Order does not know this class",
        422,
        "The release has a class of statistics that its governing Order does not know, so no window can be counted.",
        "Correct the release's class, or its Order.",
    ),
    Code.EXCEPTED_STATISTICS: Problem(
        "No access before publication is lawful",
        422,
        "These are excepted statistics: on Scotland's gross domestic product, or on Scottish retail sales. Since "
        "22 April 2023 nobody may be granted access to them before publication.",
        "Publish them without pre-release access.",
    ),
    Code.IMPORT_REJECTED: Problem(
        "The sheet cannot be imported",
        422,
        "Some rows cannot be read as grants, or as releases of a calendar. Each is named under “rows” with what is "
        "wrong. Nothing was imported.",
        "Correct the rows named; use the dry run to check.",
    ),
    Code.SHEET_UNREADABLE: Problem(
        "The file is not a readable sheet",
        422,
        "The file is empty, damaged, too large, not of the kind it was sent as, or no sheet (or calendar) at all.",
        "Save the list as CSV (UTF-8), XLSX or ODS, or a calendar also as ICS, and send it again.",
    ),
    Code.DECLARATION_NOT_VALID: Problem(
        "The declaration was not accepted",
        422,
        "The words agreed to, the signature or the statement signed do not match what the service asks to be signed.",
        "Fetch the declaration again, then sign exactly what it shows.",
    ),
    Code.RANGE_NOT_SATISFIABLE: Problem(
        "Those bytes are not there",
        416,
        "The part of the copy that was asked for begins behind its end. “of_bytes” says how long the copy is.",
        "Compare the length of what you have. If it is the same, you have all of it; otherwise ask from there on.",
    ),
    Code.KEY_NOT_VALID: Problem(
        "The key was not accepted",
        422,
        "To sign with, only a public key on the curve P-256 can be registered, as a JWK with kty, crv, x and y. To "
        "seal copies to, only an age recipient of the form age1….",
        "Send the public part of such a key; never a private key.",
    ),
    Code.DOCUMENT_EMPTY: Problem(
        "The document is empty", 422, "No bytes arrived. Nothing was stored.", "Choose the file again and send it."
    ),
    Code.DOCUMENT_TOO_LARGE: Problem(
        "The document is too large",
        413,
        "More bytes arrived than the service takes. Nothing was stored.",
        "Split the file, or ask the operator about the limit.",
    ),
    Code.DOCUMENT_UNREADABLE: Problem(
        "The document cannot be used",
        422,
        "The file is damaged, already encrypted, or has active parts such as scripts, so that no marked copy can be "
        "made of it. Nothing was stored.",
        "Make a clean PDF of it, or send it in another format.",
    ),
    Code.CHECKSUM_DIFFERS: Problem(
        "The bytes did not come as they were sent",
        460,
        "The bytes of this request do not have the checksum that was sent with them: something was changed on the "
        "way, or not all of them came. Nothing of the request was kept; what was kept before it still is.",
        "Send the same bytes again.",
    ),
    Code.CHECKSUM_NOT_SUPPORTED: Problem(
        "That kind of checksum is not known here",
        400,
        "The checksum of a request's bytes is worked out by SHA-256 or SHA-1; this one is of another kind. Nothing of "
        "the request was kept; what was kept before it still is.",
        "Send Upload-Checksum as “sha256”, a blank, and the digest in Base64; or leave it out.",
    ),
    Code.DOCUMENT_TOO_COMPLEX: Problem(
        "The document is too complex to be read safely",
        422,
        "Files are looked through within bounds of time and memory, so that a file made to exhaust a machine cannot do "
        "so. This one went beyond them. Nothing was stored.",
        "Save it again in a simpler form (print it to a new PDF, save the figures as a plain workbook), or split it.",
    ),
    Code.DOCUMENT_NOT_INERT: Problem(
        "The document holds something that acts",
        422,
        "A document for release must be figures, words and pictures, and no more. This one runs something (macros, "
        "scripts), fetches something from outside when it is opened, hides a file inside it, or is put together so "
        "that two programs read two things in it. The detail says which part. Nothing was stored.",
        "Do what the detail says, for example save the document without macros or break its links, then send it again.",
    ),
    Code.MALWARE_FOUND: Problem(
        "The malware scanner found something",
        422,
        "The document was shown to the malware scanner, which knows something in it by name; “signature” says what. An "
        "upload was not kept, and a draft stays closed. The head of profession and the administrators have been told.",
        "Do not open the file. Tell your security team, and make the document anew on another machine.",
    ),
    Code.DOCUMENT_TYPE_DIFFERS: Problem(
        "The document is of another kind",
        422,
        "The file's name, the media type it was sent with, and what is in it do not agree. Nothing was stored.",
        "Send it under the name and the media type of what it is. A table of text is saved as CSV in UTF-8.",
    ),
    Code.FILE_NAME_NOT_VALID: Problem(
        "The file name cannot be used",
        422,
        "The name is empty or too long, or has a path, control or direction-changing characters in it.",
        "Rename the file with plain letters, digits, spaces, dots and hyphens.",
    ),
    Code.REASON_REQUIRED: Problem(
        "A reason is needed", 422, "This change must carry its reason.", "Say why, then send it again."
    ),
    Code.NO_CHANGE: Problem(
        "That changes nothing", 422, "What was sent is what is already there.", "Nothing is needed."
    ),
    Code.IF_MATCH_REQUIRED: Problem(
        "Say which version you are changing",
        428,
        "A change must carry the ETag of what you read in an If-Match header, so that two editors cannot undo each "
        "other's work.",
        "Read the thing again and send its ETag as If-Match.",
    ),
    Code.IDEMPOTENCY_KEY_NOT_VALID: Problem(
        "The Idempotency-Key cannot be used",
        422,
        "The key must be 8 to 128 visible ASCII characters.",
        "Use a fresh random value, such as a UUID.",
    ),
    Code.METHOD_NOT_ALLOWED: Problem(
        "That cannot be done here",
        405,
        "The address exists, but not for this method.",
        "Look the address up in the API documentation.",
    ),
    Code.UNSUPPORTED_MEDIA_TYPE: Problem(
        "That kind of content is not taken here",
        415,
        "The Content-Type is not one this address takes.",
        "Look the address up in the API documentation.",
    ),
    Code.TUS_VERSION_NOT_SUPPORTED: Problem(
        "That version of tus is not spoken here",
        412,
        "Uploads in parts follow the tus protocol, version 1.0.0; each request says so in its header Tus-Resumable.",
        "Send “Tus-Resumable: 1.0.0”, or use a client that speaks this version.",
    ),
    Code.CHANGED_MEANWHILE: Problem(
        "Somebody changed it first",
        412,
        "It was changed since you read it. Their change stands; yours was not made.",
        "Read it again and repeat your change.",
    ),
    Code.ALREADY_EXISTS: Problem(
        "It exists already", 409, "There is one already; nothing was added.", "Use the one that exists."
    ),
    Code.IDEMPOTENCY_KEY_REUSED: Problem(
        "The Idempotency-Key was used before",
        409,
        "The key was used for another request, or for one that is still being carried out or was cut off.",
        "If it is the same request, look whether it was carried out; else use a fresh key.",
    ),
    Code.HASH_DIFFERS: Problem(
        "That is not the document you think it is",
        409,
        "The hash given is not that of the document that is stored, or of the one that has arrived. Nothing was fixed, "
        "or kept.",
        "Compare the two files, then give the hash of the right one.",
    ),
    Code.REHEARSAL_CROSSED: Problem(
        "Rehearsals and real documents never meet",
        409,
        "A file with exactly this content is on record on the other side: as a real document where this one is for a "
        "rehearsal, or in a rehearsal where this one is real. Nothing was kept, and it is on record as an incident.",
        "For a rehearsal take figures that are made up. If real figures stand in a rehearsal, recall that at once.",
    ),
    Code.UPLOAD_OFFSET_DIFFERS: Problem(
        "The upload stands elsewhere",
        409,
        "The bytes sent do not begin where the upload stands. “upload_offset”, and the header Upload-Offset, say where "
        "that is. Nothing of the request was kept.",
        "Send what follows from there.",
    ),
    Code.UPLOAD_IN_USE: Problem(
        "Somebody is at this upload just now",
        423,
        "Another request is adding to the upload or making the document of it, or its connection broke a few seconds "
        "ago; or that other request has taken over from this one. Of two that are at one upload only one has effect.",
        "Wait a few seconds, ask where the upload stands, and go on from there.",
    ),
    Code.UPLOAD_ENDED: Problem(
        "The upload has ended",
        410,
        "The document is there, or it was refused, so that nothing can be added. Ask for the upload (GET) to see "
        "which, and why.",
        "If it was refused, put the file right and begin anew; what was kept of the old upload is destroyed.",
    ),
    Code.TOO_MANY_UPLOADS: Problem(
        "Too much is unfinished",
        409,
        "Only so many uploads, and so many bytes, may be on their way at once, for one person and for one producer. "
        "The detail says which limit was met.",
        "Finish an unfinished upload or take it back; one that nobody goes on with ends by itself.",
    ),
    Code.WRONG_STATE: Problem(
        "Not possible in this state",
        409,
        "The thing is in a state that does not allow this. “allowed”, where present, says what is possible.",
        "Do what is possible now, or first bring it to the state needed.",
    ),
    Code.ALREADY_REVEALED: Problem(
        "The passphrase was shown before",
        409,
        "A passphrase is shown once. This second request has been recorded and raises an incident.",
        "If it was not you who saw it, press “I should not have this” or tell the producer now; otherwise open the "
        "document again to get a new copy and passphrase.",
    ),
    Code.OPENING_ENDED: Problem(
        "This opening has ended",
        409,
        "An opening has a short life, or was stopped.",
        "Open the document again; the rule is asked afresh.",
    ),
    Code.ALREADY_ENDED: Problem(
        "It has ended already", 409, "It was ended before; the first instant stands.", "Nothing is needed."
    ),
    Code.TOO_MANY_TRIES: Problem(
        "Too many tries",
        429,
        "Too many requests of this kind came from this address or network.",
        "Wait for the time in “retry_after_seconds”.",
    ),
    Code.NOT_SIGNED_IN: Problem(
        "Sign in first",
        401,
        "We do not know who you are: nothing was presented, or it has ended.",
        "Sign in and send the session's token.",
    ),
    Code.AGE_KEY_NEEDED: Problem(
        "There is no key to seal the copy to",
        409,
        "The copy was to be sealed to an age key of your own. You have none, or have ended the one it was for.",
        "Register your age key and open the document again; or open it without “copy_as”, and get a passphrase.",
    ),
    Code.NO_PASSPHRASE: Problem(
        "This copy has no passphrase",
        409,
        "The copy is sealed to your own age key, and nothing else opens it.",
        "Open the file with the private half of your key, for example with “age -d -i”.",
    ),
    Code.CODE_NOT_ACCEPTED: Problem(
        "That code was not accepted",
        401,
        "The code is wrong, used, too old, or for another address. Which of these is not said.",
        "Ask for a new code.",
    ),
    Code.PROVIDER_NOT_ACCEPTED: Problem(
        "You could not be signed in",
        401,
        "What came from the organisation's own sign-in was not accepted: it belongs to another browser, was used or "
        "took too long, or the person is not known here. Which of these is not said.",
        "Begin again from the sign-in page, in the same browser.",
    ),
    Code.PROVIDER_SILENT: Problem(
        "Your organisation's sign-in does not answer",
        503,
        "The organisation's own sign-in did not answer, or not in the way it must. Nobody was signed in.",
        "Try again in a few minutes. If it goes on, your organisation's IT desk must put it right.",
    ),
    Code.BUSY: Problem(
        "The service is busy",
        503,
        "The service is reading documents and making copies as fast as it can, and others asked first. Nothing was "
        "done, and nothing is lost.",
        "Try again after the few seconds that the answer names.",
    ),
    Code.BROKEN: Problem(
        "Something is wrong with the service",
        500,
        "The service met something it cannot vouch for, so it did nothing and served nothing.",
        "Try again; if it stays, quote the receipt to the operator.",
    ),
    Code.LOG_DAMAGED: Problem(
        "The log does not hold",
        500,
        "The log contradicts itself or its last signed checkpoint. Nothing is served until that is settled.",
        "Tell the operator at once.",
    ),
    Code.SEAL_BROKEN: Problem(
        "The sealed document does not hold",
        500,
        "The stored document was altered, cut or lost. Not one doubtful byte is served.",
        "Tell the producer; they can upload it again.",
    ),
    Code.KEY_MISSING: Problem(
        "A key is missing",
        500,
        "A key that is needed is not there. Keys are never made silently.",
        "Tell the operator.",
    ),
    Code.UNRECORDED_CHANGE: Problem(
        "A change was not recorded",
        500,
        "Something would have been changed without an entry in the log, so it was not changed.",
        "Tell the operator; this is a fault of ours.",
    ),
    Code.CLOCK_WRONG: Problem(
        "The clock cannot be trusted",
        503,
        "The service cannot be sure what time it is, so it opens nothing.",
        "Tell the operator.",
    ),
    Code.UNAVAILABLE: Problem(
        "Not available just now",
        503,
        "A store did not answer in time. Nothing was served. If you sent a change, it may or may not have been made.",
        "Try again in a moment; after a change, look first whether it was made.",
    ),
    Code.NOT_SCANNED: Problem(
        "The malware scanner does not answer",
        503,
        "Here every document must be scanned for malware before it is kept or fixed as final, and the scanner did not "
        "answer, took too long or broke off. Nothing was kept or fixed.",
        "Try again in a few minutes; if it stays so, tell the operator, who sees the cause in `pra doctor`.",
    ),
}


def problem_response(error: PraError, receipt: str | None = None) -> JSONResponse:
    """Render an error as ``application/problem+json``.

    Args:
        error: What happened.
        receipt: The id of the entry that records it.
    """
    row = PROBLEMS[error.code]
    hidden = isinstance(error, Broken)
    content: dict[str, Any] = {
        "type": f"/problems/{error.code.value}",
        "title": row.title,
        "status": row.status,
        "detail": row.meaning if hidden or not error.detail else error.detail,
        "code": error.code.value,
    }
    if receipt:
        content["instance"] = f"/api/v1/audit/entries/{receipt}/receipt"
    if isinstance(error, Refused):
        content["reasons"] = [reason.as_record() for reason in error.reasons]
        opens = [reason.until for reason in error.reasons if reason.until]
        if opens:
            content["opens_at"] = instant_text(max(opens))
    if not hidden and not isinstance(error, NotFound):
        content.update({name: value for name, value in error.extra.items() if name not in ("receipt", "outcome")})
    headers = {"Cache-Control": "no-store"}
    if isinstance(error, NotSignedIn):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, TooManyTries | Busy):
        headers["Retry-After"] = str(error.extra.get("retry_after_seconds", 60))
    if error.code is Code.RANGE_NOT_SATISFIABLE:  # RFC 9110 section 14.4
        headers["Content-Range"] = f"bytes */{error.extra['of_bytes']}"
    if error.code is Code.UPLOAD_OFFSET_DIFFERS:
        headers["Upload-Offset"] = str(error.extra["upload_offset"])
    if error.code is Code.UPLOAD_IN_USE:
        headers["Retry-After"] = str(UPLOAD_AGAIN_AFTER_SECONDS)
    return JSONResponse(content, row.status, headers, media_type="application/problem+json")


class LastResort:
    """Answers what nothing else caught, from inside the middleware that sets the safe headers.

    The framework's own last handler stands outside all middleware, so its answers would lack them.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and answer an exception that nobody expected, unless an answer has begun."""
        begun = False

        async def noticing(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noticing)
        except Exception as error:
            if scope["type"] != "http" or begun:
                raise
            answer = await _on_anything_else(Request(scope, receive), error)
            await answer(scope, receive, send)


PageOf = Callable[[Request, PraError, str | None], Response]


def install(app: FastAPI, wants_page: Callable[[Request], bool], page_of: PageOf) -> None:
    """Make every error of this application a problem document, or the page of one.

    Args:
        app: The application.
        wants_page: Says whether it is a person's browser that asks.
        page_of: Renders the problem for it, with the receipt.
    """
    app.state.wants_page, app.state.page_of = wants_page, page_of
    app.add_exception_handler(PraError, _on_pra_error)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(Exception, _on_anything_else)
    app.add_middleware(LastResort)


E = TypeVar("E", bound=Exception)


def _as(kind: type[E], error: Exception) -> E:
    # The framework hands each handler only what it was installed for, but types it as any exception.
    if not isinstance(error, kind):
        raise error
    return error


async def _on_pra_error(request: Request, error: Exception) -> Response:
    return await _answer(request, _as(PraError, error))


async def _on_validation_error(request: Request, error: Exception) -> Response:
    refused = _as(RequestValidationError, error)
    errors = [
        {"where": ".".join(str(part) for part in fault["loc"]), "what": str(fault["msg"])}
        for fault in refused.errors()[:50]
    ]
    places = ", ".join(fault["where"] for fault in errors[:5])
    return await _answer(request, Malformed(f"Not understood: {places}. Nothing was done.", errors=errors))


async def _on_http_exception(request: Request, error: Exception) -> Response:
    error = _as(HTTPException, error)
    if error.status_code == 405:
        refused = Mistake("This address does not take that method.", code=Code.METHOD_NOT_ALLOWED)
        answer = await _answer(request, refused)
        answer.headers["Allow"] = _methods_taken(request)
        return answer
    if error.status_code == 415:
        return await _answer(request, Mistake("", code=Code.UNSUPPORTED_MEDIA_TYPE))
    if error.status_code in (400, 413, 422):
        return await _answer(request, Malformed("The body of the request cannot be read. Nothing was done.", errors=[]))
    return await _answer(request, NotFound(NOTHING_THERE))


def _methods_taken(request: Request) -> str:
    """Say what the address takes, whichever of its routes the refused request came to (RFC 9110 section 15.5.6)."""
    routes = request.scope.get(ROUTES_HERE, request.app.routes)
    here = [route for route in routes if route.matches(request.scope)[0] is not Match.NONE]
    taken = (
        method
        for method in ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in here)
    )
    return ", ".join(taken)


async def _on_anything_else(request: Request, error: Exception) -> Response:
    # Never the exception's text: it may carry what is embargoed. The traceback goes to the operator's own log.
    logger.error("unexpected %s at %s", type(error).__name__, _route(request), exc_info=error)
    return await _answer(request, Broken("unexpected"))


async def _answer(request: Request, error: PraError) -> Response:
    if isinstance(error, Broken):
        logger.error("%s: %s", error.code.value, error.detail)
    receipt = error.extra.get("receipt")
    if receipt is None and _worth_recording(request):
        try:
            receipt = await run_in_threadpool(
                refusals.record_refused_request,
                request.app.state.tools,
                getattr(request.state, "actor", None),
                error,
                method=request.method,
                route=_route(request),
                subject={name: str(value) for name, value in request.path_params.items()},
            )
        except Exception as failed:  # noqa: BLE001  # deliberate: the refusal stands even where it cannot be recorded; it only gets shorter
            logger.error("a refusal could not be recorded: %s", type(failed).__name__)
            error = failed if isinstance(failed, PraError) and isinstance(error, Broken) else error
    if request.app.state.wants_page(request):
        page_of: PageOf = request.app.state.page_of
        return await run_in_threadpool(page_of, request, error, receipt)
    return problem_response(error, receipt)


def _worth_recording(request: Request) -> bool:
    # Whoever presents nothing at an address that does not exist has not come near anything of ours.
    return request.scope.get("route") is not None


def _route(request: Request) -> str:
    return str(getattr(request.scope.get("route"), "path", "unknown"))
