# SPDX-License-Identifier: MIT
"""Runs the programs, one process for each case, round after round in shuffled order."""
import os
import random
import subprocess
import sys
import time

from results import Case
from syscalls import calls_of_each, can_count
from workloads import WORKLOADS

PREFIX = "bench_"
TIMEOUT = 120


class Programs:
    """The benchmark programs of a folder and what each offers."""

    def __init__(self, folder):
        names = sorted(name for name in os.listdir(folder) if name.startswith(PREFIX))
        self.paths = {name[len(PREFIX):]: os.path.join(folder, name) for name in names}
        self.offers = [(library, *line.split("\t"))
                       for library, path in self.paths.items()
                       for line in subprocess.run([path], capture_output=True, text=True,
                                                  check=True).stdout.splitlines()]

    def cases(self, workload, workers, n=None):
        return [Case(workload, library, variant, workers, n)
                for library, offered, variant in self.offers if offered == workload]

    def run(self, case):
        """Returns (value, cpu), or None after having said what went wrong."""
        command = [self.paths[case.library], case.workload, case.variant, str(case.workers)]
        command += [] if case.n is None else [str(case.n)]
        try:
            if WORKLOADS[case.workload].calls:
                return calls_of_each(command, TIMEOUT), 0
            done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            print("FAILED", *case, f"no end within {TIMEOUT} s", file=sys.stderr)
            return None
        except subprocess.CalledProcessError as error:
            print("FAILED", *case, error, file=sys.stderr)
            return None
        if done.returncode != 0:
            print("FAILED", *case, done.returncode, done.stderr.strip(), file=sys.stderr)
            return None
        return tuple(float(number) for number in done.stdout.split())


def measure(programs, cases, rounds, results, seconds=None):
    """Adds so many runs of each case to the results, or fewer where a whole round of them would
    not end within so many seconds. Returns the cases that failed."""
    failed = set()
    start = time.monotonic()
    for number in range(rounds if cases else 0):
        for case in random.sample(cases, len(cases)):
            sample = programs.run(case) if case not in failed else None
            if sample is None:
                failed.add(case)
            else:
                results.add(case, sample)
        took = time.monotonic() - start
        print(f"round {number + 1} of {rounds}: {len(cases)} cases, {took:.0f} s, load"
              f" {os.getloadavg()[0]:.2f}", file=sys.stderr)
        if seconds and took * (number + 2) / (number + 1) > seconds:
            break
    return failed


def sweep_cases(programs, sweep, workers):
    return [case for count in sweep.workers for n in sweep.sizes
            for case in programs.cases(sweep.workload, count or workers, n)]


def table_cases(programs, workers, long):
    """Returns the cases of the table and, apart, the slow ones."""
    table, slow = [], []
    for name, workload in WORKLOADS.items():
        if (workload.long and not long) or (workload.calls and not can_count()):
            continue
        cases = programs.cases(name, workload.workers or workers)
        (slow if workload.slow or workload.long else table).extend(cases)
    return table, slow
