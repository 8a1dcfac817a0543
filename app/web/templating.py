"""How templates are read: GOV.UK's components ask their parameters for hundreds of names that nobody gave."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, cast

from jinja2 import ChainableUndefined, ChoiceLoader, Environment, PackageLoader, PrefixLoader, Template, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

# By the template of each; the form that the log is searched with has a dozen, and a choice of all kinds of entry.
_FIELDS = {"components/input/macro.html": "govukInput", "components/select/macro.html": "govukSelect"}
_MOST = 200
_OF_EVERY_DICT = frozenset(dir(dict))


class _Kept:
    """A component of a form that is written once where the template says ``ours``: all its words are the service's own.

    A name that stands in a label or a hint, what somebody typed, and what they are told of it is written each time and
    not kept: it would outlive the erasure of whoever it is about.
    """

    def __init__(self, macro: Callable[..., Markup]) -> None:
        self._macro = macro
        self._written: OrderedDict[str, Markup] = OrderedDict()
        self._lock = threading.Lock()

    @pass_context
    def __call__(self, context: Context, params: dict[str, Any]) -> Markup:
        """Write the component."""
        if not _is_ours(params):
            return cast(Markup, context.call(self._macro, params))
        given = repr(params)
        with self._lock:
            written = self._written.get(given)
        if written is None:
            written = cast(Markup, context.call(self._macro, params))
        with self._lock:
            self._written[given] = written
            self._written.move_to_end(given)
            while len(self._written) > _MOST:
                self._written.popitem(last=False)
        return written


def _is_ours(params: dict[str, Any]) -> bool:
    """Say whether a template vouches for every word of it, and nobody has typed anything or is told of a mistake."""
    if not params.get("ours") or params.get("errorMessage"):
        return False
    chosen = params.get("value")
    return not chosen or chosen in [item.get("value") for item in params.get("items") or () if item]


class _Template(Template):
    """A template of an environment in which all of them are given the same globals."""

    def _get_default_module(self, ctx: Context | None = None) -> Any:
        """Give what another template imports from this one.

        The library looks first whether whoever imports has globals that this one lacks. None has, and looking takes
        longer than the rest of a small component.
        """
        del ctx
        module = super()._get_default_module()
        field = _FIELDS.get(self.name or "")
        if field is not None and not isinstance(getattr(module, field), _Kept):
            setattr(module, field, _Kept(getattr(module, field)))
        return module


class PageEnvironment(Environment):
    """An environment that looks a name up in a plain dictionary as a key at once.

    The library looks for an attribute first, and is told by an exception that there is none: once for each parameter
    of each component. What is an attribute of every dictionary is looked up as the library does.
    """

    template_class = _Template

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Give what a template calls ``obj.attribute``; something undefined where there is no such thing."""
        if type(obj) is dict and attribute not in _OF_EVERY_DICT:
            found = obj.get(attribute, self)
            return self.undefined(obj=obj, name=attribute) if found is self else found
        return super().getattr(obj, attribute)


def new_environment() -> PageEnvironment:
    """Make an environment for our own templates and those of GOV.UK's components."""
    loader = ChoiceLoader(
        [
            PackageLoader("app.web"),
            PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
        ]
    )
    return PageEnvironment(
        loader=loader,
        autoescape=True,
        # The macros of govuk-frontend-jinja look into what they were not given, and mind their blanks.
        undefined=ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        auto_reload=False,  # no template changes while the service runs, so none is looked for on the disk again
    )
