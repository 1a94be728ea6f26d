"""The program: reads the command line and carries out the verb."""

import os
import signal
import subprocess
import sys

from . import fail
from .cluster import Cluster
from .options import Settings, parser

# These verbs start or ask daemons, with the programs and the libraries of the cluster's release.
VERBS_IN_THE_RELEASES_ROOT = ("up", "status", "start", "upgrade")


def main():
    os.umask(0o077)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(130 if number == signal.SIGINT else 143))
    words = sys.argv[1:]
    if words in ([], ["help"]):
        parser().print_help()
        return
    settings = Settings(parser().parse_args(words))
    cluster = Cluster(settings)
    if settings.verb in VERBS_IN_THE_RELEASES_ROOT:
        cluster.go_to_release()
    try:
        getattr(cluster, settings.verb)()
    except subprocess.CalledProcessError as error:
        fail(f"{os.path.basename(str(error.cmd[0]))} failed ({error.returncode})")
