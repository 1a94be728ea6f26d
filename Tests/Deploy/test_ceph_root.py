"""A root directory of another Ceph release that can't be fetched: said, and tried from the start the next time."""

import os
import subprocess

from support.tools import REPOSITORY


def test_what_could_not_be_fetched_is_not_taken_for_made(tmp_path):
    environment = {**os.environ, "CEPHFS_CSI_CACHE": str(tmp_path), "CEPHFS_CSI_MIRROR": "http://127.0.0.1:9/debian"}
    for _ in range(2):
        done = subprocess.run(
            [REPOSITORY / "scripts/ceph-root", "make", "20"],
            env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == 1
        assert "Debian forky could not be fetched from http://127.0.0.1:9/debian" in done.stderr, done.stderr
