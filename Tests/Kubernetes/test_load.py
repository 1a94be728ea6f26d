"""Many at once. COUNT is how many (100); the figures are printed, and bounds are for the rig's two cores."""

import os
import time

import pytest

from support.kubectl import until
from support.objects import claim, pod

COUNT = int(os.environ.get("COUNT", "100"))
BOUND, RUNNING, GONE = (float(text) for text in os.environ.get("BOUNDS", "60,180,180").split(","))


@pytest.mark.load
def test_many_claims_and_pods_at_once(cluster):
    names = [cluster.called(f"{number:03}") for number in range(COUNT)]
    kubectl = cluster.kubectl

    def many(kind, look):
        found = {item["metadata"]["name"]: item for item in kubectl.get(kind)}
        return sum(look(found[name]) for name in names if name in found)

    def is_ready(item):
        conditions = item["status"].get("conditions", [])
        return any(entry["type"] == "Ready" and entry["status"] == "True" for entry in conditions)

    begin = time.monotonic()
    cluster.apply(*(claim(name) for name in names))
    until(
        lambda: cluster.events(), lambda: many("pvc", lambda item: item["status"]["phase"] == "Bound") == COUNT, BOUND
    )
    bound = time.monotonic() - begin

    begin = time.monotonic()
    cluster.apply(*(pod(name, name, script="echo x >/data/x") for name in names))
    until(lambda: cluster.events(), lambda: many("pods", is_ready) == COUNT, RUNNING, pause=1)
    running = time.monotonic() - begin

    begin = time.monotonic()
    volumes = {item["spec"]["volumeName"] for item in kubectl.get("pvc") if item["metadata"]["name"] in names}
    kubectl("delete", "pod", *names, "--wait=false")
    kubectl("delete", "pvc", *names, "--wait=false")
    cluster.gone(volumes, timeout=GONE)
    gone = time.monotonic() - begin
    print(f"        {COUNT} claims bound in {bound:.1f} s, pods ready in {running:.1f} s, all gone in {gone:.1f} s")
