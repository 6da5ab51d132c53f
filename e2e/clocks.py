"""Clocks of a house's programs that go wrong: `clocks.c`, preloaded."""

import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kmarket import testing

DATABASE = "postgres"
# Of web processes, clock and feed.
HOSTS = Path(sys.executable).name
ON_TIME = 0


class Clocks:
    """The clocks of a house that is started with `env`; without a C compiler they go right."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.env: dict[str, str] = {}
        compiler = testing.compiler()
        if compiler is None:
            return
        folder.mkdir()
        library = folder / "clocks.so"
        source = Path(__file__).with_name("clocks.c")
        built = [compiler, "-shared", "-fPIC", "-O2", "-o", str(library), str(source), "-ldl"]
        subprocess.run(built, check=True)
        for whose in (DATABASE, HOSTS):
            self._set(whose, ON_TIME)
        self.env = {"LD_PRELOAD": str(library), "CLOCKS": str(folder)}

    @contextmanager
    def ahead(self, whose: str, seconds: int) -> Iterator[None]:
        """Have the clock of a program jump by so much, and back when the block ends."""
        self._set(whose, seconds)
        try:
            yield
        finally:
            self._set(whose, ON_TIME)

    def _set(self, whose: str, seconds: int) -> None:
        # In place: who has it open sees it at once.
        file = os.open(self._folder / whose, os.O_WRONLY | os.O_CREAT)
        os.pwrite(file, struct.pack("q", seconds), 0)
        os.close(file)
