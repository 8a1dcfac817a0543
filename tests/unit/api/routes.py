"""Every route of the application, with an address in which its parameters are filled."""

from __future__ import annotations

import re
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")

# What each parameter of an address names, by the prefix of its ids.
PREFIXES = {
    "alarm_id": "alm",
    "page_confirmation_id": "pgc",
    "prepared_text_id": "txt",
    "link_id": "cln",
    "annual_list_id": "ann",
    "erasure_id": "era",
    "hold_id": "hol",
    "record_request_id": "rrq",
    "client_id": "cli",
    "closed_day_id": "cld",
    "confirmation_id": "cnf",
    "declaration_id": "dcl",
    "deputy_id": "dep",
    "document_id": "doc",
    "duty_id": "dut",
    "entry_id": "ent",
    "failure_id": "fai",
    "grant_id": "grt",
    "holding_id": "hld",
    "host_id": "hst",
    "webhook_id": "whk",
    "delivery_id": "whd",
    "incident_id": "inc",
    "report_version_id": "rpv",
    "corrective_action_id": "cac",
    "key_id": "key",
    "age_key_id": "agk",
    "saved_search_id": "svs",
    "list_id": "lst",
    "opening_id": "opn",
    "person_id": "per",
    "post_id": "pst",
    "producer_id": "prd",
    "production_access_id": "pac",
    "ready_letter_id": "rdl",
    "reapplication_id": "rap",
    "recall_id": "rcl",
    "release_id": "rel",
    "role_id": "rol",
    "warning_id": "wrn",
    "series_id": "ser",
    "session_id": "ses",
    "standing_grant_id": "stg",
    "suspension_id": "sus",
    "training_id": "trn",
    "upload_id": "upl",
    "wrong_fact_id": "wrg",
}


# Who carries out what, so that a request gets as far as it can.
_ACTING = {"people": "administrator", "organisations": "administrator", "audit": "auditor of all"}
_OWN = (
    "/releases/{release_id}/deputies",
    "/openings",
    "/declarations",
    "/statements",
    "/me/",
    "/content",
    "/reveal",
    "/stop",
    "/undertaking",
)
_PREPARED = ("/lists", "/releases", "/documents", "/grants", "/imports")


def acting(path: str, tags: list[str]) -> str:
    """Say whose act an operation is, by the names of ``test_schemathesis.ROLES``."""
    if any(part in path for part in _OWN):
        return "recipient"
    if path.startswith("/api/v1/confirmations"):
        return "coordinator"
    if path.endswith(_PREPARED) or "/uploads" in path:
        return "statistician"
    return _ACTING.get(tags[0] if tags else "", "head of profession")


def routes(app: FastAPI) -> list[tuple[str, frozenset[str]]]:
    """Every path with the methods its route takes, documented or not."""
    return [(str(one.path), frozenset(one.methods or ())) for one in iter_route_contexts(app.routes)]


def filled(path: str, ids: dict[str, str]) -> str:
    """A path with identifiers in the place of its parameters."""
    return re.sub(r"\{(\w+)\}", lambda found: ids[PREFIXES[found[1]]] if found[1] in PREFIXES else "not_found", path)


def parameters(path: str) -> list[str]:
    """The names of a path's parameters."""
    return re.findall(r"\{(\w+)\}", path)


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Every documented operation: method, path and description."""
    return [
        (method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
