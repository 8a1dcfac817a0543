"""The OpenAPI document: what it says as a whole, and what every operation has in common."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from app.api.problems import PROBLEMS

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
                _use_our_problems(operation)
                _describe_headers_asked(operation)
                _describe_headers_told(operation, schemas)
        if "ProblemOut" in schemas:
            schemas["ProblemOut"]["properties"]["code"]["enum"] = [code.value for code in PROBLEMS]
        app.openapi_schema = document
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # framework: FastAPI documents replacing this method


def _use_our_problems(operation: dict[str, Any]) -> None:
    for status, answer in operation.get("responses", {}).items():
        content = answer.get("content", {})
        if int(status) >= 400:
            answer["content"] = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemOut"}}}
        elif "application/json" in content and content["application/json"] == {"schema": {}}:
            del content["application/json"]


def _describe_headers_asked(operation: dict[str, Any]) -> None:
    # Both are checked by our own code, which answers with their own problems; here stands what it takes.
    for parameter in operation.get("parameters", ()):
        if parameter["name"].lower() == "if-match":
            parameter["required"] = True
            parameter["schema"] = {"type": "string", "pattern": '^"[0-9]{1,9}"$', "examples": ['"3"']}
        if parameter["name"] == "Idempotency-Key":
            parameter["schema"] = {"type": "string", "pattern": "^[!-~]{8,128}$", "examples": [_KEY]}


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
