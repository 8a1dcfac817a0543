"""How a page is asked for: whatever it is put together from is of one state of the records."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from fastapi.routing import APIRoute

from app.actions.tools import Tools


class PageRoute(APIRoute):
    """The route of a page. What a form sends is acted on as anything else is: each action by itself."""

    def __init__(self, path: str, endpoint: Callable[..., Any], *, methods: Any = None, **rest: Any) -> None:
        """Take the function that answers; its tools are its argument ``tools``."""
        reads = methods is None or set(methods) == {"GET"}
        reads = reads and not getattr(endpoint, "asks_elsewhere", False)
        if reads and "tools" in inspect.signature(endpoint).parameters and not inspect.iscoroutinefunction(endpoint):
            endpoint = _of_one_state(endpoint)
        super().__init__(path, endpoint, methods=methods, **rest)


F = TypeVar("F", bound=Callable[..., Any])


def asks_elsewhere(endpoint: F) -> F:
    """Mark a page that waits for others than the database: no transaction is open while it does."""
    endpoint.asks_elsewhere = True  # type: ignore[attr-defined]  # deliberate: PageRoute looks for it
    return endpoint


def _of_one_state(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(endpoint)
    def answered(*, tools: Tools, **rest: Any) -> Any:
        with tools.one_state():
            return endpoint(tools=tools, **rest)

    return answered
