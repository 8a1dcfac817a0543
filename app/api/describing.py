"""The OpenAPI document: what it says as a whole, and what every operation has in common."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from app.api.problems import PROBLEMS
from app.api.webhook_messages import describe_messages

API_DESCRIPTION = """
Pre-release access to UK official statistics: eligibility lists, signed declarations, sealed documents, an audit log
that others can verify, and incidents.

* **Sign in** with a one-time code sent by e-mail (`POST /api/v1/sign-in/codes`, then `/sign-in/sessions`), and send the
  token as `Authorization: Bearer …`. Programs exchange credentials for a token of ten minutes.
* **Every refusal** is a problem document (RFC 9457) with every reason, its clause, and what would put it right. Each
  code is explained at `/problems/{code}`.
* **Changes** carry the ETag you read in `If-Match`. **Creating** requests may carry an `Idempotency-Key`.
* **Times** are RFC 3339 with an offset; answers are in UTC.
* Someone with no relation to a release gets 404, exactly as for one that does not exist.
"""

_KEY = "7b0c9d52-63f1-4d0e-9a44-1f8e2c5b7a90"
_ETAG = {
    "description": "The revision, to be sent as If-Match with a change.",
    "required": True,
    "schema": {"type": "string", "pattern": '^"[0-9]{1,9}"$', "examples": ['"3"']},
}
_REPLAYED = {
    "description": "Present when this is the first answer to an earlier, equal request.",
    "schema": {"type": "string", "enum": ["true"]},
}
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of what you have; if that still holds, you are sent 304 and nothing else.",
    "schema": {"type": "string", "examples": ['"5f3a9c1e7b2d4a6088c9d1e25f3a9c1e"']},
}
_FRESHNESS = {
    "ETag": {
        "description": "Names these bytes.",
        "required": True,
        "schema": {"type": "string", "pattern": '^"[0-9a-f]{32}"$', "examples": ['"5f3a9c1e7b2d4a6088c9d1e25f3a9c1e"']},
    },
    "Cache-Control": {
        "description": "For how many seconds it may be given again: 10 at most, and 2 around 9:30.",
        "required": True,
        "schema": {"type": "string", "pattern": "^public, max-age=[0-9]{1,2}$", "examples": ["public, max-age=9"]},
    },
}
_DONE = {"200": "Done", "201": "Made", "202": "Taken", "204": "Done; there is nothing to tell"}
_OF_STATUS: dict[int, dict[str, Any]] = {
    401: {
        "WWW-Authenticate": {
            "description": "RFC 6750: a session's token or a program's is wanted.",
            "required": True,
            "schema": {"type": "string", "enum": ["Bearer"]},
        }
    },
    429: {
        "Retry-After": {
            "description": "Seconds to wait.",
            "required": True,
            "schema": {"type": "integer", "minimum": 1},
        }
    },
    503: {
        "Retry-After": {
            "description": "Seconds to wait, where the service is only busy.",
            "required": False,
            "schema": {"type": "integer", "minimum": 1},
        }
    },
}
# The groups of the documentation, in its order.
TAGS = {
    "sign-in": "Who you are: one-time codes, sessions, programs' tokens, and keys of your own.",
    "window": "When access may begin. Open to everybody.",
    "closed days": "Days that a count of working days leaves out: bank holidays, and the producer's own.",
    "releases": "What is to be published, when, and what became of it.",
    "calendar": "When a producer publishes: import it, see whether notice is long enough, follow it in a calendar.",
    "webhooks": "Systems of a producer that are told at once of what is public, by signed messages.",
    "lists": "Who may have access before publication: import, edit, approve, and the list of posts that is published.",
    "series": "What a producer publishes again and again, and the standing list that each new list begins with.",
    "publishing": "What must be published beside each release: annual lists, arrangements, and what is due.",
    "readiness": "What must be there before a release, by when, and whether its page is confirmed as scheduled.",
    "letters": "How far each letter came, which texts there are, and what the mail service tells of them.",
    "watch": "How one sees that a release is public, where the watch may look, and what it saw.",
    "contingency": "With the producer's own site down: one decision makes the final documents public here.",
    "prepared texts": "Tweets, press lines and briefing e-mails, sealed until publication is confirmed.",
    "alarms": "What somebody must look at around the time of publication: who is called, and who has it in hand.",
    "duties": "What a grant obliges the producer to tell the Statistics Board or the public, and when it was done.",
    "records": "The record of access: what is kept, given on request, held, and destroyed when its time is over.",
    "declarations": "What a recipient signs before their first access, and the keys to verify it with.",
    "documents": "The files of a release: sealed as they arrive, fixed by a second person, taken back.",
    "uploads": "Documents sent in parts, by the tus protocol: a lost connection costs what was not kept yet.",
    "recalls": "What was taken back, who is asked what became of it, and what they state.",
    "rehearsals": "The day of a release played through with made-up documents, and what came of it.",
    "openings": "The one way to a document: open it, fetch your own copy, see its passphrase once.",
    "your own view": "What you are on the list for, what you have still to do, and what the log holds about you.",
    "audit": "The log: read it, prove it, take it away and verify it without this service.",
    "incidents": "What should not have happened: report it, follow it, have its report drafted.",
    "tracing": "From a stray copy, or the number on it, to the opening it came from.",
    "people": "People, their posts and their roles.",
    "organisations": "Organisations, producers, and the credentials of programs.",
    "suspensions": "Who is kept from a producer's releases, and how they are let back.",
    "training": "What people have done to learn what access is and forbids, and whether a producer asks for it.",
    "failures": "Past failures to keep to the terms of access, shown to whoever decides on a grant.",
    "wrong facts": "What had been taken for a fact and was found wrong later, and what follows for past openings.",
    "production access": "The register of those who produce and check the figures. It opens no document.",
    "about": "Whether the service runs, what its problems mean, and the public key of its log.",
}
# What a parameter means wherever it has no words of its own, and an example.
_PARAMETERS: dict[str, tuple[str, str | None]] = {
    "annual_list_id": ("The annual list.", "ann_1f2e3d4c5b6a79880716253a"),
    "wrong_fact_id": ("What was found wrong.", "wrg_1605f4e3d2c1b0a9f8e7d6c5"),
    "erasure_id": ("The proposal to destroy records.", "era_8c7d6e5f4a3b2c1d0e9f8a7b"),
    "hold_id": ("The legal hold.", "hol_3c2b1a09f8e7d6c5b4a39281"),
    "warning_id": ("The version of the warning.", "wrn_2b3c4d5e6f708192a3b4c5d6"),
    "record_request_id": ("The request for a record.", "rrq_6e5d4c3b2a190817f6e5d4c3"),
    "alarm_id": ("The alarm.", "alm_0a1b2c3d4e5f60718293a4b5"),
    "page_confirmation_id": ("The word on a page.", "pgc_0a1b2c3d4e5f60718293a4b5"),
    "prepared_text_id": ("The text prepared for the day.", "txt_0a1b2c3d4e5f60718293a4b5"),
    "link_id": ("The private address of a calendar.", "cln_0a1b2c3d4e5f60718293a4b5"),
    "calendar_token": ("What was told once when the address was made.", "Zm9yLXRoZS13ZWItZGVzay1hbG9uZS1vZi1jb3Vyc2U"),
    "webhook_id": ("The webhook.", "whk_0a1b2c3d4e5f60718293a4b5"),
    "delivery_id": ("The message.", "whd_0a1b2c3d4e5f60718293a4b5"),
    "host_id": ("The host where the watch may look.", "hst_0a1b2c3d4e5f60718293a4b5"),
    "failure_id": ("The past failure.", "fai_98877665544a5b4b3c2d1e0f"),
    "production_access_id": ("The row of the register.", "pac_877665544a5b4b3c2d1e0f98"),
    "reapplication_id": ("The application to be let back.", "rap_4b3c2d1e0f98877665544a5b"),
    "training_id": ("The piece of training.", "trn_0f98877665544a5b4b3c2d1e"),
    "client_id": ("The program's credential.", "cli_0a1b2c3d4e5f60718293a4b5"),
    "closed_day_id": ("The closed day.", "cld_2b3c4d5e6f70819203a4b5c6"),
    "code": ("The problem's code.", "not_found"),
    "confirmation_id": ("The question to your organisation.", "cnf_0f1e2d3c4b5a69788796a5b4"),
    "declaration_id": ("The declaration.", "dcl_0a1b2c3d4e5f60718293a4b5"),
    "ready_letter_id": ("The letter that documents are ready.", "rdl_5f0c1d2e3a4b59687786f5e4"),
    "deputy_id": ("The request for a deputy.", "dep_5f0c1d2e3a4b59687786f5e4"),
    "document_id": ("The document.", "doc_77aa88bb99cc00dd11ee22ff"),
    "duty_id": ("What is owed.", "dut_0a1b2c3d4e5f60718293a4b5"),
    "entry_id": ("The entry of the log.", "ent_0f1e2d3c4b5a69788796a5b4"),
    "format": ("How the answer is written.", None),
    "grant_id": ("The grant, a line of a list.", "grt_44556677889900aabbccddee"),
    "holding_id": ("The holding: who holds which post.", "hld_6c5b4a39281706f5e4d3c2b1"),
    "corrective_action_id": ("What is to be done.", "cac_0a1b2c3d4e5f60718293a4b5"),
    "report_version_id": ("The version of a report.", "rpv_0a1b2c3d4e5f60718293a4b5"),
    "earlier_id": ("The earlier incident, of the same producer.", "inc_4e0c1d2e3a4b59687786f5e3"),
    "incident_id": ("The incident.", "inc_5f0c1d2e3a4b59687786f5e4"),
    "age_key_id": ("Your age key.", "agk_8f7e6d5c4b3a29180716f5e4"),
    "key_id": ("Your key.", "key_8f7e6d5c4b3a29180716f5e4"),
    "kind": ("Only of this kind.", None),
    "limit": ("How many results at most.", None),
    "list_id": ("The version of a list.", "lst_8899aabbccddeeff00112233"),
    "opening_id": ("The opening.", "opn_1234567890abcdef12345678"),
    "organisation_id": ("The organisation.", "org_4d3c2b1a0f9e8d7c6b5a4938"),
    "outcome": ("Only with this outcome.", None),
    "person_id": ("The person.", "per_9d8c7b6a5f4e3d2c1b0a9f8e"),
    "post_id": ("The post.", "pst_2b3c4d5e6f708192a3b4c5d6"),
    "producer_id": ("The producer.", "prd_3e4f5a6b7c8d9e0f1a2b3c4d"),
    "publishes_at": ("The time set for publication, with its offset; in an address write + as %2B.", None),
    "recall_id": ("The recall.", "rcl_4d3c2b1a09f8e7d6c5b4a392"),
    "release_id": ("The release.", "rel_5f3a9c1e7b2d4a6088c9d1e2"),
    "role_id": ("The role as it was given.", "rol_7a6b5c4d3e2f10192837465a"),
    "series_id": ("The series.", "ser_1a2b3c4d5e6f708192a3b4c5"),
    "session_id": ("The session.", "ses_2b3c4d5e6f708192a3b4c5d6"),
    "standing_grant_id": ("The line of the standing list.", "stg_1122334455667788990011aa"),
    "state": ("Only in this state.", None),
    "saved_search_id": ("The saved search.", "svs_0a1b2c3d4e5f60718293a4b5"),
    "upload_id": ("The upload.", "upl_0c1d2e3f4a5b60718293a4b5"),
    "suspension_id": ("The suspension.", "sus_5a4b3c2d1e0f98877665544a"),
}


def complete_openapi(app: FastAPI) -> None:
    """Replace the framework's own 422 description by ours, and name the closed list of problem codes."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema:
            return app.openapi_schema
        document = made()
        schemas = document.get("components", {}).get("schemas", {})
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        for path in document["paths"].values():
            for operation in path.values():
                _use_our_words(operation)
                _name_optional_body(operation)
                _describe_parameters(operation)
                _describe_headers_asked(operation)
                _describe_headers_told(operation, schemas)
                _describe_freshness(operation)
        if "ProblemOut" in schemas:
            schemas["ProblemOut"]["properties"]["code"]["enum"] = [code.value for code in PROBLEMS]
        describe_messages(document)
        document["tags"] = [{"name": name, "description": words} for name, words in TAGS.items()]
        app.openapi_schema = document
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # framework: FastAPI documents replacing this method


