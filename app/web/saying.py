"""What templates say things with, in the language of the page that they are in.

A page has two languages: that of its frame, which is the one chosen, and that of its body, which is English where the
page is not in the catalogue. What stays English on a page in Welsh is marked as English, for whoever has it read out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from app.rules.reasons import Reason, instant_text
from app.web import refusals, welsh, words
from app.web.language import ENGLISH, WELSH, counted, to_translate, translated


def body_language(context: Context) -> str:
    """Give the language of a page's body."""
    found: str = context.get("body_language") or ENGLISH
    return found


@pass_context
def body(context: Context, text: str) -> str:
    """Give words of a page's body in its language."""
    return translated(text, body_language(context))


@pass_context
def bodies(context: Context, one: str, many: str, count: int) -> str:
    """Give words of a page's body about a number of things, in its language."""
    return counted(one, many, count, body_language(context))


@pass_context
def frame(context: Context, text: str) -> str:
    """Give words of what surrounds every page, in the language that was chosen."""
    return translated(text, context.get("language") or ENGLISH)


@pass_context
def told(context: Context, text: str | None) -> Markup:
    """Give words that come from elsewhere: in Welsh where the catalogue has them, and else marked as English."""
    if not text or body_language(context) == ENGLISH:
        return escape(text or "")
    said = translated(text, WELSH)
    return escape(said) if said != text else as_english(context, text)


@pass_context
def as_english(context: Context, text: str) -> Markup:
    """Give words that are English whatever the page is, such as those of the law; marked as such on a page in Welsh."""
    if body_language(context) == ENGLISH:
        return escape(text)
    return Markup('<span lang="en">{}</span>').format(text)


@pass_context
def mistake(context: Context, text: str | None) -> Mapping[str, Any] | None:
    """Give what a field's macro takes for what is wrong with it; None where nothing is."""
    if not text:
        return None
    return {"html": told(context, text), "visuallyHiddenText": body(context, to_translate("Error"))}


@pass_context
def refused(context: Context, reason: Reason) -> refusals.Worded:
    """Give a reason as this page says it."""
    return refusals.worded(reason, body_language(context))


@pass_context
def when(context: Context, at: datetime) -> str:
    """Write an instant as people say it."""
    return welsh.when(at) if body_language(context) == WELSH else words.when(at)


@pass_context
def clock(context: Context, at: datetime) -> str:
    """Write the time of an instant alone."""
    return welsh.clock(at) if body_language(context) == WELSH else words.clock(at)


@pass_context
def time_tag(context: Context, at: datetime) -> Markup:
    """Write an instant as a ``time`` element."""
    return _time_tag(at, body_language(context))


@lru_cache(maxsize=4096)  # a log or an account shows hundreds, and shows them again
def _time_tag(at: datetime, language: str) -> Markup:
    said = welsh.when(at) if language == WELSH else words.when(at)
    return Markup('<time datetime="{}">{}</time>').format(instant_text(at), said)


@pass_context
def day(context: Context, on: date) -> str:
    """Write a day."""
    return welsh.day(on) if body_language(context) == WELSH else words.day(on)


@pass_context
def size(context: Context, count_bytes: int) -> str:
    """Write a length for people."""
    return welsh.size(count_bytes) if body_language(context) == WELSH else words.size(count_bytes)


@pass_context
def countdown(context: Context, until: datetime, at: datetime) -> Markup:
    """Write how far ahead an instant is, for the script to keep true while the page is open."""
    if body_language(context) == ENGLISH:
        return words.countdown(until, at)
    seconds = int((until - at).total_seconds())
    if seconds <= 0:
        return Markup("nawr")
    return Markup('<span data-seconds-left="{}">mewn {}</span>').format(seconds, welsh.ahead(until, at))


FILTERS: dict[str, Callable[..., Any]] = {
    **words.FILTERS,
    "when": when,
    "clock": clock,
    "time_tag": time_tag,
    "day": day,
    "size": size,
    "spoken": body,
    "told": told,
    "as_english": as_english,
}
GLOBALS: dict[str, Callable[..., Any]] = {
    "countdown": countdown,
    "frame": frame,
    "mistake": mistake,
    "refused": refused,
}
