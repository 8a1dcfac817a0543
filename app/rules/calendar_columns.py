"""What the columns of a calendar may be called, and the words that may stand in them."""

from __future__ import annotations

from app.rules.facts import Order, Sensitivity

NAMES: dict[str, tuple[str, ...]] = {
    "title": (
        "title",
        "release",
        "release title",
        "name",
        "publication",
        "publication title",
        "statistics",
        "output",
        "summary",
    ),
    "series": ("series", "series title", "statistical series", "publication series", "collection"),
    "order": ("order", "governing order", "pre release access order", "instrument", "legislation"),
    "sensitivity": ("sensitivity", "class", "classification", "market sensitive", "market sensitivity"),
    "date": (
        "date",
        "publication date",
        "release date",
        "date and time",
        "publication date and time",
        "release date and time",
        "publishes at",
        "planned date",
        "start",
    ),
    "time": ("time", "publication time", "release time", "start time"),
    "lead": (
        "lead official",
        "lead official email",
        "lead official address",
        "lead statistician",
        "lead statistician email",
        "responsible statistician",
        "lead email",
        "lead",
    ),
    "url": ("landing page", "page", "web page", "url", "link", "web address", "public url"),
    "exemption": ("exemption", "time exemption", "exemption from the standard time"),
    "uid": ("uid", "calendar uid", "reference", "id", "identifier"),
    # Our own export has these for people; what stands in them is not read.
    "state": ("state",),
    "notice": ("notice",),
}
LIMITS = {
    "title": 300,
    "series": 300,
    "order": 60,
    "sensitivity": 60,
    "date": 60,
    "time": 20,
    "lead": 254,
    "url": 500,
    "exemption": 5000,
    "uid": 200,
    "state": 100,
    "notice": 10_000,
}
HEADINGS: tuple[tuple[str, str], ...] = (
    ("uid", "UID"),
    ("title", "Title"),
    ("series", "Series"),
    ("order", "Order"),
    ("sensitivity", "Sensitivity"),
    ("date", "Date"),
    ("time", "Time"),
    ("lead", "Lead official"),
    ("url", "Landing page"),
    ("exemption", "Exemption"),
)
ORDER_WORDS = {
    "uk": Order.UK,
    "united kingdom": Order.UK,
    "england": Order.UK,
    "scotland": Order.SCOTLAND,
    "wales": Order.WALES,
    "northern ireland": Order.NORTHERN_IRELAND,
    "ni": Order.NORTHERN_IRELAND,
    "si 2008/2998": Order.UK,
    "ssi 2008/399": Order.SCOTLAND,
    "wsi 2009/2818": Order.WALES,
    "sr 2009/71": Order.NORTHERN_IRELAND,
}
SENSITIVITY_WORDS = {
    **{one.value.replace("_", " "): one for one in Sensitivity},
    "yes": Sensitivity.MARKET_SENSITIVE,
    "no": Sensitivity.ORDINARY,
}
