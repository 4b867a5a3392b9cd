# SPDX-License-Identifier: MIT
"""What is measured, in which unit, and how it varies."""
import collections

OURS, OURS_CPP, LIMIT = "tpool", "tpool_cpp", "limit"

# more: whether a larger value is better. workers: other than the number asked for. slow: fewer
# rounds. long: only with --long, and not for peers. calls: the value is counted by strace.
Workload = collections.namedtuple(
    "Workload", "title unit more workers slow long calls",
    defaults=(False, None, False, False, False))

WORKLOADS = {
    "W1": Workload("submit 1e6 tasks and wait, per task", "ns"),
    "W1f": Workload("submit 1e6 tasks with a handle each and get them, per task", "ns"),
    "W2": Workload("four threads submit 1e6 tasks in all, per task", "ns"),
    "W3": Workload("round trip of one task, back to back", "ns"),
    "W3-p99": Workload("round trip of one task, back to back: the 99th percentile", "ns"),
    "W3-crowd": Workload("round trip of one task, back to back, in a pool of 4", "ns", workers=4),
    "W3-idle": Workload("round trip after 0.5 ms without work", "ns"),
    "W3-ms": Workload("round trip of one task each millisecond", "ns"),
    "W3-frame": Workload("round trip of one task each 16 ms", "ns"),
    "W3-burst": Workload("1000 tasks after 5 ms without work", "ns"),
    "W3-calls": Workload("system calls of a round trip, one each millisecond", "", slow=True,
                         calls=True),
    "W4-range": Workload("x*x+1 over 1e7 doubles, one call per chunk", "ns"),
    "W4-item": Workload("x*x+1 over 1e7 doubles, one C call per item", "ns"),
    "W4-inlined": Workload("the same, the item's code inlined", "ns"),
    "W4-map": Workload("the same by C++, vector to new vector", "ns"),
    "W4-index": Workload("the same by C++, indices to new vector", "ns"),
    "W4-sum": Workload("sum of 1e7 doubles", "ns"),
    "W5-2": Workload("a whole loop over 2 trivial items", "ns"),
    "W5-64": Workload("a whole loop over 64 trivial items", "ns"),
    "W5-1000": Workload("a whole loop over 1000 trivial items", "ns"),
    "W6-shuffled": Workload("1e4 items of skewed cost, shuffled: efficiency", "", more=True),
    "W6-sorted": Workload("1e4 items of skewed cost, heavy first: efficiency", "", more=True),
    "W7": Workload("fib(27) by nested spawn and wait, per spawn", "ns"),
    "W8": Workload("ordered stream of 1e6 values, per value", "ns"),
    "W9-queued": Workload("memory per queued task", "B"),
    "W9-queued-handle": Workload("memory per queued task with a handle", "B"),
    "W9-drained": Workload("resident memory after 1e6 queued tasks, of that before", "x"),
    "W9-burst": Workload("resident memory after 1e7 tasks, of that before", "x", slow=True),
    "W9-long": Workload("resident memory after 1e8 tasks, of that after 1e7", "x", long=True),
    "W9-idle": Workload("wake-ups in 2 s without work", "", slow=True),
    "W9-quiet": Workload("CPU time in 10 ms that begin 50 us after the last task", "ns"),
    "W9-create": Workload("make and end a pool", "ns"),
    "W10": Workload("64 workers, 1e4 sleeps of 1 ms: efficiency", "", more=True, workers=64),
    "W11-then": Workload("a promise with a chain of 1e6 continuations, per continuation", "ns"),
    "W11-then-bytes": Workload("memory per waiting continuation", "B"),
    "W11-when": Workload("1e6 promises and a when_all of them, per promise", "ns"),
    "W11-when-bytes": Workload("memory per promise with its place in a when_all", "B"),
    "neighbour": Workload("time of a loop beside a busy process per CPU, of that alone", "x",
                          slow=True),
}
# The rows of the ways whose calling thread takes part.
HELPS = "-helps"
WORKLOADS.update({
    name + HELPS: workload._replace(title=workload.title + "; the calling thread takes part")
    for name, workload in list(WORKLOADS.items())
    if name.startswith(("W1", "W3", "W4", "W5", "W6", "neighbour")) and name != "W10"})

# Sweep: these workloads with each of these numbers of workers, or sizes.
Sweep = collections.namedtuple("Sweep", "workload workers sizes")


def sweeps(quick):
    counts = (1, 2, 8) if quick else (1, 2, 4, 8, 64)
    sizes = tuple(10 ** k for k in range(0, 6 if quick else 8, 2 if quick else 1))
    by_workers = ("W1", "W5-64-helps") if quick else ("W1", "W2", "W5-64", "W5-64-helps", "W8")
    return ([Sweep(workload, counts, (None,)) for workload in by_workers]
            + [Sweep(workload, (None,), sizes) for workload in ("W1", "W4-range-helps")])


def in_words(value, unit):
    if unit != "ns":
        return f"{value:.3g}{' ' if unit == 'B' else ''}{unit}"
    for limit, name in ((1e3, "ns"), (1e6, "us"), (1e9, "ms")):
        if abs(value) < limit:
            return f"{value / limit * 1e3:.3g} {name}"
    return f"{value / 1e9:.3g} s"
