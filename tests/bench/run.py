#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the benchmark programs interleaved and prints tables, one per workload, and the goals."""
import argparse
import os
import platform
import sys

import chart
import table
from measure import Programs, measure, sweep_cases, table_cases
from results import Results
from workloads import LIMIT, OURS, OURS_CPP, WORKLOADS, sweeps

QUICK_ROUNDS, QUICK_SECONDS = 3, 200
SLOW_ROUNDS = 3  # of the slow workloads and the sweeps, at most


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", help="where the bench_* programs are")
    parser.add_argument("--rounds", type=int, default=7, help="runs of each case (default: 7)")
    parser.add_argument("--quick", action="store_true",
                        help="within 5 minutes: fewer rounds, small sweeps, and only ours and the"
                        " limit in slow workloads")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", action="append", metavar="WORKLOAD",
                        help="may be repeated; no sweeps then, but see --sweep")
    parser.add_argument("--sweep", action="store_true", help="sweeps with --only, too")
    parser.add_argument("--long", action="store_true", help="W9-long, too: 1e8 tasks")
    parser.add_argument("--csv", metavar="FILE", help="write every single value there")
    parser.add_argument("--svg", metavar="FILE", help="draw a chart there: each value by ours")
    return parser.parse_args()


def machine():
    with open("/proc/cpuinfo") as file:
        models = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    return f"{models[0] if models else platform.machine()}, {os.cpu_count()} CPUs"


def chosen(options, workload):
    return not options.only or workload in options.only


def measure_all(programs, options, swept, results):
    """Returns the cases that failed."""
    long = options.long or "W9-long" in (options.only or ())
    table_part, slow = ([case for case in cases if chosen(options, case.workload)]
                        for cases in table_cases(programs, options.workers, long))
    quick = options.quick
    rounds = min(QUICK_ROUNDS, options.rounds) if quick else options.rounds
    few = 1 if quick else min(SLOW_ROUNDS, options.rounds)
    slow = [case for case in slow if case.library in (OURS, OURS_CPP, LIMIT)
            or not (quick or WORKLOADS[case.workload].long)]
    known = set(table_part)
    sweep_part = {case for sweep in swept for case in sweep_cases(programs, sweep, options.workers)}
    failed = measure(programs, table_part, rounds, results, QUICK_SECONDS if quick else None)
    failed |= measure(programs, slow, few, results)
    return failed | measure(programs, sorted(sweep_part - known), few, results)


def main():
    options = parse()
    programs = Programs(options.folder)
    results = Results(options.workers)
    swept = [sweep for sweep in sweeps(options.quick) if chosen(options, sweep.workload)]
    if options.only and not options.sweep:
        swept = []
    failed = measure_all(programs, options, swept, results)
    print(f"{machine()}; {options.workers} workers; '/ peer' and '/ limit' are the median divided"
          " by that of the best other library, and by that of raw threads")
    for workload in WORKLOADS:
        if results.cases(workload):
            table.print_workload(results, workload)
    table.print_matrix(results)
    for sweep in swept:
        table.print_sweep(results, sweep)
    if options.csv:
        results.write_csv(options.csv)
    if options.svg:
        chart.draw(results, options.svg)
    table.print_goals(results)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
