"""Servers on this machine, in threads: what speaks HTTP badly, over TLS, or as a proxy."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

__all__ = ["head_of", "serving", "tunnel"]

HOST = "127.0.0.1"


@contextmanager
def serving(behave: Callable[[socket.socket], None], context: ssl.SSLContext | None = None) -> Iterator[int]:
    """The port of a server that does this with every connection; one that is broken off is no error."""
    connections: list[threading.Thread] = []

    def serve(connection: socket.socket) -> None:
        with suppress(OSError), connection:
            connection.settimeout(10)
            if context is None:
                behave(connection)
                return
            with context.wrap_socket(connection, server_side=True) as secure:
                behave(secure)

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                connections.append(threading.Thread(target=serve, args=(connection,), daemon=True))
                connections[-1].start()

    with socket.create_server((HOST, 0)) as listener:
        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)  # because closing alone does not wake who accepts
            accepting.join(10)
            for connection in connections:
                connection.join(10)


def head_of(connection: socket.socket) -> str:
    """The next request without its body, which our requests to these servers do not have; empty at the end."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = connection.recv(1)
        if not byte:
            return ""
        head += byte
    return head.decode("ascii")


def tunnel(
    asked: list[str], port: int, answer: bytes = b"HTTP/1.1 200 Connection established\r\n\r\n"
) -> Callable[[socket.socket], None]:
    """A proxy that leads every CONNECT to a port of this machine, whatever host it names; `asked` gets what it saw."""

    def behave(connection: socket.socket) -> None:
        asked.append(head_of(connection))
        connection.sendall(answer)
        if b" 200 " not in answer:
            return
        with socket.create_connection((HOST, port)) as onward:
            back = threading.Thread(target=_pass_on, args=(onward, connection), daemon=True)
            back.start()
            _pass_on(connection, onward)
            back.join(10)

    return behave


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)
