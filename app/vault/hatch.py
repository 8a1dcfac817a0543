"""A hatch between two threads: pieces are made on one side, and taken one by one on the other.

A library that takes an iterator runs it in the midst of its own work, and cannot be called again from there: chunks
that are themselves read from a store would bring it down. Here they are made on the caller's own thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor


class _Left(Exception):
    """Told to whoever takes: no more pieces come, and what came is not to be kept."""


class _Hatch:
    """One piece at a time; whoever gives waits until it was taken."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._piece: bytes | None = None
        self._ended = False
        self._left = False
        self._shut = False

    def give(self, piece: bytes) -> bool:
        """Give a piece; False when nobody takes any more."""
        with self._changed:
            self._changed.wait_for(lambda: self._piece is None or self._shut)
            self._piece = piece
            self._changed.notify_all()
            return not self._shut

    def end(self) -> None:
        """Say that all pieces were given."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def leave(self) -> None:
        """Say that no more pieces come because something went wrong."""
        with self._changed:
            self._left = True
            self._changed.notify_all()

    def shut(self) -> None:
        """Say that nobody takes any more."""
        with self._changed:
            self._shut = True
            self._changed.notify_all()

    def __iter__(self) -> Iterator[bytes]:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._piece is not None or self._ended or self._left)
                if self._left:
                    raise _Left
                if self._piece is None:
                    return
                piece, self._piece = self._piece, None
                self._changed.notify_all()
            yield piece


def hand_through(chunks: Iterable[bytes], take: Callable[[Iterable[bytes]], object]) -> None:
    """Have one function take, on another thread, the pieces that are made on this one.

    Args:
        chunks: Made here. Their own error is raised here too, once whoever takes has been told to keep nothing.
        take: Takes them; raises what the iterator raises.

    Raises:
        Exception: Whatever ``chunks`` raises, or else whatever ``take`` does.
    """
    hatch = _Hatch()
    with ThreadPoolExecutor(1, thread_name_prefix="pra-hatch") as other:  # whoever leaves waits for it
        taking = other.submit(take, hatch)
        taking.add_done_callback(lambda _: hatch.shut())
        try:
            for chunk in chunks:
                if chunk and not hatch.give(bytes(chunk)):
                    break
        except BaseException:  # a stopped request (GeneratorExit, KeyboardInterrupt) must not leave the other waiting
            hatch.leave()
            raise
        hatch.end()
        taking.result()
