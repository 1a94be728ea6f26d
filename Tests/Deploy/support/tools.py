"""Where kubectl and helm are: named by the environment, else those that scripts/deploy-check has unpacked."""

import os
import pathlib
import subprocess
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[3]
DEPLOY = REPOSITORY / "deploy"


def tool(name):
    named = os.environ.get(name.upper())
    path = pathlib.Path(named) if named else pathlib.Path(sys.prefix) / "bin" / name
    if not os.access(path, os.X_OK):
        raise RuntimeError(f"no {name} at {path}: run scripts/deploy-check, or set {name.upper()}")
    return str(path)


def run(*command):
    """Standard output of a command that has to succeed."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(map(str, command))}: {done.stderr or done.stdout}"
    return done.stdout
