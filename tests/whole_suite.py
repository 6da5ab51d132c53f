"""The whole suite, for `make test`: two runs of pytest side by side, each on servers of its own.

What e2e/ does is mostly waiting for processes that start and end, while everything else is work for
one processor. The live page's tests go with the latter, so that both take as long. What the run of
e2e/ says comes after what the other says. On servers that the environment names there is one run:
two would want the same database.
"""

import os
import subprocess
import sys
import tempfile

PYTEST = [sys.executable, "-m", "pytest"]
# What each leaves out is what the other does. A deselected name is the beginning of names.
E2E = ["e2e", "--deselect=e2e/live/"]
OTHERS = ["--deselect=e2e/console/", "--deselect=e2e/test_"]


def main() -> int:
    """Run both, and return an exit code that is 0 only where both passed."""
    if {"DATABASE_URL", "REDIS_URL"} & os.environ.keys():
        return _ended(subprocess.Popen(PYTEST))
    with tempfile.TemporaryFile() as said:
        e2e = subprocess.Popen([*PYTEST, *E2E], stdout=said, stderr=subprocess.STDOUT)
        others = subprocess.Popen([*PYTEST, *OTHERS])
        codes = [_ended(others), _ended(e2e)]
        said.seek(0)
        sys.stdout.buffer.write(said.read())
    return max(map(abs, codes))


def _ended(run: "subprocess.Popen[bytes]") -> int:
    """Wait for a run, also where Ctrl-C has told it to stop: it ends its servers first."""
    while True:
        try:
            return run.wait()
        except KeyboardInterrupt:
            continue


if __name__ == "__main__":
    sys.exit(main())
