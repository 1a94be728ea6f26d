"""The parts of scripts/dev-cluster, a real single-node Ceph on loopback."""

import pathlib
import sys

SCRIPTS = pathlib.Path(__file__).resolve().parents[2]


def fail(message, code=1):
    """Ends the program with a message on standard error."""
    say(message)
    sys.exit(code)


def say(message):
    """A line of this program's on standard error."""
    print(f"dev-cluster: {message}", file=sys.stderr, flush=True)
