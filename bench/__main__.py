"""Measure: `python -m bench` runs every row, `python -m bench placing listing` these.

`--quick` makes the work small: it shows that a row runs, not how fast we are. Any size may be named
(`--sockets=200`): the fields of `bench.harness.Options`.

Each row gets a process and an empty data folder of its own. Its figures go to bench/results/, the
table of all that ran to standard output; the exit code is 1 where a bar is missed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.harness import Result, table

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
ROWS = sorted(path.stem for path in (HERE / "rows").glob("[a-z]*.py"))
# Limits that would measure themselves, and the size of the work: one statement of a million rows.
SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "kmarket.settings",
    "DEMO": "off",
    "RATE_LIMIT": "off",
    "DATABASE_STATEMENT_TIMEOUT_MS": "0",
}
# What --quick takes of each.
QUICK = {"size": 20_000, "rounds": 1, "seconds": 1, "sockets": 200, "updates": 2000}
# A row has servers of its own.
NOT_HANDED_ON = {"DATABASE_URL", "REDIS_URL", "KMARKET_DATA_DIR"}


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="row", help=f"of {', '.join(ROWS)}")
    parser.add_argument("--quick", action="store_true", help="small sizes, one round")
    args, options = parser.parse_known_args()
    if args.quick:
        # In front, so that a size named beside it counts.
        options[:0] = [f"--{name}={value}" for name, value in QUICK.items()]
    if unknown := set(args.rows) - set(ROWS):
        parser.error(f"no row {', '.join(sorted(unknown))}: there are {', '.join(ROWS)}")
    RESULTS.mkdir(exist_ok=True)
    results = [result for name in args.rows or ROWS for result in measured(name, options)]
    print(table(results))
    return int(any(result.met is False for result in results))


def measured(name: str, options: list[str]) -> list[Result]:
    """Run one row and return its results. Where it fails, that is the end: it has said why."""
    print(f"{name} …", file=sys.stderr, flush=True)
    json_path = RESULTS / f"{name}.json"
    kept = {key: text for key, text in os.environ.items() if key not in NOT_HANDED_ON}
    with tempfile.TemporaryDirectory(prefix="kmarket-bench-") as folder:
        done = subprocess.run(
            [sys.executable, "-m", "bench.row", name, "--json", str(json_path), *options],
            cwd=HERE.parent,
            env={**kept, **SETTINGS, "KMARKET_DATA_DIR": f"{folder}/data"},
            stdout=subprocess.DEVNULL,
            check=False,
        )
    if done.returncode:
        sys.exit(f"The row {name} failed.")
    return [Result(**result) for result in json.loads(json_path.read_text())]


if __name__ == "__main__":
    sys.exit(main())
