"""Fixtures: those of the end-to-end tests, and what faults need beside them."""

import contextlib
import ctypes
import importlib.util
import os
import pathlib
import subprocess

import pytest

import faults
from harness.admin import AdminView, VolumesView
from harness.devcluster import DevCluster
from harness.requests import Requests
from operations import World

END_TO_END = pathlib.Path(__file__).resolve().parent.parent / "EndToEnd"
spec = importlib.util.spec_from_file_location("end_to_end", END_TO_END / "conftest.py")
end_to_end = importlib.util.module_from_spec(spec)
spec.loader.exec_module(end_to_end)
admin, cluster, name, node_paths = (getattr(end_to_end, each) for each in ("admin", "cluster", "name", "node_paths"))
plugins, requests, scratch, volumes = (getattr(end_to_end, each) for each in ("plugins", "requests", "scratch", "volumes"))

from test_clocks import library  # noqa: E402, F401

CLONE_NEWNET = 0x40000000


def pytest_configure():
    end_to_end.pytest_configure()
    if faults.LONG:
        # All of it, the cluster included, in a network that can be cut (unshare(2)).
        assert ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        # A cluster of its own, too.
        os.environ.pop("DEV_CLUSTER_DIR", None)


def pytest_addoption(parser):
    parser.addoption("--document", action="store_true", help="write the table of outcomes into docs/reliability.md")


@pytest.fixture(scope="session")
def clusters(cluster):
    """clusters(options): the cluster that all use, or one of this run's own with these options."""
    known = {(): cluster}
    with contextlib.ExitStack() as stack:

        def get(options):
            if options not in known:
                known[options] = stack.enter_context(DevCluster.own("faults", *options))
            return known[options]

        yield get


@pytest.fixture
def world(clusters, scratch, name):
    """world(cluster options, plugin): what the operations work with."""
    views = []

    def make(options, plugin):
        cluster = clusters(options)
        view = AdminView(cluster)
        views.append(view)
        volumes = VolumesView(view, cluster["ROOT"], cluster["GROUP"])
        return World(cluster, view, volumes, Requests(cluster), plugin, scratch / "node", name)

    yield make
    for view in views:
        view.close()
