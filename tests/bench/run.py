#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the benchmark programs interleaved and prints one table per workload."""
import argparse
import collections
import csv
import os
import random
import statistics
import subprocess
import sys

OURS, LIMIT = "tpool", "limit"
TITLES = {
    "W1": "W1: submit 1e6 tasks and wait, per task",
    "W1f": "W1f: submit 1e6 tasks with a handle each and get them, per task",
    "W3": "W3: round trip of one task, run by a worker",
    "W3-idle": "W3-idle: the same after 0.5 ms without work",
    "W3-helps": "W3-helps: round trip, the waiting thread may run the task",
    "W3-helps-idle": "W3-helps-idle: the same after 0.5 ms without work",
    "W4-range": "W4-range: x*x+1 over 1e7 doubles, one call per chunk",
    "W4-item": "W4-item: x*x+1 over 1e7 doubles, one C call per item",
    "W5-2": "W5-2: a whole loop over 2 trivial items",
    "W5-64": "W5-64: a whole loop over 64 trivial items",
    "W5-1000": "W5-1000: a whole loop over 1000 trivial items",
    "W8": "W8: ordered stream, window of 1024, per item",
}

Case = collections.namedtuple("Case", "workload library variant")


def programs(folder):
    names = sorted(name for name in os.listdir(folder) if name.startswith("bench_"))
    return {name[len("bench_"):]: os.path.join(folder, name) for name in names}


def list_cases(found, only):
    cases = []
    for library, path in found.items():
        lines = subprocess.run([path], capture_output=True, text=True, check=True).stdout
        for line in lines.splitlines():
            workload, variant = line.split("\t")
            if not only or workload in only:
                cases.append(Case(workload, library, variant))
    return cases


def run_case(path, case, workers):
    """Returns (wall, cpu) in ns, or None after having said what went wrong."""
    try:
        command = [path, case.workload, case.variant, str(workers)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except subprocess.TimeoutExpired:
        print("FAILED", *case, "no end within 60 s", file=sys.stderr)
        return None
    if done.returncode != 0:
        print("FAILED", *case, done.returncode, done.stderr.strip(), file=sys.stderr)
        return None
    return tuple(float(number) for number in done.stdout.split())


def measure(found, cases, rounds, workers):
    samples = collections.defaultdict(list)
    failed = set()
    for number in range(rounds):
        for case in random.sample(cases, len(cases)):
            sample = run_case(found[case.library], case, workers)
            if sample is None:
                failed.add(case)
            else:
                samples[case].append(sample)
        print(f"round {number + 1} of {rounds}, load {os.getloadavg()[0]:.2f}", file=sys.stderr)
    return samples, failed


def in_words(ns):
    for limit, unit in ((1e3, "ns"), (1e6, "us"), (1e9, "ms")):
        if ns < limit:
            return f"{ns / limit * 1e3:.3g} {unit}"
    return f"{ns / 1e9:.3g} s"


def ratio(wall, base):
    return f"{wall / base:.2f}x" if base else "-"


def best(walls, chosen):
    return min((wall for case, wall in walls.items() if chosen(case.library)), default=None)


def print_workload(workload, samples):
    rows = {case: runs for case, runs in samples.items() if case.workload == workload}
    walls = {case: statistics.median(wall for wall, _ in runs) for case, runs in rows.items()}
    peer = best(walls, lambda library: library not in (OURS, LIMIT))
    limit = best(walls, lambda library: library == LIMIT)
    print(f"\n{TITLES.get(workload, workload)}")
    print(f"  {'library':32} {'median':>9} {'min - max':>20} {'CPU':>9}"
          f" {'/ peer':>8} {'/ limit':>8}")
    for case in sorted(rows, key=walls.get):
        low, high = min(rows[case])[0], max(rows[case])[0]
        cpu = statistics.median(cpu for _, cpu in rows[case])
        print(f"  {case.library + ' ' + case.variant:32} {in_words(walls[case]):>9}"
              f" {in_words(low) + ' - ' + in_words(high):>20} {in_words(cpu):>9}"
              f" {ratio(walls[case], peer):>8} {ratio(walls[case], limit):>8}")


def write_csv(path, samples):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["workload", "library", "variant", "run", "wall_ns", "cpu_ns"])
        for case, runs in sorted(samples.items()):
            for number, (wall, cpu) in enumerate(runs, 1):
                writer.writerow([*case, number, wall, cpu])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", help="where the bench_* programs are")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--quick", action="store_const", const=3, dest="rounds", help="3 rounds")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", action="append", metavar="WORKLOAD", help="may be repeated")
    parser.add_argument("--csv", metavar="FILE", help="write every single time there")
    options = parser.parse_args()
    found = programs(options.folder)
    cases = list_cases(found, options.only)
    samples, failed = measure(found, cases, options.rounds, options.workers)
    print(f"{options.workers} workers, {options.rounds} rounds; '/ peer' is the median divided by"
          " that of the best other library")
    for workload in TITLES:
        if any(case.workload == workload for case in samples):
            print_workload(workload, samples)
    if options.csv:
        write_csv(options.csv, samples)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
