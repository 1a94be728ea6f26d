"""Pods that write all the time."""

from .kubectl import until

# Appends a line every 0.1 s, each with a number; an error ends it, and is seen in /data/NAME.failed or by its silence.
WRITER = """
n=0
while :; do n=$((n+1)); echo $n >>/data/$HOSTNAME || { echo $n >>/tmp/failed; break; }; sleep 0.1; done &
"""


class Writers:
    """Pods that write all the time, and whether one of them ever failed."""

    def __init__(self, cluster, count):
        self.cluster, self.kubectl = cluster, cluster.kubectl
        self.claims = [cluster.claim(f"w{number}", wait=False) for number in range(count)]
        cluster.bound(*self.claims)
        self.pods = [cluster.pod(f"w{n}", name, script=WRITER, wait=False) for n, name in enumerate(self.claims)]
        cluster.running(*self.pods)

    def lines(self, pod):
        return int(self.kubectl.sh(pod, "test ! -e /tmp/failed && wc -l </data/$HOSTNAME"))

    def assert_well(self):
        """None has failed, and each writes on."""
        before = {pod: self.lines(pod) for pod in self.pods}

        def wrote():
            return all(self.lines(pod) > before[pod] for pod in self.pods)

        until("a writer stands still", wrote, timeout=30)
