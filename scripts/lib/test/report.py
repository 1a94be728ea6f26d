#!/usr/bin/python3
"""Turns test reports into figures for scripts/test and scripts/sanity, `PASSED FAILED SKIPPED [REMARK]`, names what
failed, and writes the tables of docs/compatibility.md from the results of scripts/matrix."""

import argparse
import collections
import datetime
import json
import pathlib
import sys
import xml.etree.ElementTree


def cases(names):
    """The tests in the JUnit files that there are, each with its failure, None if it has none."""
    for name in names:
        if not pathlib.Path(name).is_file() or pathlib.Path(name).stat().st_size == 0:
            continue
        for case in xml.etree.ElementTree.parse(name).iter("testcase"):
            failure = case.find("failure")
            yield case, failure if failure is not None else case.find("error")


def junit(options):
    """Figures of JUnit files. A bad exit that no test explains (a crash, a build error) is a failure of its own."""
    passed = failed = skipped = 0
    for case, failure in cases(options.files):
        if failure is not None:
            failed += 1
        elif case.find("skipped") is not None:
            skipped += 1
        else:
            passed += 1
    remark = ""
    if options.exit_status != 0 and failed == 0:
        failed, remark = 1, f"ended with {options.exit_status}, and no test says why"
    elif passed + failed == 0:
        failed, remark = 1, "no test ran"
    print(passed, failed, skipped, remark)


def failures(options):
    """One line for each failed test of JUnit files, with the beginning of what it says."""
    for case, failure in cases(options.files):
        if failure is not None:
            says = " ".join((failure.get("message") or failure.text or "").split())
            print(f"{case.get('classname')}: {case.get('name')}: {says[:240]}")


def ginkgo(options):
    """Figures of a Ginkgo JSON report, with the reasons for what was skipped, as csi-sanity gives them."""
    specs = [
        spec
        for suite in json.loads(pathlib.Path(options.files[0]).read_text())
        for spec in suite["SpecReports"] or []
        if spec["LeafNodeType"] == "It"
    ]
    by_state = collections.defaultdict(list)
    for spec in specs:
        by_state[spec["State"]].append(spec)
    skipped = by_state["skipped"] + by_state["pending"]
    passed = by_state["passed"]
    failed = [spec for spec in specs if spec["State"] not in ("passed", "skipped", "pending")]
    if options.counts:
        print(len(passed), len(failed), len(skipped))
        return
    print(f"ran {len(passed) + len(failed)}: {len(passed)} passed, {len(failed)} failed; {len(skipped)} skipped")
    for spec in failed:
        print(f"  failed: {title(spec)}: {first_line(spec)}")
    reasons = collections.defaultdict(collections.Counter)
    for spec in skipped:
        service = spec["ContainerHierarchyTexts"][0].split(" [")[0]
        reasons[first_line(spec) or "pending in csi-sanity itself"][service] += 1
    for reason, services in sorted(reasons.items()):
        where = ", ".join(f"{count} in {service}" for service, count in sorted(services.items()))
        print(f"  skipped {sum(services.values()):2d}: {reason} ({where})")


def title(spec):
    return " ".join([*(spec["ContainerHierarchyTexts"] or []), spec["LeafNodeText"]])


def first_line(spec):
    return spec.get("Failure", {}).get("Message", "").strip().split("\n")[0]


def record(options):
    """One suite of one cell of scripts/matrix as a line of JSON."""
    passed, failed, skipped = (int(word) for word in options.counts.split()[:3])
    row = {"cell": options.cell, "suite": options.suite, "client": options.client, "cluster": options.cluster}
    row |= {"keys": options.keys, "kernel": options.kernel, "selection": options.selection}
    row |= {"passed": passed, "failed": failed, "skipped": skipped, "date": datetime.date.today().isoformat()}
    print(json.dumps(row))


def figures(row):
    """What a cell of a table says of one suite."""
    if row is None:
        return "not run"
    words = f"{row['passed']} passed"
    words += f", **{row['failed']} failed**" if row["failed"] else ""
    words += f", {row['skipped']} skipped" if row["skipped"] else ""
    return words + ("" if row["selection"] == "all" else f" ({row['selection']})")


