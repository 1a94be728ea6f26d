"""Fixtures of the tests that run inside the virtual machine of scripts/vm, on the dev cluster of its caller."""

import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "EndToEnd")]

from clients import Clients  # noqa: E402
from harness.admin import AdminView  # noqa: E402
from harness.devcluster import DevCluster  # noqa: E402
from harness.requests import Requests  # noqa: E402


def pytest_sessionstart():
    """These tests unload modules and cut network connections; that is for a machine made for it."""
    if pathlib.Path("/proc/sys/kernel/hostname").read_text().strip() != "vm":
        raise pytest.UsageError("these tests run inside the virtual machine only: make test-vm")


@pytest.fixture(scope="session")
def cluster():
    running = DevCluster.running()
    assert running, "no dev cluster: scripts/vm run --cluster NAME"
    yield running
    running.close()


@pytest.fixture(scope="session")
def admin(cluster):
    view = AdminView(cluster)
    yield view
    view.close()


@pytest.fixture
def clients(cluster, admin, tmp_path):
    """The kernel's mounts of one test, which end with it."""
    made = Clients(cluster, admin, tmp_path)
    yield made
    made.end()


@pytest.fixture(scope="session")
def requests(cluster):
    return Requests(cluster)
