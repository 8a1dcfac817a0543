"""A line to a server that is cut while bytes go over it: after so many of them, and again after so many more."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator, Sequence


class CuttingLine:
    """Passes connections on to a server of ours, and now and then resets one, as a router does that forgot it."""

    def __init__(self, port: int, cut_after_bytes: Sequence[int]) -> None:
        """Take the server's port, and after how many bytes of all clients together a connection is cut, each time."""
        self._port = port
        self._cuts = list(cut_after_bytes)
        self._passed_bytes = 0
        self._counting = threading.Lock()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.cut = 0

    @contextlib.contextmanager
    def passing(self) -> Iterator[CuttingLine]:
        """Pass connections on until the end."""
        accepting = threading.Thread(target=self._accept, daemon=True)
        accepting.start()
        try:
            yield self
        finally:
            self._listening.shutdown(socket.SHUT_RDWR)
            accepting.join()
            self._listening.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.create_connection(("127.0.0.1", self._port))
                threading.Thread(target=self._pass_on, args=(client, server), daemon=True).start()
                threading.Thread(target=self._pass_back, args=(server, client), daemon=True).start()

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := client.recv(65536):
                server.sendall(piece)
                if self._is_to_cut(len(piece)):
                    for end in (client, server):
                        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    break
        _end(client, server)

    def _pass_back(self, server: socket.socket, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := server.recv(65536):
                client.sendall(piece)
        _end(client, server)

    def _is_to_cut(self, piece_bytes: int) -> bool:
        with self._counting:
            self._passed_bytes += piece_bytes
            if not self._cuts or self._passed_bytes < self._cuts[0]:
                return False
            self._passed_bytes -= self._cuts.pop(0)
            self.cut += 1
            return True


def _end(*ends: socket.socket) -> None:
    for end in ends:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
