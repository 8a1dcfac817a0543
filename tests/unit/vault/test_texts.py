"""A short text under seal opens for the permit that names it, and for nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from app.keys import Keys, Ring
from app.rules.errors import Broken, SealBroken
from app.rules.textpermits import TextPermit, decide_text
from app.vault.texts import SealedText, open_text, seal_text
from tests.unit.rules.test_prepared_texts import DUE, facts

WORDS = "Jobs up by 4,700 in May – the most for a year."
KEYS = Keys(Ring.in_memory())


def permit(version: int = 1) -> TextPermit:
    decided = decide_text(facts(prepares=True), DUE, version=version, taking=False)
    assert isinstance(decided, TextPermit)
    return decided


def sealed(text_id: str = "txt_1", version: int = 1) -> SealedText:
    return seal_text(WORDS, text_id=text_id, version=version, wrap=KEYS.wrap)


def test_words_come_back_for_their_permit_and_lie_nowhere_in_what_is_kept() -> None:
    kept = sealed()
    assert open_text(permit(), kept, at=DUE, unwrap=KEYS.unwrap) == WORDS
    assert WORDS.encode() not in kept.sealed_words + kept.wrapped_identity
    assert sealed().sealed_words != kept.sealed_words


def test_permit_for_something_else_opens_nothing() -> None:
    kept = sealed()
    with pytest.raises(Broken, match="another text"):
        open_text(permit(2), kept, at=DUE, unwrap=KEYS.unwrap)
    with pytest.raises(Broken, match="another text"):
        open_text(permit(), sealed("txt_2"), at=DUE, unwrap=KEYS.unwrap)
    with pytest.raises(Broken, match="another instant"):
        open_text(permit(), kept, at=DUE + timedelta(seconds=1), unwrap=KEYS.unwrap)
    with pytest.raises(Broken, match="without a permit"):
        open_text("yes", kept, at=DUE, unwrap=KEYS.unwrap)  # type: ignore[arg-type]  # deliberate: no permit at all


def one_byte(kept: SealedText) -> SealedText:
    return replace(kept, sealed_words=kept.sealed_words[:-1] + bytes([kept.sealed_words[-1] ^ 1]))


def cut(kept: SealedText) -> SealedText:
    return replace(kept, sealed_words=kept.sealed_words[:-20])


def destroyed(kept: SealedText) -> SealedText:
    return replace(kept, wrapped_identity=b"")


def relabelled(_: SealedText) -> SealedText:
    """The row of another text, given this one's name by whoever can write to the records."""
    return replace(sealed("txt_2"), text_id="txt_1", bound_to="txt_1/1")


def of_another_version(kept: SealedText) -> SealedText:
    return replace(kept, wrapped_identity=sealed(version=2).wrapped_identity)


@pytest.mark.parametrize("change", [one_byte, cut, destroyed, relabelled, of_another_version])
def test_what_was_altered_opens_as_nothing(change: Callable[[SealedText], SealedText]) -> None:
    with pytest.raises(SealBroken):
        open_text(permit(), change(sealed()), at=DUE, unwrap=KEYS.unwrap)
