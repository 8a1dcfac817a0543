"""Which language a page is in: what somebody chose, and what the catalogue has for it.

The words of a page are written in English in its template. The catalogue, ``translations/cy.po``, is what a translator
is given and gives back; it is read once, when the service starts. A page that is not among ``IN_WELSH`` keeps its
English body inside a Welsh frame, and says so.
"""

from __future__ import annotations

from functools import cache
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from fastapi import Request
from fastapi.responses import Response

from app.web import cookies

ENGLISH, WELSH = "en", "cy"
LANGUAGES = (ENGLISH, WELSH)
QUERY = "lang"
CATALOGUE = Path(__file__).parent / "translations" / "cy.po"
IN_WELSH = frozenset(
    {
        *("landing.html", "accessibility.html", "cookies.html", "problem.html", "sign_in.html", "code.html"),
        *("provider.html", "sessions.html", "account.html", "releases.html", "release.html", "declaration.html"),
        *("signed.html", "declared.html", "open.html", "opening.html", "passphrase.html", "opened.html", "log.html"),
        *("deputy.html", "report.html", "reported.html", "my_recalls.html", "statement.html"),
        *("age_keys.html", "diagnosis.html"),
        *("calendar.html", "published.html", "published_list.html", "public_lists.html", "public_lists_of.html"),
    }
)
"""The pages whose whole body is in the catalogue. A house test looks that nothing in them is left in English."""
_ONE_USE = "/sign-in/from/"  # what a sign-in elsewhere brings back is used up by looking at it


def to_translate(text: str) -> str:
    """Mark words that stand in code for the catalogue. Gives them as they are."""
    return text


def by_address(request: Request) -> str | None:
    """Give the language that an address names; None where it names none that there is."""
    named = request.query_params.get(QUERY, "")
    return named if named in LANGUAGES else None


def chosen(request: Request) -> str | None:
    """Give the language that was chosen: by the link just followed, or earlier; None where none was.

    What a browser says it prefers is no choice: it is set by whoever set up the machine.
    """
    by_link = by_address(request)
    if by_link is not None:
        return by_link
    kept = cookies.language(request)
    return kept if kept in LANGUAGES else None


def keep_choice(request: Request, response: Response) -> None:
    """Have the browser hold the language that the link just followed has chosen, where it chose one."""
    by_link = by_address(request)
    if by_link is not None:
        cookies.keep_language(response, by_link)


def way_to(request: Request, language: str) -> str | None:
    """Give the link to this same page in a language, as a query alone; None where the page cannot be asked for again.

    What answers a form is not asked for again: the same words might not come back, and a passphrase would not.
    """
    if request.method not in ("GET", "HEAD") or request.url.path.startswith(_ONE_USE):
        return None
    return f"?{urlencode([*_asked(request), (QUERY, language)])}"


def query_without_choice(request: Request) -> str:
    """Give the query of an address without the language it chose: that is kept, and may be chosen anew on the way."""
    return urlencode(_asked(request)) if by_address(request) else request.url.query


@cache
def catalogue() -> GNUTranslations:
    """Give the Welsh of the catalogue; what a translator has marked as unsure is left out, and so stays English."""
    compiled = BytesIO()
    with CATALOGUE.open("rb") as file:
        write_mo(compiled, read_po(file, locale=WELSH, abort_invalid=True))
    compiled.seek(0)
    return GNUTranslations(compiled)


def translated(text: str, language: str) -> str:
    """Give words in a language; as they are where the catalogue has none for them."""
    return catalogue().gettext(text) if text and language == WELSH else text


def counted(one: str, many: str, count: int, language: str) -> str:
    """Give words about a number of things, in the form that the language has for that number."""
    if language == WELSH:
        return catalogue().ngettext(one, many, count)
    return one if count == 1 else many


def _asked(request: Request) -> list[tuple[str, str]]:
    return [one for one in parse_qsl(request.url.query, keep_blank_values=True) if one[0] != QUERY]