def keys_of(row):
    """The keys of Ceph 20, in words; older releases have one kind."""
    words = {"aes256k": "AES-256", "aes": "AES-128; both accepted", "both": "both; AES-256 preferred"}
    return words[row["keys"]] if row["cluster"].startswith("20.") else "AES-128"


def tables(rows):
    """The Markdown of the last result of each suite of each cell."""
    last = {(row["cell"], row["suite"]): row for row in rows}
    cells = list(dict.fromkeys(row["cell"] for row in rows))
    cells.sort(key=lambda cell: [(word == "newest", word) for word in cell.split(":")])
    lines = ["| client | cluster | its keys | csi-sanity | end-to-end tests | on |", "|---|---|---|---|---|---|"]
    for cell in cells:
        sanity, whole = last.get((cell, "sanity")), last.get((cell, "e2e"))
        if row := whole or sanity:
            on = max(one["date"] for one in (sanity, whole) if one)
            words = [row["client"], row["cluster"], keys_of(row), figures(sanity), figures(whole), on]
            lines.append("| " + " | ".join(words) + " |")
    lines += ["", "| kernel | client | cluster | its keys | tests of the kernel's client | on |", "|---|---|---|---|---|---|"]
    for cell in cells:
        if row := last.get((cell, "vm")):
            words = [row["kernel"], row["client"], row["cluster"], keys_of(row), figures(row), row["date"]]
            lines.append("| " + " | ".join(words) + " |")
    lines += ["", "| client | cluster, upgraded in place | tests of the upgrade | on |", "|---|---|---|---|"]
    for cell in cells:
        if row := last.get((cell, "upgrade")):
            lines.append(f"| {row['client']} | {row['cluster']} | {figures(row)} | {row['date']} |")
    return lines


def losses(old, new):
    """What the document would lose: for each of its tables with fewer rows, or more that was not run, a sentence."""
    for name, before, after in zip(("releases", "kernels", "upgrades"), split(old), split(new)):
        missing = len(before) - len(after)
        unknown = sum(row.count("not run") for row in after) - sum(row.count("not run") for row in before)
        if missing > 0 or unknown > 0:
            yield f"the results have {len(after)} of {len(before)} {name}" + (" in full" if missing <= 0 else "")


def split(lines):
    """The rows of each table, without its head."""
    found, rows = [], None
    for line in lines:
        if line.startswith("|---"):
            rows = []
            found.append(rows)
        elif line.startswith("|") and rows is not None:
            rows.append(line)
        else:
            rows = None
    return found


def document(options):
    """Replaces what stands between the two marks of a document by the tables, unless that would take rows away."""
    rows = [json.loads(line) for line in pathlib.Path(options.files[0]).read_text().splitlines()]
    path = pathlib.Path(options.files[1])
    head, begin, rest = path.read_text().partition("<!-- results: scripts/matrix -->\n")
    _, end, tail = rest.partition("<!-- end of results -->\n")
    if not begin or not end:
        sys.exit(f"{path} has no marks for the results")
    new = tables(rows)
    if lost := list(losses(rest.partition(end)[0].splitlines(), new)):
        sys.exit(f"{path} stays as it is: {'; '.join(lost)}")
    path.write_text(head + begin + "\n".join(new) + "\n" + end + tail)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    kinds = parser.add_subparsers(required=True)
    one = kinds.add_parser("junit")
    one.add_argument("--exit-status", type=int, default=0)
    one.add_argument("files", nargs="*")
    one.set_defaults(run=junit)
    named = kinds.add_parser("failures")
    named.add_argument("files", nargs="*")
    named.set_defaults(run=failures)
    two = kinds.add_parser("ginkgo")
    two.add_argument("--counts", action="store_true")
    two.add_argument("files", nargs=1)
    two.set_defaults(run=ginkgo)
    three = kinds.add_parser("record")
    for name in ("suite", "cell", "client", "cluster", "keys", "selection", "counts"):
        three.add_argument(f"--{name}", required=True)
    three.add_argument("--kernel")
    three.set_defaults(run=record)
    four = kinds.add_parser("document")
    four.add_argument("files", nargs=2)
    four.set_defaults(run=document)
    options = parser.parse_args()
    options.run(options)


sys.exit(main())
