"""The API documentation as one plain page, made from the OpenAPI document; no script, nothing from elsewhere."""

from __future__ import annotations

import json
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.api.landing import page

router = APIRouter(include_in_schema=False)


@router.get("/docs/api")
def api_documentation(request: Request) -> HTMLResponse:
    """Show every operation with its parameters, its body's example and its answers."""
    return HTMLResponse(render(request.app.openapi()))


def render(document: dict[str, Any]) -> str:
    """Write an OpenAPI document as an HTML page.

    Args:
        document: OpenAPI 3.1, as this service makes it.
    """
    groups: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            tag = (operation.get("tags") or ["other"])[0]
            groups.setdefault(tag, []).append(_operation(document, method, path, operation))
    contents = "".join(f'<li><a href="#{escape(tag)}">{escape(tag)}</a></li>' for tag in groups)
    body = "".join(f'<h2 id="{escape(tag)}">{escape(tag)}</h2>{"".join(parts)}' for tag, parts in groups.items())
    intro = _prose(document["info"]["description"])
    return page("API", f"<h1>API documentation</h1>{intro}<nav aria-label='Contents'><ul>{contents}</ul></nav>{body}")


def _operation(document: dict[str, Any], method: str, path: str, operation: dict[str, Any]) -> str:
    parts = [
        f'<section id="{escape(operation["operationId"])}"><h3>{escape(operation.get("summary", ""))}</h3>',
        f"<p><code>{method.upper()} {escape(path)}</code></p>",
        _prose(operation.get("description", "")),
        _parameters(operation.get("parameters", [])),
    ]
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        example = _example(document, content.get("schema", {}))
        shown = f"<pre>{escape(json.dumps(example, indent=2, ensure_ascii=False))}</pre>" if example else ""
        parts.append(f"<p>Body: <code>{escape(kind)}</code></p>{shown}")
    answers = ", ".join(
        f"{status} {escape(answer.get('description', ''))}" for status, answer in operation.get("responses", {}).items()
    )
    return "".join(parts) + f"<p>Answers: {answers}.</p></section>"


def _parameters(parameters: list[dict[str, Any]]) -> str:
    if not parameters:
        return ""
    rows = "".join(
        f"<tr><td><code>{escape(one['name'])}</code></td><td>{escape(one['in'])}</td>"
        f"<td>{'needed' if one.get('required') else 'optional'}</td><td>{_inline(one.get('description', ''))}</td></tr>"
        for one in parameters
    )
    return (
        "<table><caption>Parameters</caption><thead><tr><th>Name</th><th>In</th><th></th><th>Meaning</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )


def _example(document: dict[str, Any], schema: dict[str, Any]) -> Any:
    if "$ref" in schema:
        schema = document["components"]["schemas"].get(schema["$ref"].rsplit("/", 1)[1], {})
    if schema.get("examples"):
        return schema["examples"][0]
    properties = schema.get("properties", {})
    return {name: _example(document, part) for name, part in properties.items()} or None


def _prose(text: str) -> str:
    """Write paragraphs and starred lists, the little Markdown that the descriptions use."""
    parts = []
    for block in text.strip().split("\n\n"):
        if block.startswith("* "):
            points = block.removeprefix("* ").split("\n* ")
            parts.append("<ul>" + "".join(f"<li>{_inline(point)}</li>" for point in points) + "</ul>")
        else:
            parts.append(f"<p>{_inline(block)}</p>")
    return "".join(parts)


def _inline(text: str) -> str:
    return _between(_between(escape(text), "`", "code"), "**", "strong")


def _between(text: str, mark: str, tag: str) -> str:
    pieces = text.split(mark)
    return "".join(f"<{tag}>{piece}</{tag}>" if number % 2 else piece for number, piece in enumerate(pieces))
