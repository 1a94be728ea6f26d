#!/usr/bin/python3
"""Inside the virtual machine: stages and publishes a volume, and does by hand what the kernel does for it, in turns."""

import argparse
import os
import pathlib
import re
import statistics
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Tests"))

from harness import kernel
from harness.devcluster import DevCluster
from harness.plugin import Plugin
from harness.requests import MiB, Requests


def timed(action):
    began = time.monotonic()
    action()
    return (time.monotonic() - began) * 1000


class Bench:
    def __init__(self, cluster, scratch):
        self.plugin = Plugin(scratch / "plugin", cluster["CONFIG_KERNEL"], node_id="bench").start()
        self.client, self.requests, self.scratch = self.plugin.client, Requests(cluster), scratch
        create = self.requests.create("bench-mounts", size=64 * MiB, parameters={"credentials": "volume"})
        self.volume = self.client.must("CreateVolume", create).volume
        node = self.client.must("NodeGetInfo").node_id
        publish = self.requests.controller_publish(self.volume, node)
        self.context = dict(self.client.must("ControllerPublishVolume", publish).publish_context)
        [self.user] = cluster.users_of(self.volume)
        self.key = cluster.key_of(self.user)
        self.path = self.volume.volume_context["path"]
        v2 = re.search(r"v2:([0-9.:]+)", cluster["MON_HOST"])[1]
        self.source = f"{self.user}@{cluster['FSID']}.{cluster['FS']}={self.path}"
        self.options = f"mon_addr={v2},ms_mode=prefer-crc,noshare,key=client.{self.user}"
        self.staging, self.by_hand = scratch / "globalmount", scratch / "by-hand"
        self.staging.mkdir()
        self.by_hand.mkdir()

    def stage(self):
        self.client.must("NodeStageVolume", self.requests.stage(self.volume, self.staging, context=self.context))
        os.listdir(self.staging)

    def mount(self):
        """add_key, mount(2), and the first look at it."""
        serial = kernel.add_ceph_key(f"client.{self.user}", self.key, kernel.THREAD_KEYRING)
        kernel.mount(self.source, self.by_hand, self.options, flags=6)
        kernel.unlink_key(serial, kernel.THREAD_KEYRING)
        os.listdir(self.by_hand)

    def publish(self, target):
        request = self.requests.publish(self.volume, self.staging, target, context=self.context)
        self.client.must("NodePublishVolume", request)

    def bind(self, target):
        """mkdir, open_tree, move_mount: the least that a bind mount takes."""
        target.mkdir()
        copy = kernel.open_tree_clone(self.staging)
        kernel.move_mount(copy, target)
        os.close(copy)

    def in_plugin(self, method):
        """How long the plugin's own log says that calls took."""
        return [seconds * 1000 for name, code, seconds in self.plugin.ended_calls() if name == method and code == "OK"]

    def run(self, rounds):
        times = {"stage": [], "mount": [], "publish": [], "bind": []}
        for number in range(rounds):
            times["mount"].append(timed(self.mount))
            kernel.umount(self.by_hand)
            times["stage"].append(timed(self.stage))
            first, second = self.scratch / f"a{number}", self.scratch / f"b{number}"
            times["publish"].append(timed(lambda: self.publish(first)))
            times["bind"].append(timed(lambda: self.bind(second)))
            kernel.umount(second)
            self.client.must("NodeUnpublishVolume", self.requests.unpublish(self.volume, first))
            self.client.must("NodeUnstageVolume", self.requests.unstage(self.volume, self.staging))
        return times

    def end(self):
        self.client.must("ControllerUnpublishVolume", self.requests.controller_unpublish(self.volume))
        self.client.must("DeleteVolume", self.requests.delete(self.volume.volume_id))
        self.plugin.end()


def report(bench, times):
    medians = {name: statistics.median(values) for name, values in times.items()}
    stage, publish = (statistics.median(bench.in_plugin(f"Node{verb}Volume")) for verb in ("Stage", "Publish"))
    print(f"{'median of ' + str(len(times['stage'])) + ' rounds':<44}{'ms':>9}")
    for label, value in (
        ("add_key, mount(2), first look", medians["mount"]), ("NodeStageVolume and first look, at the client", medians["stage"]),
        ("NodeStageVolume in the plugin", stage), ("mkdir, open_tree, move_mount", medians["bind"]),
        ("NodePublishVolume, at the client", medians["publish"]), ("NodePublishVolume in the plugin", publish),
    ):  # fmt: skip
        print(f"{label:<46}{value:7.2f}")
    for label, whole, plugin, bare in (
        ("stage : mount", medians["stage"], stage, medians["mount"]),
        ("publish : bind", medians["publish"], publish, medians["bind"]),
    ):
        print(f"{label:<16} {whole / bare:6.2f} x at the client, {plugin / bare:6.2f} x in the plugin")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    cluster = DevCluster.running()
    bench = Bench(cluster, pathlib.Path(tempfile.mkdtemp(prefix="csi-bench-")))
    try:
        report(bench, bench.run(options.rounds))
    finally:
        bench.end()
        cluster.close()


main()
