"""Every page and whoever looks at it. A page that is missing here fails the benchmark, and a test before that."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi.routing import APIRoute

from app.web.routes import WEB_ROUTERS

RECIPIENT, STATISTICIAN, LEAD, HEAD, AUDITOR = "recipient", "statistician", "lead", "head", "auditor"
COORDINATOR, PUBLISHER, ADMINISTRATOR, ANYBODY = "coordinator", "publisher", "administrator", "anybody"


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a page.

    Attributes:
        path: As the route has it.
        who: By what they are; ``anybody`` has not signed in.
        query: What stands after the path, with its question mark.
        about: Where an address means another thing than the one planted for all pages: its name there.
        is_file: It gives a file to keep, and no page to read; it is measured beside the pages.
    """

    path: str
    who: str
    query: str = ""
    about: tuple[tuple[str, str], ...] = ()
    is_file: bool = False

    def address(self, ids: dict[str, str]) -> str:
        """Give the address, with the ids of what was planted."""
        return self.path.format(**{**ids, **{name: ids.get(other, other) for name, other in self.about}}) + self.query


_RELEASE = "/producer/releases/{release_id}"
_REQUEST = "/producer/record-requests/{producer_id}/{record_request_id}"
_INCIDENT = "/producer/incidents/{incident_id}"
_REPORT = "/producer/reports/{version_id}"

