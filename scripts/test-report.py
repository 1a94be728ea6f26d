#!/usr/bin/python3
"""Turns test reports into figures for scripts/test and scripts/sanity, `PASSED FAILED SKIPPED [REMARK]`, and names
what failed."""

import argparse
import collections
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
    options = parser.parse_args()
    options.run(options)


sys.exit(main())
