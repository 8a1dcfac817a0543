"""Begins a story at an instant, and ends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.story import Story

Begin = Callable[..., Story]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    """Begin a story with ``begin(at)``; the whole service comes with it."""
    with ExitStack() as closing:

        def make(at: datetime, **how: Any) -> Story:
            story = Story(tmp_path, at, **how)
            closing.callback(story.service.close)
            return story

        yield make
