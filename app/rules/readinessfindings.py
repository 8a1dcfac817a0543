"""What is found of each thing that must be there before a release: done or not, in a sentence, and its remedy."""

from __future__ import annotations

from app.rules.facts import ReleaseState, london_text
from app.rules.pageconfirmations import Ended
from app.rules.readinessfacts import Found, Need, ReadinessFacts

_FALLEN = {
    Ended.WITHDRAWN: "The confirmation that the page is scheduled was withdrawn.",
    Ended.REPLACED: "The confirmation that the page is scheduled was withdrawn.",
    Ended.MOVED: "The page was confirmed as scheduled, and the release was moved since.",
    Ended.DOCUMENTS_CHANGED: "The page was confirmed as scheduled, and the documents have changed since.",
}


def findings(facts: ReadinessFacts) -> dict[Need, Found]:
    """Say what is found of each thing, in the order of its days.

    Source:
        Producer policy: readiness
    """
    return {
        Need.LIST_CONFIRMED: _list_confirmed(facts),
        Need.DECLARATIONS_SIGNED: _declarations_signed(facts),
        Need.LIST_APPROVED: _list_approved(facts),
        Need.DOCUMENTS_FINAL: _documents_final(facts),
        Need.WATCH_PLANNED: _watch_planned(facts),
        Need.SIGNED_OFF: _signed_off(facts),
        Need.PAGE_CONFIRMED: _page_confirmed(facts),
        Need.LIST_OF_POSTS: _list_of_posts(facts),
    }


def _list_confirmed(facts: ReadinessFacts) -> Found:
    if not facts.has_list:
        return Found(
            False, "There is no list to ask the departments about.", "Derive or import the list.", facts.known_at
        )
    if not facts.unanswered:
        return Found(True, "Every department on the list has confirmed its people.", "", facts.known_at)
    named = ", ".join(facts.unanswered[:5])
    more = f" and {len(facts.unanswered) - 5} more" if len(facts.unanswered) > 5 else ""
    asked = max(facts.asked_at, facts.known_at) if facts.asked_at else facts.known_at
    return Found(
        False,
        f"Not confirmed for the rows as they are: {named}{more}.",
        "Ask the departments, or make the changes they want; a coordinator answers for each.",
        asked,
    )


def _declarations_signed(facts: ReadinessFacts) -> Found:
    if facts.approved_at is None:
        return Found(False, "No list is in force, so nobody can sign yet.", "Have the list approved.", None)
    if not facts.unsigned:
        return Found(True, f"Nobody of the {facts.listed} on the list owes a declaration.", "", facts.approved_at)
    owe = "owes" if facts.unsigned == 1 else "owe"
    return Found(
        False,
        f"{facts.unsigned} of the {facts.listed} people on the list {owe} a declaration that counts.",
        "They sign when they sign in; they are reminded by themselves. Take off whoever does not need access.",
        max(facts.approved_at, facts.known_at),
    )


def _list_approved(facts: ReadinessFacts) -> Found:
    if facts.found_wrong:
        detail = "The approval of the list was found wrong, so it grants nothing."
        remedy = "Prepare a new version of the list, and have the head of profession approve it."
        return Found(False, detail, remedy, facts.known_at)
    if facts.approved_at is None:
        what = "The list is a draft." if facts.has_list else "There is no list."
        return Found(False, what, "Prepare the list, and have the head of profession approve it.", facts.known_at)
    if facts.draft_waits:
        detail = "A list is in force, and a newer draft waits for approval."
        return Found(False, detail, "Have the head of profession approve the draft.", facts.known_at)
    return Found(True, "The list is approved.", "", facts.known_at)


def _documents_final(facts: ReadinessFacts) -> Found:
    if facts.documents and not facts.not_final:
        return Found(True, f"All documents are fixed as final form ({facts.documents}).", "", facts.known_at)
    detail = f"{facts.not_final} of {facts.documents} documents are drafts." if facts.documents else "No document."
    return Found(False, detail, "Upload what is missing; a second person fixes it as final form.", facts.known_at)


def _watch_planned(facts: ReadinessFacts) -> Found:
    if facts.watched_url is None:
        remedy = "Plan the watch: say where to look, and how one sees that the release is out."
        return Found(False, "Nothing watches the public page.", remedy, facts.known_at)
    return Found(True, f"The watch looks at {facts.watched_url}.", "", facts.known_at)


def _signed_off(facts: ReadinessFacts) -> Found:
    if facts.release.state is ReleaseState.FINAL:
        return Found(True, "The release is signed off as final.", "", facts.known_at)
    announced = "" if facts.release.state is ReleaseState.ANNOUNCED else " It is not even announced."
    remedy = "A lead official or head of profession who did not register it signs it off."
    return Found(False, f"The release is not signed off as final.{announced}", remedy, facts.known_at)


def _page_confirmed(facts: ReadinessFacts) -> Found:
    said, time_set = facts.confirmation, london_text(facts.release.publishes_at)
    remedy = f"Have the page scheduled for {time_set}, look at it, and record who scheduled it and how you saw it."
    if said is None:
        return Found(False, "Nobody has confirmed that the page is scheduled.", remedy, facts.known_at)
    if facts.fallen is not None:
        # No more time because it fell: the evening before, those above must hear of it while they can still mend it.
        detail = f"{_FALLEN[facts.fallen]} It must be confirmed anew."
        return Found(False, detail, remedy, facts.known_at, said.confirmation_id)
    elsewhere = (
        f" The watch looks at another address, {facts.watched_url}: one of the two may be wrong."
        if facts.watched_url not in (None, said.page_url)
        else ""
    )
    detail = f"Confirmed {london_text(said.confirmed_at)}: scheduled for {time_set} at {said.page_url}.{elsewhere}"
    return Found(True, detail, "", facts.known_at)


def _list_of_posts(facts: ReadinessFacts) -> Found:
    if facts.approved_at is None:
        return Found(False, "No list is in force that could be published.", "Have the list approved.", None)
    if facts.posts_lack:
        remedy = "Publish the list of posts, no later than the release itself."
        return Found(False, facts.posts_lack[0], remedy, facts.known_at)
    return Found(True, "The list of posts is published as it is enforced.", "", facts.known_at)