LOOKS = (
    Look("/", ANYBODY),
    Look("/accessibility", ANYBODY),
    Look("/cookies", ANYBODY),
    Look("/sign-in", ANYBODY),
    Look("/sign-in/code", ANYBODY, query="?code_id=cod_000000000000000000000000"),
    Look("/report", ANYBODY),
    Look("/report", RECIPIENT),
    Look("/calendar", ANYBODY),
    Look("/published", ANYBODY),
    Look("/public-lists", ANYBODY),
    Look("/public-lists/{producer_id}", ANYBODY),
    Look("/published/{release_id}", ANYBODY, about=(("release_id", "published_id"),)),
    Look("/static/{name}", ANYBODY, about=(("name", "pages.css"),), is_file=True),
    # Recipients.
    Look("/releases", RECIPIENT),
    Look("/releases", HEAD),
    Look("/releases", AUDITOR),
    Look("/releases/{release_id}", RECIPIENT),
    Look("/releases/{release_id}/declaration", RECIPIENT),
    Look("/releases/{release_id}/deputy", RECIPIENT),
    Look("/declarations/{declaration_id}", RECIPIENT),
    Look("/documents/{document_id}/open", RECIPIENT),
    Look("/openings/{opening_id}", RECIPIENT),
    Look("/recalls", RECIPIENT),
    Look("/recalls/{recall_id}", RECIPIENT),
    Look("/account", RECIPIENT),
    Look("/account/age-keys", RECIPIENT),
    Look("/account/declarations", RECIPIENT),
    Look("/account/log", RECIPIENT),
    Look("/account/log/{entry_id}/receipt", RECIPIENT, is_file=True),
    Look("/account/openings", RECIPIENT),
    Look("/account/sessions", RECIPIENT),
    Look("/account/details", RECIPIENT),
    Look("/account/suspensions", RECIPIENT),
    Look("/account/production-access", RECIPIENT),
    Look("/account/production-access/{production_access_id}", RECIPIENT),
    # Coordinators and the publishing team.
    Look("/coordinator", COORDINATOR),
    Look("/coordinator/{confirmation_id}", COORDINATOR),
    Look("/producer/pages", PUBLISHER),
    Look(f"{_RELEASE}/page", PUBLISHER),
    # Those who prepare releases.
    Look("/producer", STATISTICIAN),
    Look("/producer", HEAD),
    Look("/producer/readiness", STATISTICIAN),
    Look(_RELEASE, STATISTICIAN),
    Look(f"{_RELEASE}/alarms", STATISTICIAN),
    Look(f"{_RELEASE}/board", STATISTICIAN),
    Look(f"{_RELEASE}/contingency", HEAD),
    Look(f"{_RELEASE}/deputies", HEAD),
    Look(f"{_RELEASE}/documents", STATISTICIAN),
    Look(f"{_RELEASE}/found-wrong", HEAD),
    Look(f"{_RELEASE}/freeze", HEAD),
    Look(f"{_RELEASE}/letters", STATISTICIAN),
    Look(f"{_RELEASE}/production-access", STATISTICIAN),
    Look(f"{_RELEASE}/production-access/{{production_access_id}}", HEAD),
    Look(f"{_RELEASE}/production-access/sheets/{{kind}}", STATISTICIAN, about=(("kind", "csv"),), is_file=True),
    Look(f"{_RELEASE}/readiness", STATISTICIAN),
    Look(f"{_RELEASE}/ready-letters", STATISTICIAN),
    Look(f"{_RELEASE}/rehearsal", HEAD),
    Look(f"{_RELEASE}/rehearsal-report", HEAD, about=(("release_id", "rehearsal_id"),)),
    Look(f"{_RELEASE}/record", HEAD),
    Look(f"{_RELEASE}/record/whole", HEAD, about=(("release_id", "scottish_id"),)),
    Look("/producer/record-requests", HEAD),
    Look("/producer/record-requests/{producer_id}", HEAD),
    Look(_REQUEST, HEAD),
    Look(f"{_REQUEST}/answer", HEAD, about=(("record_request_id", "answered_id"),)),
    Look(
        f"{_REQUEST}/answer.{{kind}}", HEAD, about=(("record_request_id", "answered_id"), ("kind", "csv")), is_file=True
    ),
    Look(f"{_RELEASE}/recall", HEAD),
    Look(f"{_RELEASE}/recalls", HEAD),
    Look(f"{_RELEASE}/texts", STATISTICIAN),
    Look(f"{_RELEASE}/texts/new", STATISTICIAN),
    Look(f"{_RELEASE}/texts/{{prepared_text_id}}", STATISTICIAN),
    Look(f"{_RELEASE}/timeline", HEAD),
    Look(f"{_RELEASE}/watch", HEAD),
    Look("/lists/{list_id}", HEAD),
    Look("/lists/{list_id}/confirmations", STATISTICIAN),
    Look("/lists/{list_id}/sheet/{kind}", HEAD, about=(("kind", "ods"),), is_file=True),
    Look("/lists/{list_id}/grants/{grant_id}", HEAD, about=(("grant_id", "listed_grant_id"),)),
    Look("/producer/new-release", STATISTICIAN),
    Look("/producer/calendars", HEAD),
    Look("/producer/confirmation-policy/{producer_id}", HEAD),
    Look("/producer/publications", HEAD),
    Look("/producer/publications/{producer_id}", HEAD),
    Look("/producer/settings", HEAD),
    Look("/producer/settings/{producer_id}", HEAD),
    Look("/producer/closed-days/{producer_id}", HEAD),
    Look("/producer/watched-hosts/{producer_id}", HEAD),
    Look("/producer/producers/{producer_id}/suspensions", HEAD),
    Look("/producer/failures/{producer_id}", HEAD),
    Look("/producer/retention/{producer_id}", HEAD),
    Look("/producer/legal-holds/{producer_id}", HEAD),
    Look("/producer/undertaking-words/{producer_id}", HEAD, query="?order=uk"),
    Look("/producer/warnings/{producer_id}", HEAD, query="?order=uk"),
    Look("/producer/duties", HEAD),
    Look("/producer/duties/{producer_id}", HEAD),
    Look("/producer/duties/{producer_id}", HEAD, query="?show=done"),
    Look("/producer/duties/{producer_id}/{duty_id}", HEAD),
    Look("/producer/calendars/{producer_id}", STATISTICIAN),
    Look("/producer/calendars/{producer_id}/import", STATISTICIAN),
    Look("/producer/calendars/{producer_id}/links", HEAD),
    Look("/producer/calendars/{producer_id}/series", STATISTICIAN),
    Look("/producer/series/{series_id}", HEAD),
    Look("/producer/series/{series_id}/lines/new", STATISTICIAN),
    Look("/producer/series/{series_id}/lines/{line_id}", STATISTICIAN),
    Look(f"{_RELEASE}/move", HEAD),
    Look(f"{_RELEASE}/list", STATISTICIAN, about=(("release_id", "other_release_id"),)),  # one without a draft
    Look(f"{_RELEASE}/list/import", STATISTICIAN),
    Look("/lists/{list_id}/rows/new", STATISTICIAN, about=(("list_id", "draft_id"),)),
    Look("/lists/{list_id}/rows/{grant_id}", STATISTICIAN, about=(("list_id", "draft_id"),)),
    Look("/documents/{document_id}/recall", LEAD),
    Look("/documents/{document_id}/key-destruction", HEAD, about=(("document_id", "recalled_id"),)),
    Look("/openings/{opening_id}/diagnosis", RECIPIENT),
    Look("/producer/recalls/{recall_id}", LEAD),
    Look("/producer/found-wrong/{producer_id}", HEAD),
    Look("/producer/rosters", HEAD),
    Look("/producer/rosters/{producer_id}", HEAD),
    Look("/producer/statistics", HEAD),
    Look("/producer/statistics/{producer_id}", HEAD),
    Look("/producer/statistics/{producer_id}", AUDITOR),
    Look("/producer/training", HEAD),
    Look("/producer/training/{producer_id}", HEAD),
    Look("/producer/training/{producer_id}/people/{person_id}", HEAD),
    Look("/producer/webhooks", HEAD),
    Look("/producer/webhooks/{webhook_id}", HEAD),
    Look("/producer/producers/{producer_id}/webhook", HEAD),
    Look("/letter-texts", STATISTICIAN),
    Look("/letter-texts/{kind}", STATISTICIAN, about=(("kind", "readiness"),)),
    Look("/trace", LEAD),
    # Incidents and their reports.
    Look("/producer/incidents", HEAD),
    Look("/producer/incidents", AUDITOR, query="?state=unfinished"),
    Look(_INCIDENT, HEAD),
    Look(f"{_INCIDENT}/account", HEAD),
    Look(f"{_INCIDENT}/actions", HEAD),
    Look(f"{_INCIDENT}/correction", HEAD),
    Look(f"{_INCIDENT}/people", HEAD),
    Look("/producer/suspensions/{suspension_id}", HEAD),
    Look(f"{_INCIDENT}/exhibits", HEAD, is_file=True),
    Look(f"{_INCIDENT}/report", HEAD),
    Look(_REPORT, HEAD),
    Look(f"{_REPORT}/sections/{{section}}", HEAD, about=(("section", "1"),)),
    Look(f"{_REPORT}/differences", HEAD),
    Look(f"{_REPORT}/download/{{fmt}}", HEAD, about=(("fmt", "docx"),), is_file=True),
    Look("/producer/breaches/{producer_id}", HEAD),
    Look("/producer/breaches/{producer_id}", HEAD, query="?year=2026"),
    Look("/producer/breaches/{producer_id}/{name}", HEAD, about=(("name", "breaches.csv"),), is_file=True),
    # Auditors.
    Look("/audit", AUDITOR),
    Look("/audit", AUDITOR, query="?kind=access_decided&outcome=refused"),
    Look("/audit", AUDITOR, query="?kind=statement_given&order=oldest"),
    Look("/audit/entries/{entry_id}", AUDITOR),
    Look("/audit/searches/{saved_search_id}", AUDITOR),
    Look("/audit/export", AUDITOR, query="?reason=not_on_list&outcome=refused", is_file=True),
    Look("/audit/searches/{saved_search_id}/export", AUDITOR, is_file=True),
    # Whoever runs the service.
    Look("/admin", ADMINISTRATOR),
    Look("/admin/organisations", ADMINISTRATOR),
    Look("/admin/organisations/{organisation_id}", ADMINISTRATOR),
    Look("/admin/people", ADMINISTRATOR),
    Look("/admin/people/{person_id}", ADMINISTRATOR),
    Look("/admin/providers", ADMINISTRATOR),
    Look("/admin/credentials", ADMINISTRATOR),
    Look("/admin/erasures", ADMINISTRATOR),
    Look("/posts", ADMINISTRATOR),
    Look("/posts/of/{organisation_id}", ADMINISTRATOR),
    Look("/posts/{post_id}", ADMINISTRATOR),
    Look("/posts/{post_id}/holdings/{holding_id}", ADMINISTRATOR),
    Look("/producer/incidents", ADMINISTRATOR),
)

# Not measured, and why.
LEFT_OUT = {
    "/sign-in/provider": "the way to another organisation's sign-in, whose answer it waits for",
    "/sign-in/from/{provider_id}": "the way back from there; no page",
}


def page_paths() -> frozenset[str]:
    """Give the path of everything that the pages answer to a GET, from the application's own routes."""
    routes = [route for router in WEB_ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    return frozenset(route.path for route in routes if "GET" in route.methods)


def unlike(paths: frozenset[str]) -> frozenset[str]:
    """Give the pages among these that nobody looks at here, and what is looked at and is none of them."""
    return paths ^ ({look.path for look in LOOKS} | LEFT_OUT.keys())
