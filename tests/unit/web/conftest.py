"""Whatever a page writes with a component that is kept is held against what the library writes of it anew."""

from __future__ import annotations

from typing import Any

import pytest
from markupsafe import Markup

from app.web.skeletons import Kept


@pytest.fixture(autouse=True)
def components_held_against_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Kept.__call__

    def held(self: Kept, *given: Any, **called: Any) -> Markup:
        written = kept(self, *given, **called)
        assert written == vars(self)["_macro"](*given, **called)
        return written

    monkeypatch.setattr(Kept, "__call__", held)
