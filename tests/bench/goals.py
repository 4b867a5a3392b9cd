# SPDX-License-Identifier: MIT
"""What libtpool is to reach, and whether it does."""
import collections

from workloads import OURS, OURS_CPP, WORKLOADS, in_words

# What a value is judged by: itself, or its ratio to another case's.
ABSOLUTE, PEER, LEAST = "", "best peer", "raw threads"

# bound: at most; at least where more is better. per: ABSOLUTE, PEER, LEAST, or the name of a
# workload of our own, or of another library's with its name before it. cpu: the CPU time is judged.
# workers: and the value with so many is judged by that with the usual number.
Goal = collections.namedtuple("Goal", "workload bound per variant cpu workers note library",
                              defaults=(None, False, None, "", OURS))

GOALS = [
    Goal("W1", 20, ABSOLUTE),
    Goal("W1", 0.1, PEER),
    Goal("W1", 0.1, PEER, cpu=True),
    Goal("W1", 1.2, "W1", workers=8, note="flat from 2 to 8 workers"),
    Goal("W1f", 90, ABSOLUTE),
    Goal("W1f", 0.37, PEER),
    Goal("W2", 25, ABSOLUTE),
    Goal("W3", 350, ABSOLUTE),
    Goal("W3-p99", 1000, ABSOLUTE),
    Goal("W3-crowd", 1, PEER),
    Goal("W3-idle", 1, PEER),
    Goal("W3-idle", 1.3, LEAST, note="a bare futex hand-off"),
    Goal("W3-ms", 1, PEER),
    Goal("W3-frame", 1, PEER),
    Goal("W3-burst", 1, PEER),
    Goal("W3-calls", 1, PEER),
    Goal("W3-p99-helps", 1000, ABSOLUTE, variant="apply_async, helps"),
    Goal("W3-idle-helps", 1, PEER, variant="apply_async, helps"),
    Goal("W3-idle-helps", 0.2, PEER, variant="apply, helps"),
    Goal("W4-range", 1.02, LEAST),
    Goal("W4-item", 2.7, "limit W4-range", variant="map", note="raw threads by range"),
    Goal("W4-inlined", 1.15, LEAST, note="by a batch function"),
    Goal("W4-sum-helps", 1.05, PEER),
    Goal("W4-map", 1.15, LEAST, library=OURS_CPP),
    Goal("W4-index", 1.15, LEAST, library=OURS_CPP),
    Goal("W5-2", 1.2, "W3"),
    Goal("W5-64", 1.2, "W3"),
    Goal("W5-1000", 1.2, "W3"),
    Goal("W5-64", 0.8, "omp W5-64-helps"),
    Goal("W5-1000", 0.8, "omp W5-1000-helps"),
    Goal("W5-2-helps", 0.35, PEER),
    Goal("W5-64-helps", 0.1, PEER),
    Goal("W5-1000-helps", 0.2, PEER),
    Goal("W6-shuffled", 0.99, ABSOLUTE),
    Goal("W6-sorted", 0.99, ABSOLUTE),
    Goal("W7", 1, PEER, variant="apply_async, get"),
    Goal("W7", 40, ABSOLUTE, variant="for of 2"),
    Goal("W7", 10, ABSOLUTE, variant="spawn, sync"),
    Goal("W7", 0.22, PEER, variant="spawn, sync"),
    Goal("W8", 50, ABSOLUTE, variant="imap, chunksize 1", note="20 M/s"),
    Goal("W8", 25, ABSOLUTE, variant="imap", note="40 M/s"),
    Goal("W9-queued", 24, ABSOLUTE),
    Goal("W9-queued-handle", 112, ABSOLUTE),
    Goal("W9-drained", 1.1, ABSOLUTE, note="given back"),
    Goal("W9-burst", 1.1, ABSOLUTE, note="given back"),
    Goal("W9-long", 1.1, ABSOLUTE, note="no growth but by the longest queue"),
    Goal("W9-idle", 0, ABSOLUTE),
    Goal("W9-quiet", 5000, ABSOLUTE),
    Goal("W9-create", 1.2, LEAST),
    Goal("W10", 1, PEER),
    Goal("W10", 1.05, PEER, cpu=True),
    Goal("neighbour", 1.05, LEAST, variant="for", note="no more than its share"),
]

CPP_BOUND = 1.1  # the C++ layer by the C ABI, in each row

# ours and base are cases; base is None for an absolute goal, figure what the bound is for.
Verdict = collections.namedtuple("Verdict", "goal ours base figure met")


def base_of(results, goal, measure):
    if goal.per == PEER:
        return results.best_peer(goal.workload, measure)
    if goal.per == LEAST:
        return results.limit(goal.workload)
    library, _, workload = goal.per.rpartition(" ")
    return results.best_of(library or OURS, workload)


def judge(results, goal):
    """Returns None when something that the verdict needs was not measured."""
    measure = results.cpu if goal.cpu else None
    ours = results.best((case for case in results.cases(goal.workload, goal.workers)
                         if case.library == goal.library and goal.variant in (None, case.variant)),
                        measure)
    if ours is None:
        return None
    measure = measure or results.value
    figure, base = measure(ours), None
    if goal.per != ABSOLUTE:
        base = base_of(results, goal, results.cpu if goal.cpu else None)
        if base is None:
            return None
        figure /= measure(base)
    more = WORKLOADS[goal.workload].more and not goal.cpu
    return Verdict(goal, ours, base, figure,
                   figure >= goal.bound if more else figure <= goal.bound)


def cpp_ratios(results):
    """Returns the C++ case and its cost by that of the same case of the C ABI, the worst first."""
    ratios = {}
    for case in results.samples:
        twin = case._replace(library=OURS)
        if case.library == OURS_CPP and twin in results.samples:
            cost, base = results.value(case), results.value(twin)
            if WORKLOADS[case.workload].more:
                cost, base = base, cost
            if base > 0:
                ratios[case] = cost / base
    return sorted(ratios.items(), key=lambda item: -item[1])


def bound_in_words(goal):
    workload = WORKLOADS[goal.workload]
    sign = ">=" if workload.more and not goal.cpu else "<="
    if goal.per == ABSOLUTE:
        return f"{sign} {in_words(goal.bound, workload.unit)}"
    return f"{sign} {goal.bound:.3g}x {goal.per}"
