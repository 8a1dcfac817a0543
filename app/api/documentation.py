"""The OpenAPI document, and the same as one plain page; no script, nothing from elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from threading import Lock
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import HTMLResponse

from app.api.landing import page
from app.rules.errors import Busy

router = APIRouter(include_in_schema=False)

Operation = tuple[str, str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Written:
    document: bytes
    page: bytes


_WRITING = Lock()
_WRITTEN_IN_SECONDS = 10


@router.get("/openapi.json")
def openapi_document(request: Request) -> Response:
    """Give the OpenAPI document to programs."""
    return Response(_written(request.app).document, media_type="application/json")


@router.get("/docs/api")
def api_documentation(request: Request) -> HTMLResponse:
    """Show every operation with its parameters, its body's example and its answers."""
    return HTMLResponse(_written(request.app).page)


def _written(app: FastAPI) -> _Written:
    # Written once and kept as bytes: the document as objects takes some 25 MB in a process that serves downloads.
    written: _Written | None = getattr(app.state, "documentation", None)
    if written is not None:
        return written
    # It takes seconds, and whoever waited for it would hold one of the threads in which decisions are made.
    if not _WRITING.acquire(blocking=False):
        raise Busy(
            "The documentation is being written. Try again in ten seconds.", retry_after_seconds=_WRITTEN_IN_SECONDS
        )
    try:
        document = app.openapi()
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        written = _Written(text.encode(), render(document).encode())
        app.state.documentation = written
        app.openapi_schema = None
    finally:
        _WRITING.release()
    return written


def render(document: dict[str, Any]) -> str:
    """Write an OpenAPI document as an HTML page.

    Args:
        document: OpenAPI 3.1, as this service makes it: every operation has a tag that the document explains.
    """
    groups: dict[str, list[Operation]] = {tag["name"]: [] for tag in document["tags"]}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            groups[operation["tags"][0]].append((method, path, operation))
    words = {tag["name"]: tag["description"] for tag in document["tags"]}
    contents = "".join(_contents(name, shown) for name, shown in groups.items())
    body = "".join(
        f'<h2 id="{_anchor(name)}">{_heading(name)}</h2><p>{_inline(words[name])}</p>'
        + "".join(_operation(document, one) for one in shown)
        for name, shown in groups.items()
    )
    return page(
        "API",
        f"<h1>API documentation</h1>{_prose(document['info']['description'])}"
        '<p>The same for programs: <a href="/openapi.json">OpenAPI document</a>. '
        '<a href="/problems">Every problem</a> has a page of its own.</p>'
        f'<nav aria-labelledby="contents"><h2 id="contents">Contents</h2><ul>{contents}</ul></nav>{body}',
    )


def _contents(name: str, shown: list[Operation]) -> str:
    lines = "".join(
        f'<li><a href="#{escape(one["operationId"])}">{escape(one["summary"])}</a></li>' for _, _, one in shown
    )
    return f'<li><a href="#{_anchor(name)}">{_heading(name)}</a><ul>{lines}</ul></li>'


def _operation(document: dict[str, Any], one: Operation) -> str:
    method, path, operation = one
    return (
        f'<section id="{escape(operation["operationId"])}"><h3>{escape(operation["summary"])}</h3>'
        f"<p><code>{method.upper()} {escape(path)}</code></p>{_prose(operation['description'])}"
        f"{_sign_in(operation)}{_parameters(operation.get('parameters', []))}"
        f"{_body(document, operation.get('requestBody', {}))}{_answers(document, operation['responses'])}</section>"
    )


def _sign_in(operation: dict[str, Any]) -> str:
    return "" if operation.get("security") else "<p>Needs no sign-in.</p>"


def _parameters(parameters: list[dict[str, Any]]) -> str:
    rows = (
        (
            f"<code>{escape(one['name'])}</code>",
            escape(one["in"]),
            "needed" if one.get("required") else "optional",
            _inline(one.get("description", "")) + _takes(one["schema"]),
        )
        for one in parameters
    )
    return _table("Parameters", ("Name", "In", "Needed?", "Meaning"), rows) if parameters else ""


