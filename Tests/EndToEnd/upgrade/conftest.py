"""A cluster of an older release that these tests upgrade; CEPHFS_CSI_UPGRADE names both, as in 18-20."""

import os

import pytest

from harness.devcluster import DevCluster


@pytest.fixture(scope="session")
def releases():
    return tuple(int(word) for word in os.environ.get("CEPHFS_CSI_UPGRADE", "18-20").split("-"))


@pytest.fixture(scope="session")
def cluster(releases):
    with DevCluster.own("upgrade", "--ceph", str(releases[0]), "--keys", "aes") as own:
        yield own
