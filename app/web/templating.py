"""How templates are read: GOV.UK's components ask their parameters for hundreds of names that nobody gave."""

from __future__ import annotations

from typing import Any

from jinja2 import ChainableUndefined, ChoiceLoader, Environment, PackageLoader, PrefixLoader, Template
from jinja2.runtime import Context, Macro

from app.web.skeletons import Kept

# Of GOV.UK, as the loader names them, which takes their prefix off; those that a test holds against the library.
KEPT = (
    "back-link", "button", "checkboxes", "date-input", "details", "error-message", "error-summary", "fieldset",
    "file-upload", "hint", "input", "inset-text", "label", "pagination", "panel", "radios", "select",
    "service-navigation", "skip-link", "summary-list", "tag", "textarea", "warning-text",
)  # fmt: skip
_COMPONENTS = frozenset(f"components/{one}/macro.html" for one in KEPT)
_OF_EVERY_DICT = frozenset(dir(dict))


class _Template(Template):
    """A template of an environment in which all of them are given the same globals."""

    _is_kept = False

    def _get_default_module(self, ctx: Context | None = None) -> Any:
        """Give what another template imports from this one.

        The library looks first whether whoever imports has globals that this one lacks. None has, and looking takes
        longer than the rest of a small component.
        """
        del ctx
        module = super()._get_default_module()
        if not self._is_kept and self.name in _COMPONENTS:
            for name, macro in vars(module).items():
                if isinstance(macro, Macro):
                    setattr(module, name, Kept(macro))
            self._is_kept = True
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
