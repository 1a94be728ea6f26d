"""kubectl, the only way by which these tests reach the cluster."""

import json
import os
import subprocess
import time

KUBECTL = os.environ.get("KUBECTL", "kubectl")


class CommandFailed(AssertionError):
    """A command failed that had to succeed."""


class Kubectl:
    """Runs kubectl in one namespace; `words` are its arguments."""

    def __init__(self, namespace):
        self.namespace = namespace

    def run(self, *words, text=None, timeout=120):
        command = [KUBECTL, "--namespace", self.namespace, "--request-timeout=60s", *map(str, words)]
        return subprocess.run(command, input=text, capture_output=True, text=True, timeout=timeout, check=False)

    def __call__(self, *words, text=None, timeout=120):
        done = self.run(*words, text=text, timeout=timeout)
        if done.returncode:
            raise CommandFailed(f"kubectl {' '.join(map(str, words))}: {done.stderr or done.stdout}")
        return done.stdout

    def get(self, kind, name=None, *words):
        """An object, or None; without a name the list's items."""
        done = self.run("get", kind, *([name] if name else []), *words, "--output=json")
        if done.returncode:
            if name and "NotFound" in done.stderr:
                return None
            raise CommandFailed(f"kubectl get {kind} {name or ''}: {done.stderr}")
        found = json.loads(done.stdout)
        return found if name else found["items"]

    def apply(self, *objects):
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})
        self("apply", "--filename=-", text=text)

    def delete(self, kind, *names, grace=None, wait=True):
        words = ["--ignore-not-found", f"--wait={str(wait).lower()}"]
        if grace is not None:
            words.append(f"--grace-period={grace}")
        self("delete", kind, *names, *words, timeout=300)

    def sh(self, pod, script, container=None, timeout=120):
        """What a shell in a pod prints."""
        where = ["--container", container] if container else []
        return self("exec", pod, *where, "--", "sh", "-c", script, timeout=timeout)

    def refused(self, pod, script):
        """The message of a script in a pod that has to fail."""
        done = self.run("exec", pod, "--", "sh", "-c", script)
        assert done.returncode, f"{pod}: `{script}` succeeded: {done.stdout}"
        return done.stderr + done.stdout


def until(what, look, timeout=60, pause=0.2):
    """What `look` returns once that is true; fails when it does not get true in time."""
    end = time.monotonic() + timeout
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"not within {timeout} s: {what() if callable(what) else what}")
        time.sleep(pause)
