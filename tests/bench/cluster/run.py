# SPDX-License-Identifier: MIT
"""Runs the programs in turn, with three ranks, and prints the median of each row. ../README.md says what the rows are.

Usage: python3 run.py [--large] <directory of bench_cluster and bench_farm_*> [rounds]
With --large also items of 2.5 GiB, for which 10 GiB of memory have to be free.
"""
import collections
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
OPENMPI = ["mpirun.openmpi", "--allow-run-as-root", "--oversubscribe", "--bind-to", "none", "-n", "3"]
MPICH = ["mpiexec.mpich", "-n", "3"]
ALONE = ["G1", "G2", "G3", "G4", "G8"]  # which a pool of threads has, too


def rows_of(command, kills):
    """The rows that a program prints: name, number, unit. The launcher of one that kills a rank says that it failed."""
    printed = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL if kills else None,
                             check=not kills, timeout=300, text=True)
    for line in printed.stdout.splitlines():
        if line.startswith("G"):
            name, number, unit = line.split(" ", 2)
            yield name, float(number), unit


def commands_in(programs, is_large):
    """What each column of the table runs, one after another."""
    cluster = f"{programs}/bench_cluster"
    farms = {"Open MPI": OPENMPI + [f"{programs}/bench_farm_openmpi"],
             "MPICH": MPICH + [f"{programs}/bench_farm_mpich"]}
    runs = {
        "tpool, Open MPI": [OPENMPI + [cluster], OPENMPI[:1] + ["--enable-recovery"] + OPENMPI[1:] + [cluster, "G11"]],
        "tpool, MPICH": [MPICH + [cluster]],
        "mpi4py, Open MPI": [OPENMPI + [sys.executable, f"{HERE}/bench_mpi4py.py"]],
        "by hand, Open MPI": [farms["Open MPI"]],
        "by hand, MPICH": [farms["MPICH"]],
        "tpool, one rank": [[cluster] + ALONE],
        "tpool, threads": [[cluster, "--threads"] + ALONE],
    }
    if is_large:
        for engine, launcher in (("Open MPI", OPENMPI), ("MPICH", MPICH)):
            runs[f"tpool, {engine}"].append(launcher + [cluster, "G7-large"])
            runs[f"by hand, {engine}"].append(farms[engine] + ["G7-large"])
    return runs


def main():
    is_large = sys.argv[1] == "--large"
    programs, *rounds = sys.argv[1 + is_large:]
    rounds = int(rounds[0]) if rounds else 7
    runs = commands_in(programs, is_large)
    found, units = collections.defaultdict(lambda: collections.defaultdict(list)), {}
    for turn in range(rounds):
        for name, command in [(name, command) for name, commands in runs.items() for command in commands]:
            try:
                for row, number, unit in rows_of(command, "G11" in command):
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
