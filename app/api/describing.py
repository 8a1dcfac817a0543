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