def _takes(schema: dict[str, Any]) -> str:
    told = [schema, *schema.get("anyOf", ())]
    choices: list[Any] = next((one["enum"] for one in told if "enum" in one), [])
    shown: list[Any] = next((one["examples"][:1] for one in told if one.get("examples")), [])
    if choices:
        return " One of " + ", ".join(f"<code>{escape(str(choice))}</code>" for choice in choices) + "."
    return f" For example <code>{escape(str(shown[0]))}</code>." if shown else ""


def _body(document: dict[str, Any], body: dict[str, Any]) -> str:
    kinds = body.get("content", {})
    if not kinds:
        return ""
    named = ", ".join(f"<code>{escape(kind)}</code>" for kind in kinds)
    words = f" {_inline(body['description'])}" if "description" in body else ""
    shown = "".join(_shown(document, content["schema"]) for content in kinds.values())
    return f"<p>Body: {named}.{words}</p>{shown}"


def _answers(document: dict[str, Any], answers: dict[str, Any]) -> str:
    rows = (
        (
            f"<code>{escape(status)}</code>",
            _inline(answer.get("description", "")),
            ", ".join(f"<code>{escape(kind)}</code>" for kind in answer.get("content", {})),
            ", ".join(f"<code>{escape(name)}</code>" for name in answer.get("headers", {})),
        )
        for status, answer in answers.items()
    )
    table = _table("Answers", ("Status", "Meaning", "Content", "Headers"), rows)
    done = next(answer for status, answer in answers.items() if status < "300")
    shown = "".join(_shown(document, content["schema"]) for content in done.get("content", {}).values())
    return table + (f"<p>An answer:</p>{shown}" if shown else "")


def _shown(document: dict[str, Any], schema: dict[str, Any]) -> str:
    if "$ref" not in schema:
        return ""
    return f"<pre>{escape(json.dumps(_example(document, schema), indent=2, ensure_ascii=False))}</pre>"


def _example(document: dict[str, Any], schema: dict[str, Any]) -> Any:
    """Give a schema's own example, or put one together from those of its members; null where there is none."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    for name in ("examples", "enum"):
        if schema.get(name):
            return schema[name][0]
    if "const" in schema or "default" in schema:
        return schema.get("const", schema.get("default"))
    if "anyOf" in schema:
        return _example(document, schema["anyOf"][0])
    if schema.get("type") == "array":
        return [_example(document, schema["items"])]
    if schema.get("type") == "boolean":
        return True
    if "properties" not in schema:
        return None
    return {name: _example(document, part) for name, part in schema["properties"].items()}


def _table(caption: str, heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    lines = "".join(
        f'<tr><th scope="row">{cells[0]}</th>' + "".join(f"<td>{cell}</td>" for cell in cells[1:]) + "</tr>"
        for cells in rows
    )
    return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"


def _prose(text: str) -> str:
    """Write paragraphs, and lists whose lines begin with a star."""
    made = []
    for block in re.split(r"\n\s*\n", text.strip()):
        if block.startswith("* "):
            points = "".join(f"<li>{_inline(point)}</li>" for point in re.split(r"(?:^|\n)\* ", block)[1:])
            made.append(f"<ul>{points}</ul>")
        else:
            made.append(f"<p>{_inline(block)}</p>")
    return "".join(made)


def _inline(text: str) -> str:
    pieces = escape(" ".join(text.split())).split("`")
    return "".join(
        f"<code>{piece}</code>" if number % 2 else re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", piece)
        for number, piece in enumerate(pieces)
    )


def _heading(name: str) -> str:
    return escape(name[:1].upper() + name[1:])


def _anchor(name: str) -> str:
    return f"about-{escape(name)}"
