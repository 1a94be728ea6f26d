"""`copy-tree`, the program of Tests/Support that makes, copies and compares trees through libcephfs."""

import os
import subprocess


class CopyTree:
    """The program, as client.admin below `/volumes`."""

    def __init__(self, cluster, program):
        self.program = program
        self.environment = os.environ | {
            "COPY_TREE_MONITORS": cluster["MONITORS"],
            "COPY_TREE_FS": cluster["FS"],
            "COPY_TREE_ROOT": "/volumes",
            "COPY_TREE_USER": "admin",
            "COPY_TREE_KEY": cluster.ceph("auth", "get-key", "client.admin")["key"],
        }

    def __call__(self, *words):
        command = [str(self.program), *map(str, words)]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout
