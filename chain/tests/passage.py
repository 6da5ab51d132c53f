"""A way to PostgreSQL on which the connection can end in the middle of a COMMIT."""

import socket
import threading
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from django.db import connection

# A simple query's message, which is how drivers end a transaction: its letter, its length, itself.
COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"


class Passage:
    """Listens on a port and passes everything on to the test's database and back.

    After `cut_after_commit()` the next COMMIT arrives and is done, and its answer is lost with the
    connection; after `cut_before_commit()` it doesn't arrive. Other connections go on, or are
    refused while `is_shut`.
    """

    def __init__(self) -> None:
        self.is_shut = False
        # How many were cut at a COMMIT, and how many refused.
        self.cuts = self.refused = 0
        self._cue: str | None = None
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._start(self._accept)

    @property
    def url(self) -> str:
        """The test's database, by way of here."""
        database = connection.settings_dict
        user = quote(database["USER"] or "")
        if database["PASSWORD"]:
            user += f":{quote(database['PASSWORD'], safe='')}"
        port = self._listener.getsockname()[1]
        return f"postgres://{user}@127.0.0.1:{port}/{database['NAME']}"

    def cut_after_commit(self) -> None:
        self._cue = "after"

    def cut_before_commit(self) -> None:
        self._cue = "before"

    def cut_everything(self) -> None:
        """End every connection through it; new ones are taken, unless it is shut."""
        for end in self._open:
            _end(end)

    def close(self) -> None:
        self.cut_everything()
        _end(self._listener)
        for end in [self._listener, *self._open]:
            end.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self.is_shut:
                self.refused += 1
                client.close()
                continue
            server = self._server()
            self._open += [client, server]
            # Set where the next thing that the server says is the answer to be lost.
            lost = threading.Event()
            self._start(self._onward, client, server, lost)
            self._start(self._back, server, client, lost)

    def _server(self) -> socket.socket:
        database = connection.settings_dict
        host, port = database["HOST"], int(database["PORT"] or 5432)
        if not host.startswith("/"):
            return socket.create_connection((host or "127.0.0.1", port))
        server = socket.socket(socket.AF_UNIX)
        server.connect(str(Path(host) / f".s.PGSQL.{port}"))
        return server

    def _onward(self, client: socket.socket, server: socket.socket, lost: threading.Event) -> None:
        with suppress(OSError):
            while data := client.recv(65536):
                cue = self._take_cue() if COMMIT in data else None
                if cue == "before":
                    break
                if cue == "after":
                    lost.set()
                server.sendall(data)
        _end(client)
        _end(server)

    def _back(self, server: socket.socket, client: socket.socket, lost: threading.Event) -> None:
        with suppress(OSError):
            while (data := server.recv(65536)) and not lost.is_set():
                client.sendall(data)
        _end(client)
        _end(server)

    def _take_cue(self) -> str | None:
        with self._lock:
            cue, self._cue = self._cue, None
            self.cuts += cue is not None
            return cue

    def _start(self, target, *args) -> None:
        threading.Thread(target=target, args=args, daemon=True).start()


def _end(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
