"""Leads a request to the few routes that may have its address, instead of past all of them.

The framework asks one route after another, and there are more than five hundred. Here the parts of every address are
put into a tree once. What is found in it is still asked by the framework's own rules, in the framework's own order, and
an address that is not found goes the framework's own way: the tree decides nothing, it only leaves out who cannot
answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from fastapi.routing import APIRouter
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send

ROUTES_HERE = "pra.routes_here"


@dataclass
class _Post:
    """One part of an address: where each next part leads, and which routes have an address that ends here."""

    named: dict[str, _Post] = field(default_factory=dict)
    any_name: _Post | None = None
    routes: set[int] = field(default_factory=set)


class Signposts:
    """Takes the place of the search for a route, whose own way it falls back to."""

    def __init__(self, router: APIRouter) -> None:
        """Stand before a search.

        Args:
            router: The application's own, with all routes that there will be.
        """
        self._router = router
        self._search = router.middleware_stack

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request to the route that the framework would come to."""
        found = self._found(scope) if scope["type"] == "http" else None
        if found is None:
            await self._search(scope, receive, send)
            return
        route, more = found
        scope.setdefault("router", self._router)
        scope.update(more)
        await route.handle(scope, receive, send)

    def read(self) -> None:
        """Make the tree; nobody's request is to wait for that."""
        self._tree  # noqa: B018  # deliberate: it is kept once it was asked for

    def routes_at(self, path: str) -> list[BaseRoute]:
        """Give the routes that may have this address, in their order.

        Args:
            path: Decoded, without a query.
        """
        posts = [self._tree]
        for part in path.split("/"):
            ahead = [post.named[part] for post in posts if part in post.named]
            posts = ahead + [post.any_name for post in posts if post.any_name is not None]
            if not posts:
                break
        numbers = self._tree.routes.union(*(post.routes for post in posts))
        return [self._router.routes[number] for number in sorted(numbers)]

    def _found(self, scope: Scope) -> tuple[BaseRoute, Scope] | None:
        """Give the first route that takes the request, or else the first that has its address; None when unsure."""
        if scope.get("root_path") or "\n" in scope["path"]:  # the framework's patterns may end before a line's end
            return None
        scope[ROUTES_HERE] = here = self.routes_at(scope["path"])
        has_address = None
        for route in here:
            match, more = route.matches(scope)
            if match is not Match.NONE and not isinstance(route, Route):  # several in one: the framework's business
                return None
            if match is Match.FULL:
                return route, more
            if match is Match.PARTIAL and has_address is None:
                has_address = route, more
        return has_address

    @cached_property
    def _tree(self) -> _Post:
        tree = _Post()
        for number, route in enumerate(self._router.routes):
            path = route.path if isinstance(route, Route) else ":path}"
            post = tree
            for part in path.split("/") if ":path}" not in path else ():  # many parts in one: asked everywhere
                if "{" not in part:
                    post = post.named.setdefault(part, _Post())
                    continue
                if post.any_name is None:
                    post.any_name = _Post()
                post = post.any_name
            post.routes.add(number)
        return tree
