"""The rows of the security matrix that need a mount, tried with the kernel's client."""

import pytest
from test_security import TestInside, TestMounting, holders  # noqa: F401  (pytest finds them here)

from harness.clients import KernelClient


@pytest.fixture(scope="module")
def client(cluster, tmp_path_factory):
    return KernelClient(cluster, tmp_path_factory.mktemp("kernel"))
