# SPDX-License-Identifier: MIT
"""Runs the programs in turn, with three ranks, and prints the median of each row.

Usage: python3 run.py <directory of bench_cluster and bench_farm_*> [rounds]
"""
import collections
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
OPENMPI = ["mpirun.openmpi", "--allow-run-as-root", "--oversubscribe", "--bind-to", "none", "-n", "3"]
MPICH = ["mpiexec.mpich", "-n", "3"]


def rows_of(command):
    """The rows that a program prints: name, number, unit."""
    printed = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=300, text=True)
    for line in printed.stdout.splitlines():
        name, number, unit = line.split(" ", 2)
        yield name, float(number), unit


def main():
    programs, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 7
    runs = {
        "tpool, Open MPI": OPENMPI + [f"{programs}/bench_cluster"],
        "tpool, MPICH": MPICH + [f"{programs}/bench_cluster"],
        "mpi4py, Open MPI": OPENMPI + [sys.executable, f"{HERE}/bench_mpi4py.py"],
        "by hand, Open MPI": OPENMPI + [f"{programs}/bench_farm_openmpi"],
        "by hand, MPICH": MPICH + [f"{programs}/bench_farm_mpich"],
    }
    found, units = collections.defaultdict(lambda: collections.defaultdict(list)), {}
    for turn in range(rounds):
        for name, command in runs.items():
            try:
                for row, number, unit in rows_of(command):
                    found[row][name].append(number)
                    units[row] = unit
            except (OSError, subprocess.SubprocessError) as error:
                print(f"left out: {name}: {error}", file=sys.stderr)
    print("| row | " + " | ".join(runs) + " | |")
    print("|---" * (len(runs) + 2) + "|")
    for row, of in found.items():
        cells = []
        for name in runs:
            values = sorted(of[name])
            cells.append(f"{statistics.median(values):.4g} ({values[0]:.3g} to {values[-1]:.3g})" if values else "")
        print(f"| {row} | " + " | ".join(cells) + f" | {units[row]} |")


main()