def _use_our_words(operation: dict[str, Any]) -> None:
    for status, answer in operation.get("responses", {}).items():
        if answer.get("description") == "Successful Response":
            answer["description"] = _DONE[status]
        content = answer.get("content", {})
        if int(status) >= 400:
            answer["content"] = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemOut"}}}
        elif "application/json" in content and content["application/json"] == {"schema": {}}:
            del content["application/json"]


def _name_optional_body(operation: dict[str, Any]) -> None:
    # A body that may be left out is written by the framework as one that may be null; it is the one or none at all.
    for content in operation.get("requestBody", {}).get("content", {}).values():
        either = content.get("schema", {}).get("anyOf", ())
        if len(either) == 2 and "$ref" in either[0] and either[1] == {"type": "null"}:
            content["schema"] = either[0]


def _describe_parameters(operation: dict[str, Any]) -> None:
    for parameter in operation.get("parameters", ()):
        words, shown = _PARAMETERS.get(parameter["name"], ("", None))
        if words:
            parameter.setdefault("description", words)
        # The example of an optional one would narrow every request that is made from the document to nothing.
        if shown and parameter["in"] == "path":
            parameter["schema"].setdefault("examples", [shown])


def _describe_headers_asked(operation: dict[str, Any]) -> None:
    # These are checked by our own code, which answers with their own problems; here stands what it takes.
    for parameter in operation.get("parameters", ()):
        if parameter["name"].lower() == "if-match":
            parameter["required"] = True
            parameter["schema"] = {"type": "string", "pattern": '^"[0-9]{1,9}"$', "examples": ['"3"']}
        if parameter["name"] == "Tus-Resumable":
            parameter["required"] = True
            parameter["schema"] = {"type": "string", "enum": ["1.0.0"]}
        if parameter["name"] == "Idempotency-Key":
            parameter["schema"] = {"type": "string", "pattern": "^[!-~]{8,128}$", "examples": [_KEY]}


def _describe_freshness(operation: dict[str, Any]) -> None:
    # Of the routes that everybody may read, and of no other, it can be said that the caller has the answer already.
    if "304" not in operation.get("responses", {}):
        return
    operation["parameters"] = [*operation.get("parameters", ()), _IF_NONE_MATCH]
    for status in ("200", "304"):
        operation["responses"][status]["headers"] = _FRESHNESS


def _describe_headers_told(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    creates = any(parameter["name"] == "Idempotency-Key" for parameter in operation.get("parameters", ()))
    for status, answer in operation.get("responses", {}).items():
        headers = _OF_STATUS.get(int(status), {})
        if int(status) < 300 and _has_revision(answer, schemas):
            headers = {"ETag": _ETAG}
        if int(status) == 201 and creates:
            headers = {**headers, "Idempotency-Replayed": _REPLAYED}
        if headers:
            answer["headers"] = {**headers, **answer.get("headers", {})}


def _has_revision(answer: dict[str, Any], schemas: dict[str, Any]) -> bool:
    reference = answer.get("content", {}).get("application/json", {}).get("schema", {}).get("$ref", "")
    return "revision" in schemas.get(reference.rpartition("/")[2], {}).get("properties", {})
