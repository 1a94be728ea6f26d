"""The tools that read manifests, chart, Dockerfile and scripts as such."""

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

from harness.plugin import binary
from support.render import CHART, OVERLAYS, helm
from support.tools import DEPLOY, REPOSITORY, tool

TOOLS = pathlib.Path(sys.prefix) / "bin"
YAMLLINT = (TOOLS / "yamllint", "--strict", "--config-file", REPOSITORY / "Tests/Deploy/yamllint.yaml")


def _check(*command, text=None, good=True):
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == good, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_yaml_files_are_clean():
    """Templates are none yet, so what is rendered of them is looked at below."""
    files = [path for path in DEPLOY.rglob("*.yaml") if "templates" not in path.parts]
    assert len(files) > 30
    _check(*YAMLLINT, *files)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_rendered_templates_have_no_key_twice(overlay):
    """A key that is there twice is legal to the parser, and the last one wins: an option lost without a word."""
    text = subprocess.run(
        [tool("helm"), "template", "release", CHART, "--values", DEPLOY / "helm/values" / f"{overlay}.yaml"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    rules = "{rules: {key-duplicates: enable, empty-values: enable}}"
    _check(TOOLS / "yamllint", "--strict", "--config-data", rules, "-", text=text)
    assert len(helm(overlay)) > 10


def test_yamllint_sees_a_fault():
    _check(*YAMLLINT, "-", text="a: 1\na: 2\n", good=False)


def test_the_chart_is_clean():
    _check(tool("helm"), "lint", "--strict", CHART)


@pytest.mark.parametrize(
    "words",
    [
        "nodes.resources=null",
        "attach=false",
        "storageClasses[0].credentials=everybody",
        "node.livenessPort=0",
        "controller.extraArgs={serve}",
        "kubeletDirectory=var/lib",
        "clusters=null",
        "clusterName=two words",
    ],
)
def test_the_chart_refuses_wrong_values(words):
    complaint = _check(tool("helm"), "template", "release", CHART, "--set", words, good=False)
    assert words.partition("=")[0].split(".")[0].split("[")[0] in complaint or "storageClasses" in complaint


def test_the_dockerfile_is_clean():
    _check(TOOLS / "hadolint", REPOSITORY / "Dockerfile")


def test_hadolint_sees_a_fault():
    text = (REPOSITORY / "Dockerfile").read_text().replace("USER 65532:65532", "USER root")
    assert "DL3002" in _check(TOOLS / "hadolint", "-", text=text, good=False)


def test_the_dockerfile_has_what_the_program_is_linked_with():
    """Every library's package that building needs has its runtime half in the image."""
    text = (REPOSITORY / "Dockerfile").read_text()
    needed = subprocess.run(["ldd", binary()], capture_output=True, text=True, check=True).stdout
    packages = {
        "libgrpc_unsecure.so.29": "libgrpc29",
        "libprotobuf-c.so.1": "libprotobuf-c1",
        "libyaml-0.so.2": "libyaml-0-2",
        "libsodium.so.23": "libsodium23",
    }
    for library, package in packages.items():
        assert library in needed and package in text
    base = {"linux-vdso", "libm", "libc", "libstdc++", "libgcc_s", "libz", "libcares", "libgpr"}
    direct = subprocess.run(
        ["objdump", "-p", binary()], capture_output=True, text=True, check=True
    ).stdout
    linked = [line.split()[1] for line in direct.splitlines() if line.split()[:1] == ["NEEDED"]]
    assert linked
    for library in linked:
        name = library.split(".so")[0]
        assert library in packages or name in base or name.startswith("ld-linux"), library


def test_scripts_are_clean():
    shellcheck = shutil.which("shellcheck")
    assert shellcheck, "shellcheck is missing: run scripts/bootstrap"
    wrapper = DEPLOY / "kubernetes/components/ceph-fuse-survives/ceph-fuse"
    _check(shellcheck, wrapper, REPOSITORY / "scripts/image", REPOSITORY / "scripts/deploy-check")
    assert os.access(wrapper, os.X_OK)


def test_making_the_image_without_a_builder_says_what_to_install(tmp_path):
    for program in ("bash", "env", "dirname", "sed", "git"):
        (tmp_path / program).symlink_to(shutil.which(program))
    done = subprocess.run(
        [REPOSITORY / "scripts/image"], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr == (
        "image: none of docker, podman, buildah is on the PATH: install one, as in apt-get install buildah\n"
    )


def test_making_the_image_names_version_and_revision(tmp_path):
    for program in ("bash", "env", "dirname", "sed", "git"):
        (tmp_path / program).symlink_to(shutil.which(program))
    builder = tmp_path / "podman"
    builder.write_text('#!/bin/sh\necho "$@"\n')
    builder.chmod(0o755)
    done = subprocess.run(
        [REPOSITORY / "scripts/image", "--no-cache"],
        env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    version = subprocess.run(
        [binary(), "version"], capture_output=True, text=True, check=True
    ).stdout.split()[1]
    words = done.stdout.splitlines()[0].split()
    assert words[:5] == ["build", "--tag", f"cephfs-csi:{version}", "--build-arg", f"VERSION={version}"]
    assert words[6].startswith("REVISION=") and words[-2:] == ["--no-cache", "."]
