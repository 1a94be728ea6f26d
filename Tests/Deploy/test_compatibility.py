"""The tables of docs/compatibility.md are written from results that hold at least what they say already."""

import json
import re
import subprocess
import sys

import pytest

from support.tools import REPOSITORY

DOCUMENT = (REPOSITORY / "docs/compatibility.md").read_text()
TABLES = DOCUMENT.partition("<!-- results: scripts/matrix -->\n")[2].partition("<!-- end of results -->")[0]


def row(cell, suite, client, cluster, keys="aes", kernel=None):
    """One line of scripts/matrix's results."""
    return {
        "cell": cell, "suite": suite, "client": client, "cluster": cluster, "keys": keys, "kernel": kernel,
        "selection": "all", "passed": 7, "failed": 0, "skipped": 0, "date": "2030-01-01",
    }  # fmt: skip


def complete():
    """Results with every row that the document has."""
    rows = []
    releases, kernels, upgrades = TABLES.strip().split("\n\n")
    for number, line in enumerate(releases.splitlines()[2:]):
        client, cluster = re.findall(r"[^| ]+", line)[:2]
        rows += [row(f"{number}:{number}", suite, client, cluster) for suite in ("sanity", "e2e")]
    for number, line in enumerate(kernels.splitlines()[2:]):
        kernel, client, cluster = re.findall(r"[^| ]+", line)[:3]
        rows.append(row(f"k{number}:16:16", "vm", client, cluster, kernel=kernel))
    for number, _ in enumerate(upgrades.splitlines()[2:]):
        rows.append(row(f"u{number}:16-18", "upgrade", "20.2.4", "16.2.15 to 18.2.7"))
    return rows


@pytest.fixture
def write(tmp_path):
    """Has the document written from results: the process, and the document afterwards."""

    def run(rows):
        (tmp_path / "results.jsonl").write_text("".join(json.dumps(one) + "\n" for one in rows))
        path = tmp_path / "compatibility.md"
        path.write_text(DOCUMENT)
        done = subprocess.run(
            [sys.executable, REPOSITORY / "scripts/lib/test/report.py", "document", tmp_path / "results.jsonl", path],
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        return done, path.read_text()

    return run


def test_results_of_everything_are_written(write):
    done, text = write(complete())
    assert done.returncode == 0, done.stderr
    assert text != DOCUMENT and "7 passed" in text and "2030-01-01" in text


@pytest.mark.parametrize(
    ("kept", "says"),
    [
        (lambda one: False, "0 of"),
        (lambda one: one["suite"] == "vm", "releases"),
        (lambda one: one["suite"] != "vm", "kernels"),
        (lambda one: one["suite"] != "upgrade", "upgrades"),
        (lambda one: one["suite"] != "sanity", "in full"),
        (lambda one: one["cell"] != "0:0", "releases"),
    ],
    ids=["unit alone", "kernels alone", "no kernel", "no upgrade", "no csi-sanity", "a cell less"],
)
def test_results_that_lack_what_it_has_leave_it_alone(write, kept, says):
    unit = [row("20:20:both", "unit", "20.2.4", "20.2.4", "both")]
    done, text = write([one for one in complete() if kept(one)] + unit)
    assert done.returncode == 1 and says in done.stderr and "stays as it is" in done.stderr, done.stderr
    assert text == DOCUMENT
