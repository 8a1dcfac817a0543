"""Puts the ASGI application together from tools: every route, every problem, what stands around them."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from app.actions.tools import Tools
from app.api import problems
from app.api.bodies import BoundedBodies
from app.api.crowds import TakingTurns
from app.api.describing import API_DESCRIPTION, complete_openapi
from app.api.headers import SafeHeaders
from app.api.routes import API_ROUTERS, ROOT_ROUTERS
from app.api.signposts import Signposts
from app.api.tus import TusHeaders
from app.web.language import catalogue
from app.web.problems import problem_page, wants_page
from app.web.routes import WEB_ROUTERS

_NEW_OBJECTS = 5_000  # so many more than were let go, before the new ones are looked through; the library's is 700


def build(tools: Tools, *, background: Callable[[], AbstractContextManager[None]] = nullcontext) -> FastAPI:
    """Build the application.

    Args:
        tools: What every action is handed.
        background: Runs beside the application from its start to its stop; the worker, unless a test wants none.

    Returns:
        The application, with every route, every problem and the OpenAPI document.
    """
    catalogue()  # one that cannot be read stops the start, and not the first page in Welsh

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(signposts.read)
        running = background()
        await run_in_threadpool(running.__enter__)
        try:
            yield
        finally:
            await run_in_threadpool(running.__exit__, None, None, None)

    application = FastAPI(
        title="Pre-release access gatekeeper",
        version="1",
        description=API_DESCRIPTION,
        lifespan=lifespan,
        openapi_url=None,  # the document has a door of its own, which keeps it as bytes
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # a redirect would be built from whatever Host the caller claims
    )
    application.state.tools = tools
    for router in (*API_ROUTERS, *ROOT_ROUTERS, *WEB_ROUTERS):
        # Not included: the framework would make every route anew, which costs 18 MB and two seconds.
        application.router.routes.extend(router.routes)
    signposts = Signposts(application.router)
    application.router.middleware_stack = signposts
    problems.install(application, wants_page, problem_page)
    complete_openapi(application)
    application.add_middleware(BoundedBodies)
    application.add_middleware(TusHeaders)
    application.add_middleware(SafeHeaders)
    application.add_middleware(TakingTurns)
    return application


def collect_seldom() -> None:
    """Have the garbage collector leave alone what was loaded at the start, and look at the rest less often.

    It looked through a million objects every few hundred requests, half a second each time, in which nobody was
    answered; and a page that lists seven hundred entries set it going four hundred times.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)
