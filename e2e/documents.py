"""Runs the code of a page word for word, block after block, against a running house.

Each language of a page is one program from its first block to its last, as for a reader who
pastes them into one terminal each: what a block defines, the later ones have. Between two blocks
the program waits, so that blocks of several languages are run in the order of the page.
"""

import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

import psycopg

from e2e.running import OF_THE_TEST_RUN, ROOT, Running
from kmarket import embedded
from tests.documents import Block

SECONDS_MAX = 100
# What a program says when a block is done.
DONE = "\x1e"

# How each language waits for its turn, and says that it is done.
_SH_HEAD = "exec 3<&0 </dev/null\nset -euo pipefail\n"
_SH = "printf '\\036\\n'\nread -r _ <&3\n"
_PYTHON_HEAD = """
def __wait():
    import sys
    sys.stdout.write("\\x1e\\n")
    sys.stdout.flush()
    sys.stdin.readline()
"""
_JS_HEAD = """
import { createInterface } from "node:readline";
import { WebSocket as $WebSocket } from "ws";
const $lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
async function $wait() { process.stdout.write("\\x1e\\n"); await $lines.next(); }
globalThis.WebSocket ??= $WebSocket;
// The wallet of a browser: the development chain's node signs for its accounts.
globalThis.window = { ethereum: { async request({ method, params = [] }) {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const headers = { "Content-Type": "application/json" };
  const said = await (await fetch(process.env.RPC, { method: "POST", body, headers })).json();
  if (said.error) throw new Error(said.error.message);
  return said.result;
} } };
"""
GATES = {
    "sh": (_SH_HEAD, _SH, ""),
    "python": (_PYTHON_HEAD, "__wait()\n", ""),
    "js": (_JS_HEAD, "await $wait();\n", "process.exit(0);\n"),
}
SUFFIXES = {"sh": "sh", "python": "py", "js": "mjs"}


def environment(demo: Running, chain_port: str) -> dict[str, str]:
    """Return the environment of somebody in another terminal than `make run`'s."""
    kept = {name: text for name, text in os.environ.items() if name not in OF_THE_TEST_RUN}
    return kept | {
        "KMARKET_DATA_DIR": str(demo.data_dir),
        "CHAIN": "dev",
        "CHAIN_DEV_PORT": chain_port,
        "RPC": f"http://127.0.0.1:{chain_port}",
    }


@dataclass
class Place:
    """A folder like that of the README's reader, and where their house is.

    `manage`: what runs `manage.py` here.
    """

    folder: Path
    demo: Running
    env: dict[str, str]
    manage: list[str]
    node_modules: Path

    def __post_init__(self) -> None:
        self.folder.mkdir()
        for name in ("examples", "manage.py", "docs"):
            (self.folder / name).symlink_to(ROOT / name)
        (self.folder / "node_modules").symlink_to(self.node_modules)
        self._write_python()

    def _write_python(self) -> None:
        """Make a `.venv/bin/python` that knows this house's addresses, where its reader's has
        those that the examples begin with."""
        python = self.folder / ".venv" / "bin" / "python"
        python.parent.mkdir(parents=True)
        http, ws, rpc = f"http://{self.demo.host}", f"ws://{self.demo.host}", self.env["RPC"]
        python.write_text(
            "#!/bin/sh\n"
            f'program=$1; shift; python="{sys.executable}"\n'
            'case "$program" in\n'
            f'manage.py) exec {shlex.join(self.manage)} manage.py "$@";;\n'
            f'examples/sign_in.py) exec "$python" "$program" --url {http} "$@";;\n'
            f'examples/watch.py) exec "$python" "$program" --url {ws} "$@";;\n'
            f'examples/vault.py) exec "$python" "$program" --url {http} --rpc {rpc} "$@";;\n'
            '*) echo "e2e/documents.py does not know how to run $program here" >&2; exit 1;;\n'
            "esac\n"
        )
        python.chmod(0o755)

    def here(self, text: str) -> str:
        """The same words, at this house's address."""
        return text.replace("127.0.0.1:8080", self.demo.host)


class Queries:
    """Blocks of SQL, each asked of the house's database."""

    def __init__(self, place: Place) -> None:
        where = embedded.database_settings(place.demo.data_dir)
        self._connection = psycopg.connect(
            dbname=where["NAME"], user=where["USER"], host=where["HOST"], port=where["PORT"]
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *how: Any) -> None:
        self._connection.close()

    def run(self, block: Block) -> str:
        """Run a block; raises what the database says of it."""
        done = self._connection.execute(block.text.encode())
        rows = done.fetchall() if done.description else []
        return "".join(f"{row}\n" for row in rows)


class Program:
    """All blocks of one language, as one program that runs them one by one."""

    def __init__(self, language: str, blocks: list[Block], place: Place) -> None:
        head, gate, tail = GATES[language]
        script = place.folder / f"blocks.{SUFFIXES[language]}"
        text = head + "".join(gate + place.here(block.text) for block in blocks) + gate + tail
        script.write_text(text, encoding="utf-8")
        runner = {"sh": "bash", "python": sys.executable, "js": shutil.which("node")}[language]
        self._process: subprocess.Popen[str] = subprocess.Popen(
            [str(runner), str(script)],
            cwd=place.folder,
            env=place.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._heard(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *how: Any) -> None:
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            self._open(pipe).close()
        self._process.wait()

    def run(self, block: Block) -> str:
        """Run the next block and return what it printed.

        Raises:
            AssertionError: the program ended in it.
        """
        stdin = self._open(self._process.stdin)
        stdin.write("\n")
        stdin.flush()
        return self._heard(block)

    def _heard(self, block: Block | None) -> str:
        said = ""
        for line in self._open(self._process.stdout):
            # What a program printed last may have no end of line of its own.
            before, done, _ = line.partition(DONE)
            said += before
            if done:
                return said
        raise AssertionError(f"{block or 'The program'} ended with this:\n{said}")

    @staticmethod
    def _open(pipe: IO[str] | None) -> IO[str]:
        assert pipe is not None
        return pipe


def program(language: str, blocks: list[Block], place: Place) -> Program | Queries:
    """Return what runs these blocks, which are all of one language."""
    return Queries(place) if language == "sql" else Program(language, blocks, place)
