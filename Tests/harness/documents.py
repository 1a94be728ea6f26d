"""Documents whose commands are run: every block marked ```sh run, in order, in one shell for each document.

On the dev cluster: `ceph` is its administrator's, `cephfs-csi` the plugin, `docker run … IMAGE WORDS` the plugin without a
container, and `kubectl` whatever the test makes of it. What a reader would put in for himself is put in here.
"""

import json
import os
import pathlib
import re
import socketserver
import subprocess
import sys
import threading

from .plugin import binary
from .stubs import REPOSITORY

MARK = "sh run"
FENCE = re.compile(r"^(?P<indent> *)```(?P<info>[^\n]*)\n(?P<body>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)


def blocks(path, mark=MARK):
    """The bodies of a document's blocks with exactly this info string."""
    found = []
    for match in FENCE.finditer(pathlib.Path(path).read_text()):
        if match["info"].strip() == mark:
            indent = len(match["indent"])
            found.append("\n".join(line[indent:] for line in match["body"].splitlines()))
    return found


def documents():
    """All documents that have blocks to run."""
    paths = sorted((REPOSITORY / "docs").glob("*.md")) + [REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md"]
    return [path for path in paths if blocks(path)]


SHIMS = {
    "ceph": 'exec /usr/bin/ceph -c "$DEV_CLUSTER_CONF" "$@"\n',
    "cephfs-csi": f"exec {binary()} \"$@\"\n",
    # docker run --rm -v DIR:/work:ro IMAGE WORDS: the image's entry point is the plugin.
    "docker": """
[ "$1" = run ] || exit 64
while [ "$1" != -v ]; do shift; done
directory=${2%%:*}
shift 3
for word in "$@"; do shift; set -- "$@" "$(printf '%s' "$word" | sed "s|/work|$directory|")"; done
exec cephfs-csi "$@"
""",
    # Tells the test what is asked for, prints what it answers.
    "kubectl": f"exec {sys.executable} -c '{{}}' \"$@\"\n".format(
        "import json,os,socket,sys;"
        "s=socket.socket(socket.AF_UNIX);s.connect(os.environ[\"KUBECTL_SOCKET\"]);"
        "s.sendall((json.dumps([os.getcwd(),sys.argv[1:]])+\"\\n\").encode());"
        "a=json.loads(s.makefile().read());print(a[\"text\"]);sys.exit(a[\"code\"])"
    ),
}


class Shell:
    """A reader's shell: variables and working directory go on from block to block, the first failure ends it."""

    def __init__(self, scratch, cluster, replace=None, kubectl=None):
        self.scratch = pathlib.Path(scratch)
        self.replace = replace or {}
        self.environment = {f"DEV_CLUSTER_{key}": value for key, value in cluster.environment.items()}
        self.kubectl = kubectl
        self._server = None
        shims = self.scratch / "bin"
        shims.mkdir()
        for name, body in SHIMS.items():
            (shims / name).write_text(f"#!/bin/sh\n{body}")
            (shims / name).chmod(0o755)
        self.environment |= {
            "PATH": f"{shims}:{os.environ['PATH']}", "HOME": str(self.scratch), "KUBECTL_SOCKET": f"{scratch}/kubectl",
        }  # fmt: skip
        self.place = self.scratch / "beside"
        self.place.mkdir()
        (self.place / "deploy").symlink_to(REPOSITORY / "deploy")

    def __enter__(self):
        handle = self.kubectl

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                directory, words = json.loads(self.rfile.readline())
                try:
                    text, code = handle(pathlib.Path(directory), words) or "", 0
                except Exception as error:  # noqa: BLE001  (the shell, and so the test, fails with it)
                    text, code = f"{type(error).__name__}: {error}", 1
                self.wfile.write(json.dumps({"text": text, "code": code}).encode())

        if handle is not None:
            self._server = socketserver.UnixStreamServer(self.environment["KUBECTL_SOCKET"], Handler)
            threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def run(self, scripts, timeout=120):
        """Runs the blocks; what they print, block by block."""
        # Between the blocks a line that no block prints.
        parts = []
        for number, script in enumerate(scripts):
            for word, ours in self.replace.items():
                script = script.replace(word, ours)
            parts.append(f"{script}\nprintf '\\n--- block {number} ---\\n'\n")
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", "\n".join(parts)], cwd=self.place, env=self.environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout,
        )  # fmt: skip
        assert done.returncode == 0, f"a block ends with {done.returncode}:\n{done.stdout}"
        return re.split(r"\n--- block \d+ ---\n", done.stdout)[:-1]
