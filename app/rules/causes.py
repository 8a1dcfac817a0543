"""Why incidents happen: a closed list, made from the reports that producers published. A person says which."""

from __future__ import annotations

from enum import StrEnum


class Cause(StrEnum):
    """What let it happen. An incident can have several."""

    FORWARDED = "forwarded"
    SHARED_MAILBOX = "shared_mailbox"
    WINDOW_WRONG = "window_wrong"
    MISADDRESSED = "misaddressed"
    STALE_LIST = "stale_list"
    WRONG_CONTENT = "wrong_content"
    BRIEFING_LINES = "briefing_lines"
    SUPPORT_STAFF = "support_staff"
    LEAVE_COVER = "leave_cover"
    LIST_TOO_LONG = "list_too_long"
    UNTRAINED = "untrained"
    MEDIA = "media"
    MANAGEMENT_INFORMATION = "management_information"
    STATUS_UNCLEAR = "status_unclear"
    TESTED_WITH_REAL_DATA = "tested_with_real_data"
    PUBLISHING_PLATFORM = "publishing_platform"
    STEP_MISSED = "step_missed"
    PROBLEM_IN_FIGURES = "problem_in_figures"
    OTHER = "other"


CAUSE_WORDS: dict[Cause, str] = {
    Cause.FORWARDED: "a listed person forwarded it, copied somebody in, or asked for help",
    Cause.SHARED_MAILBOX: "a distribution list or shared mailbox",
    Cause.WINDOW_WRONG: "a window or schedule that was set wrongly",
    Cause.MISADDRESSED: "a wrong address, or a person of a similar name",
    Cause.STALE_LIST: "a list that was out of date, or a change of post",
    Cause.WRONG_CONTENT: "wrong content behind a link or attachment",
    Cause.BRIEFING_LINES: "briefing or press lines drafted from the figures",
    Cause.SUPPORT_STAFF: "administrative support copied others in",
    Cause.LEAVE_COVER: "cover for somebody on leave",
    Cause.LIST_TOO_LONG: "a list that was too long",
    Cause.UNTRAINED: "somebody new or untrained",
    Cause.MEDIA: "disclosure to or by the media",
    Cause.MANAGEMENT_INFORMATION: "management information used in public",
    Cause.STATUS_UNCLEAR: "it was unclear what sort of output it was",
    Cause.TESTED_WITH_REAL_DATA: "testing with real figures",
    Cause.PUBLISHING_PLATFORM: "a fault of the publishing platform",
    Cause.STEP_MISSED: "a step of publication was missed",
    Cause.PROBLEM_IN_FIGURES: "a problem in the figures themselves",
    Cause.OTHER: "something else",
}
