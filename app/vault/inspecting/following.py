"""Where a link leads, and whether whoever follows it starts more than a browser or a letter. In the child alone."""

from __future__ import annotations

import re

from app.vault.inspecting.kinds import not_inert

_SCHEME = re.compile(r"^\s*([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_READ_BY_FOLLOWING = frozenset(("http", "https", "mailto", "tel"))
_DRIVE = re.compile(r"^\s*(?:file:///?)?/?[a-z][:|](?![/\\]{2}[^/\\])", re.IGNORECASE)
_LOCAL_FILE = re.compile(r"^\s*file:///(?![/\\])", re.IGNORECASE)


def leads_out(target: str) -> bool:
    """Say whether a target names something outside its own document by a scheme or by a machine."""
    return _SCHEME.match(target) is not None or target.lstrip().startswith(("//", "\\"))


def demand_followable(said: str, target: str) -> None:
    """Stop at a link that leads to a file or a program instead of a page or an address.

    Args:
        said: What the document is, in words.
        target: As it is written there, unescaped.

    Raises:
        Malformed: Code ``document_not_inert``.
    """
    scheme = _SCHEME.match(target)
    if (scheme and scheme[1].lower() in _READ_BY_FOLLOWING) or not leads_out(target):
        return
    raise not_inert(
        f"A link in the {said} leads to a file or a program ({target.strip()[:60]}), and a reader who follows it would "
        "start that. Remove it; links to web pages and e-mail addresses are accepted."
    )


def is_on_the_readers_own_machine(target: str) -> bool:
    """Say whether a template is looked for on the reader's own machine, where opening the document asks nobody else.

    Office and LibreOffice write where a document's template lay on its author's machine, and look for it when the
    document is opened; by a network path they would ask that machine, with the reader's name.
    """
    return bool(_DRIVE.match(target) or _LOCAL_FILE.match(target)) or not leads_out(target)
