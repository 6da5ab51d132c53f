"""Run one row in this process: `python -m bench.row NAME`; `python -m bench` calls it."""

import argparse
import importlib
import json
import logging
from dataclasses import asdict, fields
from pathlib import Path

import django

from bench import harness


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    parser.add_argument("--json", type=Path)
    for option in fields(harness.Options):
        parser.add_argument(f"--{option.name}", type=type(option.default), default=option.default)
    given = vars(parser.parse_args())
    name, json_path = given.pop("name"), given.pop("json")

    django.setup()
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # Only now: rows import models, and models want Django set up.
    row = importlib.import_module(f"bench.rows.{name}")
    results = []
    for result in row.run(harness.Options(**given)):
        print(json.dumps(asdict(result), ensure_ascii=False), flush=True)
        results.append(asdict(result))
    if json_path:
        json_path.write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
