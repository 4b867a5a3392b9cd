# SPDX-License-Identifier: MIT
"""Counts the system calls of a program, with strace."""
import shutil
import subprocess
import tempfile

FEW, MANY = 200, 600  # round trips


def can_count():
    return shutil.which("strace") is not None


def calls_of(command, timeout):
    """Returns how many system calls the threads of the command make in all."""
    with tempfile.NamedTemporaryFile("r") as summary:
        subprocess.run(["strace", "-f", "-c", "-o", summary.name, *command], capture_output=True,
                       check=True, timeout=timeout)
        total = [line for line in summary if line.rstrip().endswith("total")]
    return int(total[0].split()[3])


def calls_of_each(command, timeout):
    """Returns the system calls of one of the program's rounds, but the sleep before it."""
    few, many = (calls_of([*command, str(n)], timeout) for n in (FEW, MANY))
    return (many - few) / (MANY - FEW) - 1
