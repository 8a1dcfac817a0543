"""Every text that goes out by letter: what it is, whom it is for, and the number of its version.

Whoever changes the words of one raises its number; a test compares the words with those the number was given to. The
number stands with every letter, so that it can be said later which words somebody was sent.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LetterText:
    """One text.

    Attributes:
        title: What it is, in plain words, as part of a sentence.
        reader: Who gets it.
        version: Raised whenever its words change.
    """

    title: str
    reader: str
    version: int = 1


_LISTED = "people on the list"
_TEAM = "the producer’s team"
_SENIORS = "the lead official and the heads of profession"
_HEADS = "the heads of profession"

TEXTS: dict[str, LetterText] = {
    "access_ended": LetterText("access has ended", _LISTED),
    "alarm": LetterText(
        "an alarm: a release is not out, or came out early", "those on the roster, then everybody above", version=2
    ),
    "annual_list_due": LetterText("the annual list of statistics is due", _HEADS),
    "confirmation": LetterText("a question who may see a release", "a department’s coordinators"),
    "confirmation_answer": LetterText("changes that a department wants", _TEAM),
    "confirmation_open": LetterText("a department has not answered", _SENIORS),
    "corrective_action": LetterText("a corrective action is due", "its owner, then the heads of profession"),
    "declaration_call": LetterText("a call to sign the declaration", _LISTED),
    "declaration_lapses": LetterText("a declaration is about to lapse", "whoever signed it"),
    "declaration_superseded": LetterText("a declaration has to be signed again", "whoever signed it"),
    "declarations_unsigned": LetterText("who has not signed", "the lead official"),
    "deputy_asked": LetterText("a deputy is asked for", _HEADS),
    "deputy_decided": LetterText("what was decided about a deputy", "whoever asked for one"),
    "duty": LetterText("something that an Order asks for is to be done", _SENIORS),
    "erasure_asked": LetterText("somebody asks that their details be erased", "the administrators"),
    "erasure_refused": LetterText("somebody’s details cannot be erased yet", "whoever asked for it"),
    "grant_decided": LetterText("what was decided about somebody’s access", "the person it is about"),
    "holding_ended": LetterText("somebody on a list leaves their post", "the lead officials and heads of profession"),
    "incident": LetterText("an incident is on record, or more is known of one", _SENIORS),
    "incident_clock": LetterText("an incident waits", _HEADS),
    "invitation": LetterText("an invitation to a rehearsal", _LISTED, version=2),
    "list_approved": LetterText("access was given", _LISTED, version=2),
    "malware_found": LetterText("the malware scanner refused a document", "the heads of profession and administrators"),
    "networks": LetterText("a question about the networks of one opening", "whoever opened it"),
    "overdue": LetterText("not yet published: the embargo still holds", _LISTED),
    "page_confirmation": LetterText("a page has to be confirmed anew", "the publishing team"),
    "past_failure": LetterText(
        "something about a person’s access is on record, or no longer", "the person it is about"
    ),
    "production_access": LetterText("access for producing the statistics", "the person it is about"),
    "provider_account_bound": LetterText("a first sign-in through an organisation", "whoever signed in"),
    "readiness": LetterText("what is missing before a release", "whoever owes it, then those above them"),
    "ready_letter": LetterText("documents are ready", _LISTED, version=2),
    "ready_letter_outcome": LetterText(
        "to whom “documents are ready” did not go", "whoever set it, and the lead official"
    ),
    "reapplication": LetterText("an application to be let back, or its decision", "those who decide, or the applicant"),
    "recall": LetterText("a document is recalled", _LISTED),
    "record_request": LetterText("a request for a record of access has no answer", _TEAM),
    "release_moved": LetterText("a release has a new time, is postponed, cancelled or published", _LISTED),
    "retention_due": LetterText("records may be destroyed", _HEADS),
    "second_person": LetterText("a second person is needed", "those who may give the second assent"),
    "seen_live": LetterText("a release has been seen live", _SENIORS, version=2),
    "sign_in_code": LetterText("a code to sign in", "whoever asked for it"),
    "sign_in_provider": LetterText(
        "a sign-in provider is proposed, let in or changed, or a person’s account there unbound", "the administrators"
    ),
    "site_back": LetterText("the producer’s own page is there again", _SENIORS),
    "statement_differs": LetterText("a statement and the log differ", _SENIORS),
    "statement_missing": LetterText("a statement about a recall is still needed", "whoever was served the document"),
    "statements_missing": LetterText("statements are missing after a recall", _HEADS),
    "suspension": LetterText("a suspension began, ended or changed", "the person it is about"),
    "text_ready": LetterText("a text prepared for the day is ready to be sent", "its owner"),
    "texts_held": LetterText("texts prepared for the day are held", _SENIORS),
    "training": LetterText("training is about to run out", _LISTED),
    "undelivered": LetterText("letters that did not arrive", _TEAM),
    "unsure": LetterText("the watch cannot tell whether a page is public", _SENIORS),
    "unwatched": LetterText("nothing watches a release’s page", _SENIORS, version=2),
    "webhook_stopped": LetterText("nothing is sent to a webhook any more", "whoever set it up"),
    "window_changed": LetterText("access begins at another time", _LISTED),
    "witness": LetterText("a witness of the log is silent, or back", "administrators and auditors"),
}


def version_of(kind: str) -> int | None:
    """Give the number of the version of a text; None for a kind of letter that is none of ours."""
    known = TEXTS.get(kind)
    return None if known is None else known.version


def title_of(kind: str) -> str:
    """Say in plain words what a letter of a kind is; the kind itself where it is none of ours."""
    known = TEXTS.get(kind)
    return kind.replace("_", " ") if known is None else known.title
