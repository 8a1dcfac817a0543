"""Who and what the demo's story is about, and the few things its scenes do again and again."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.cli.seed import ExampleProducer
from app.cli.stage import Stage
from app.rules.facts import Role

EXAMPLE = Path(__file__).parent / "example"
AS_PUBLISHED = EXAMPLE / "labour-market-july-2016-as-published.csv"
COMPLETED = EXAMPLE / "labour-market-july-2016-completed.csv"

DEPUTY_HEAD = ("Kim Sorrel", "kim.sorrel@stats.gov.example")
STRANGER = "vic.willow@elsewhere.gov.example"


@dataclass
class Story:
    """The people, by what they are in the story, and what has come to be on the way.

    Attributes:
        escrow_secret: The offline key, ``AGE-SECRET-KEY-1…``; in life it lies in a safe.
    """

    stage: Stage
    producer: ExampleProducer
    escrow_secret: str
    release_id: str = ""
    list_id: str = ""
    bulletin_id: str = ""
    tables_id: str = ""
    text_id: str = ""
    recipients: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        with COMPLETED.open(encoding="utf-8", newline="") as sheet:
            self.recipients = list(csv.DictReader(sheet))

    @property
    def statistician(self) -> str:
        """Address of the statistician."""
        return self.producer.addresses[Role.STATISTICIAN]

    @property
    def lead(self) -> str:
        """Address of the lead official."""
        return self.producer.addresses[Role.LEAD_OFFICIAL]

    @property
    def head(self) -> str:
        """Address of the head of profession."""
        return self.producer.addresses[Role.HEAD_OF_PROFESSION]

    @property
    def deputy_head(self) -> str:
        """Address of the deputy head of profession, who may approve too."""
        return DEPUTY_HEAD[1]

    @property
    def auditor(self) -> str:
        """Address of the auditor."""
        return self.producer.addresses[Role.AUDITOR]

    def recipient(self, role: str) -> dict[str, str]:
        """Give the (first) holder of a post, as the example's sheet has them."""
        return next(row for row in self.recipients if row["Role"] == role)

    def release(self, who: str) -> Any:
        """Read the release, with its ETag."""
        return self.stage.do("GET", f"/api/v1/releases/{self.release_id}", who=who)

    def move(self, who: str, how: str, **body: Any) -> Any:
        """Move the release, e.g. ``rescheduling``, with the ETag it has now."""
        etag = self.release(who)["etag"]
        path = f"/api/v1/releases/{self.release_id}/{how}"
        return self.stage.do("POST", path, who=who, body=body or None, if_match=etag)

    def sign(self, who: dict[str, str]) -> Any:
        """Let a recipient read and sign the declaration."""
        path = f"/api/v1/releases/{self.release_id}"
        shown = self.stage.do("GET", f"{path}/undertaking", who=who["E-mail"])
        body = {"undertaking_sha256": shown["sha256"], "typed_name": who["Name"], "agreed": True}
        return self.stage.do("POST", f"{path}/declarations", who=who["E-mail"], expect=201, body=body)

    def open(self, who: str, document_id: str) -> Any:
        """Ask to open a document; gives the whole answer, whatever it is."""
        return self.stage.call("POST", f"/api/v1/documents/{document_id}/openings", who=who)

    def reasons(self, answer: Any) -> str:
        """Give the codes of a refusal's reasons, as text."""
        return ", ".join(reason["code"] for reason in answer.json().get("reasons", []))
