"""The one error of a witness; it may not import the service's own tree of errors."""

from __future__ import annotations


class WitnessTrouble(Exception):
    """The witness cannot go on: its key, its state or its list of logs is not as it must be. Nothing is signed."""
