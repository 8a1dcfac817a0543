"""A law: however a document is cut into requests, and wherever they break off, the document is the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.actions import documents, uploads
from app.actions.tools import Actor
from app.actions.uploads import Announced, Sent
from app.records import tables
from app.rules.errors import Code, PraError
from tests.unit.documents.world import World
from tests.unit.uploads.sending import Desk, cut_after


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    world = World(tmp_path_factory.mktemp("law"))
    yield Desk(world)
    world.service.close()


@cache
def the_actor(desk: Desk) -> Actor:
    """The one who sends; signed in once."""
    return desk.actor


@st.composite
def requests(draw: st.DrawFn) -> tuple[bytes, int, list[dict[str, Any]]]:
    """A document, how long its parts may be, and what a client does: sends some bytes, cut off or not, or astray."""
    size = draw(st.integers(1, 2000))
    content = hashlib.shake_256(draw(st.binary(max_size=4))).hexdigest(size)[:size].encode()
    acts = st.fixed_dictionaries(
        {"bytes": st.integers(0, 1200), "cut": st.booleans(), "astray": st.sampled_from([0, 0, 0, -1, 1])}
    )
    return content, draw(st.integers(100, 900)), draw(st.lists(acts, max_size=6))


@given(requests())
@settings(max_examples=40, deadline=None)
def test_document_is_the_same_however_it_was_cut(desk: Desk, sent: tuple[bytes, int, list[dict[str, Any]]]) -> None:
    content, part_bytes, acts = sent
    actor = the_actor(desk)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(uploads, "PART_BYTES", part_bytes)
        row = uploads.begin_upload(
            desk.tools, actor, desk.world.release.release_id, Announced("law.csv", "text/csv", len(content))
        )
        for act in acts:
            stands = uploads.get_upload(desk.tools, actor, row.upload_id)
            offset = max(0, stands.kept_bytes + act["astray"])
            piece = content[offset : offset + act["bytes"]]
            sent_on = Sent(offset, cut_after(piece, piece_bytes=97) if act["cut"] else [piece])
            if offset != stands.kept_bytes:  # where it stands at the end, it is told again that all is there
                with pytest.raises(PraError) as refused:
                    uploads.receive(desk.tools, lambda: actor, row.upload_id, sent_on)
                assert refused.value.code in (Code.UPLOAD_OFFSET_DIFFERS, Code.UPLOAD_ENDED)
                assert uploads.get_upload(desk.tools, actor, row.upload_id) == stands
            else:
                came_to = uploads.receive(desk.tools, lambda: actor, row.upload_id, sent_on)
                assert came_to.kept_bytes == offset + len(piece)
        stands = uploads.get_upload(desk.tools, actor, row.upload_id)
        if stands.kept_bytes < len(content):
            rest = Sent(stands.kept_bytes, [content[stands.kept_bytes :]])
            stands = uploads.receive(desk.tools, lambda: actor, row.upload_id, rest)
    assert stands.document_id is not None
    card = documents.get_document(desk.tools, actor, stands.document_id).card
    assert (card.sha256, card.plain_bytes) == (hashlib.sha256(content).hexdigest(), len(content))
    with desk.tools.reading() as connection:
        assert connection.execute(select(tables.upload_parts)).all() == []
    uploads.take_back_upload(desk.tools, actor, row.upload_id)
