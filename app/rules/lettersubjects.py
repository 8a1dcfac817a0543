"""The subject lines of letters about a release and its list. A title stands in them, and nothing of the statistics."""

from __future__ import annotations

from app.rules.facts import Release
from app.rules.marking import label_of

ACCESS_PAUSED = "access paused"


def access_given(release: Release) -> str:
    """Write the subject for somebody who is newly listed."""
    return f"{release.producer.name[:60]}: access to “{release.title[:200]}”"


def access_ended(release: Release) -> str:
    """Write the subject for somebody who is listed no longer."""
    return f"{release.producer.name[:60]}: access ended: “{release.title[:200]}”"


def decided(release: Release, what: str) -> str:
    """Write the subject for somebody about whose access something, ``what``, was decided."""
    return f"{release.title[:200]}: {what}"


def window_changed(release: Release) -> str:
    """Write the subject for somebody whose access begins at another time."""
    return f"{release.title[:200]}: access begins at another time"


def question(release: Release) -> str:
    """Write the subject for a coordinator who is asked about a list."""
    return f"Please check who may see “{release.title[:150]}” before publication"


def question_reminder(release: Release) -> str:
    """Write the subject for a coordinator who has not answered."""
    return f"Your answer is still needed: “{release.title[:150]}”"


def unanswered(release: Release, organisation: str) -> str:
    """Write the subject for those above, when an organisation has not answered."""
    return f"No answer from {organisation[:100]}: “{release.title[:100]}”"


def nobody_to_ask(release: Release, organisation: str) -> str:
    """Write the subject for those who prepare the list, when an organisation has nobody who could be asked."""
    return f"Nobody to ask in {organisation[:100]}: “{release.title[:100]}”"


def wishes(release: Release, organisation: str) -> str:
    """Write the subject for those who prepare the list, when an organisation wants changes."""
    return f"Changes wanted by {organisation[:100]}: “{release.title[:100]}”"


def call_to_sign(release: Release) -> str:
    """Write the subject for somebody who has not signed."""
    return f"Please sign the declaration for “{release.title[:150]}”"


def unsigned(release: Release) -> str:
    """Write the subject for those above, when people have not signed."""
    return f"Declarations not signed: “{release.title[:150]}”"


def deputy_asked(release: Release) -> str:
    """Write the subject for the head of profession, when a deputy is asked for."""
    return f"A deputy is asked for: “{release.title[:200]}”"


def deputy_decided(release: Release, decision: str) -> str:
    """Write the subject for whoever asked for a deputy.

    Args:
        release: The release.
        decision: What was decided, in one word.
    """
    return f"{release.title[:200]}: your deputy is {decision}"


def confirm_anew(release: Release) -> str:
    """Write the subject for the publishing team, when a page has to be confirmed anew."""
    return f"Confirm the page anew: “{release.title[:150]}”"


def recalled(release: Release, *, served: bool) -> str:
    """Write the subject of a recall.

    Args:
        release: The release.
        served: The reader was given a copy.
    """
    what = "a document you opened has been recalled" if served else "a document has been recalled; do not open it"
    return f"{label_of(release)}: {what}"


def statement_reminder(release: Release) -> str:
    """Write the subject for somebody who owes a statement."""
    return f"Your statement is still needed: “{release.title[:150]}”"


def statements_missing(release: Release) -> str:
    """Write the subject for the head of profession, when statements are missing."""
    return f"Statements missing after a recall: “{release.title[:150]}”"


def statement_differs(release: Release) -> str:
    """Write the subject for those above, when a statement and the log differ."""
    return f"A statement and the log differ: “{release.title[:150]}”"


def unwatched(release: Release) -> str:
    """Write the subject, when nothing watches a release's page."""
    return f"Nothing watches: “{release.title[:200]}”"


def unsure(release: Release) -> str:
    """Write the subject, when the watch cannot tell."""
    return f"The watch cannot tell: “{release.title[:200]}”"


def seen_live(release: Release) -> str:
    """Write the subject, when a release has been seen live."""
    return f"Seen live: “{release.title[:200]}”"


def site_back(release: Release) -> str:
    """Write the subject, when the producer's own page is there again."""
    return f"Back on your own site: “{release.title[:200]}”"


def post_ended(title: str) -> str:
    """Write the subject for a producer, when somebody on its list leaves their post."""
    return f"Somebody on your list leaves their post: {title[:150]}"


def second_wanted(what: str) -> str:
    """Write the subject for those who may give a second assent.

    Args:
        what: To what, in words.
    """
    return f"A second person is needed: {what}"[:300]
