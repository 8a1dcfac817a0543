"""What receivers of webhooks are sent, as the OpenAPI document describes it. Nobody answers it here."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from app.api.schemas import MomentOut, Out
from app.rules.publicnews import TITLES, NewsKind

_REF = "#/components/schemas/{model}"
_HEADERS = {
    "webhook-id": (
        "The same each time this message is sent. You have it already where you know it.",
        "whd_0a1b2c3d4e5f60718293a4b5",
    ),
    "webhook-timestamp": ("When this attempt was made, in seconds since 1970.", "1773135000"),
    "webhook-signature": (
        "`v1,` and HMAC-SHA256 in base64, over id, timestamp and body with full stops between; a blank parts several.",
        "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
    ),
}


class NewsLinksOut(Out):
    """Where more can be read, by everybody."""

    feed: str = Field(examples=["https://pra.department.gov.example/api/v1/producers/prd_…/public-news.atom"])
    page: str | None = Field(None, description="Where the producer publishes it.")
    list_of_posts: str | None = Field(None, description="With `list_of_posts.published`.")
    documents: str | None = Field(None, description="With `contingency_page.opened` and `.withdrawn`.")


class NewsOut(Out):
    """What became known: ids, instants and links, nothing else."""

    news_id: str = Field(
        description="Its id in the feed.",
        examples=["tag:pra.department.gov.example,2026-03-10:release.published/mov_0a1b2c3d4e5f60718293a4b5"],
    )
    producer_id: str = Field(examples=["prd_3e4f5a6b7c8d9e0f1a2b3c4d"])
    release_id: str = Field(examples=["rel_5f3a9c1e7b2d4a6088c9d1e2"])
    sequence: int = Field(description="Counts what this webhook is sent of this release, from 1.", examples=[3])
    publishes_at: MomentOut = Field(description="The time set, as it was told then.")
    published_at: MomentOut | None = Field(None, description="With `release.published`.")
    links: NewsLinksOut


class MessageOut(Out):
    """The body of a message."""

    type: NewsKind = Field(examples=["release.published"])
    timestamp: MomentOut = Field(description="When it became known.")
    data: NewsOut


def describe_messages(document: dict[str, Any]) -> None:
    """Add to an OpenAPI document what receivers are sent: one entry for each type of news.

    Args:
        document: OpenAPI 3.1.

    Source:
        Standard Webhooks 1.0.0
    """
    made = MessageOut.model_json_schema(mode="serialization", ref_template=_REF)
    schemas = document["components"]["schemas"]
    for name, schema in made.pop("$defs").items():
        schemas.setdefault(name, schema)
    schemas["MessageOut"] = made
    document["webhooks"] = {kind.value: {"post": _message(kind)} for kind in NewsKind}


def _message(kind: NewsKind) -> dict[str, Any]:
    return {
        "tags": ["webhooks"],
        "summary": TITLES[kind],
        "description": "Answer with 2xx within 15 seconds, and look up the rest afterwards. Else it is sent again.",
        "operationId": f"receive_{kind.value.replace('.', '_')}",
        "parameters": [
            {
                "name": name,
                "in": "header",
                "required": True,
                "description": words,
                "schema": {"type": "string", "examples": [shown]},
            }
            for name, (words, shown) in _HEADERS.items()
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": _REF.format(model="MessageOut")}}},
        },
        "responses": {
            "2XX": {"description": "Taken."},
            "410": {"description": "No more of this is wanted; nothing is sent any more."},
            "default": {"description": "Sent again later, for a little more than three days."},
        },
    }
