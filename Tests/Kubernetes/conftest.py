"""A session installs the plugin, runs the steps in their order, and takes everything away.

Environment: KUBECONFIG, IMAGE and CEPH (CONTRIBUTING.md, "On Kubernetes"); KUBECTL, HELM and POD_IMAGE where they are
called otherwise; KEEP=1 leaves the plugin installed for the next run.
"""

import os
import pathlib
import re
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from support.ceph import CephFile
from support.cluster import NAMESPACE, Cluster
from support.installation import Installation
from support.kubectl import Kubectl


def pytest_collection_modifyitems(items):
    """Plain life first, then what disturbs, then what installs something else."""
    order = ["test_life", "test_snapshots", "test_examples", "test_load", "test_disturbing"]
    order += ["test_outages", "test_installing", "test_upgrading"]
    items.sort(key=lambda item: order.index(item.module.__name__))


def pytest_report_teststatus(report):
    """The terminal's own letters are not wanted: `pytest_runtest_logreport` prints a line for each step."""
    if report.when == "call" or report.outcome != "passed":
        return report.outcome if report.when == "call" or report.skipped else "error", "", ""
    return None


@pytest.hookimpl(trylast=True)
def pytest_runtest_logreport(report):
    seconds = getattr(report, "duration", 0.0)
    if report.when == "call" or report.outcome != "passed":
        word = {"passed": "ok", "failed": "FAILED", "skipped": "skipped"}[report.outcome]
        name = re.sub(r"^.*::test_", "", report.nodeid).replace("_", " ")
        where = "" if report.when == "call" else f" ({report.when})"
        print(f"{word:7} {seconds:6.1f} s  {name}{where}", flush=True)
        if report.passed and report.capstdout:
            # Figures that a step has printed.
            print(report.capstdout, end="", flush=True)
        crash = getattr(report.longrepr, "reprcrash", None)
        if crash:
            # At once: the whole of it comes at the end, perhaps in an hour.
            print(f"        {crash.message[:600]}", flush=True)
    elif report.when == "teardown" and seconds > 0.5:
        print(f"        {seconds:6.1f} s  … and all of it gone", flush=True)


@pytest.fixture(scope="session")
def ceph():
    return CephFile.from_environment()


@pytest.fixture(scope="session")
def plugin(ceph):
    """The plugin, installed by kustomize with the overlay of the environment (default: `default`)."""
    installation = Installation(os.environ["IMAGE"], ceph)
    kubectl = Kubectl("default")
    labels = {"pod-security.kubernetes.io/enforce": "privileged"}
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": labels}}
    kubectl.apply(namespace)
    installation.kustomize(os.environ.get("OVERLAY", "default"))
    yield installation
    kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found", timeout=300)
    if not os.environ.get("KEEP"):
        installation.remove()


@pytest.fixture
def cluster(plugin, request):
    """This test's objects; they and their volumes are gone when it ends, without a failed attempt."""
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name.removeprefix("test_").lower())[:30].strip("-")
    share = Cluster(name, plugin)
    before = set(share.failures())
    yield share
    share.clean()
    failed = [line for line in share.failures() if line not in before]
    if "disturbing" not in request.keywords:
        assert not failed, "\n".join(failed)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    outcome = yield
    report = outcome.get_result()
    if report.failed and "cluster" in item.fixturenames:
        share = item.funcargs.get("cluster")
        if share:
            report.sections.append(("warnings in the namespace", share.events()))
