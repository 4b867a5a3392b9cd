#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""CPython's ThreadPool, run like the programs of the other libraries."""
import collections
import glob
import os
import statistics
import sys
import threading
import time
from multiprocessing.pool import ThreadPool

Case = collections.namedtuple("Case", "workload variant n run")


def check(right, what):
    if not right:
        sys.exit(f"wrong: {what}")


def timed(n, body):
    """Runs body once; both times, in ns, are divided by n."""
    cpu, wall = time.process_time_ns(), time.perf_counter_ns()
    body()
    return (time.perf_counter_ns() - wall) / n, (time.process_time_ns() - cpu) / n


def timed_each(times, body, pause=0):
    """Calls body so often, at most 0.4 s; the wall time is the median."""
    samples = []
    end = time.perf_counter() + 0.4
    while len(samples) < times and time.perf_counter() < end:
        time.sleep(pause)
        samples.append(timed(1, body))
    walls, cpus = zip(*samples)
    return statistics.median(walls), statistics.mean(cpus)


def identity(i):
    return i


def square(i):
    return i * i + 1


def submit_and_get(pool, n):
    def body():
        results = [pool.apply_async(identity, (i,)) for i in range(n)]
        check(sum(r.get() for r in results) == n * (n - 1) // 2, "each handle has its value")
    return timed(n, body)


def fire_and_forget(pool, n):
    slots = [0] * n

    def increment(i):
        slots[i] += 1

    def body():
        for i in range(n):
            pool.apply_async(increment, (i,))
        pool.close()
        pool.join()
    sample = timed(n, body)
    check(slots == [1] * n, "each task runs once")
    return sample


def round_trip(pool, pause):
    def body():
        check(pool.apply(identity, (1,)) == 1, "the call returns its task's value")
    return timed_each(300 if pause else 5000, body, pause)


def small_loop(pool, n):
    def body():
        check(pool.map(identity, range(n)) == list(range(n)), "the loop covers each item")
    return timed_each(500, body)


def stream(pool, n, chunksize):
    def body():
        for i, value in enumerate(pool.imap(square, range(n), chunksize)):
            check(value == i * i + 1, "values in order")
    return timed(n, body)


def sleepers(pool, n, workers):
    wall, cpu = timed(1, lambda: pool.map(time.sleep, [1e-3] * n, chunksize=1))
    return 1e6 * n / workers / wall, cpu


def resident_bytes():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def queued_with_handle(pool, n, workers):
    gate = threading.Event()
    holders = [pool.apply_async(gate.wait) for _ in range(workers)]
    start = resident_bytes()
    results = [pool.apply_async(identity, (i,)) for i in range(n)]
    size = (resident_bytes() - start) / n
    gate.set()
    check([r.get() for r in results] == list(range(n)), "each handle has its value")
    check(all(holder.get() for holder in holders), "the gate was opened")
    return size, 0


def sleeps_of_others():
    sleeps = 0
    for path in glob.glob("/proc/self/task/*/status"):
        if f"/{threading.get_native_id()}/" not in path:
            with open(path) as file:
                sleeps += sum(int(line.split()[1]) for line in file
                              if line.startswith("voluntary_ctxt_switches"))
    return sleeps


def idle(pool):
    pool.map(identity, range(1000))
    time.sleep(0.1)
    sleeps, cpu = sleeps_of_others(), time.process_time_ns()
    time.sleep(2)
    return sleeps_of_others() - sleeps, time.process_time_ns() - cpu


def create(workers):
    def body():
        with ThreadPool(workers):
            pass
    return timed_each(200, body)


def in_pool(run):
    def run_in_pool(workers, n):
        with ThreadPool(workers) as pool:
            return run(pool, n, workers)
    return run_in_pool


CASES = [
    Case("W1", "apply_async", 100000, in_pool(lambda p, n, w: fire_and_forget(p, n))),
    Case("W1f", "apply_async", 100000, in_pool(lambda p, n, w: submit_and_get(p, n))),
    Case("W3", "apply", 1, in_pool(lambda p, n, w: round_trip(p, 0))),
    Case("W3-crowd", "apply", 1, in_pool(lambda p, n, w: round_trip(p, 0))),
    Case("W3-idle", "apply", 1, in_pool(lambda p, n, w: round_trip(p, 5e-4))),
    Case("W3-ms", "apply", 1, in_pool(lambda p, n, w: round_trip(p, 1e-3))),
    Case("W3-frame", "apply", 1, in_pool(lambda p, n, w: round_trip(p, 16e-3))),
    Case("W5-2", "map", 2, in_pool(lambda p, n, w: small_loop(p, n))),
    Case("W5-64", "map", 64, in_pool(lambda p, n, w: small_loop(p, n))),
    Case("W5-1000", "map", 1000, in_pool(lambda p, n, w: small_loop(p, n))),
    Case("W8", "imap", 100000, in_pool(lambda p, n, w: stream(p, n, 1))),
    Case("W8", "imap, chunksize 1000", 1000000, in_pool(lambda p, n, w: stream(p, n, 1000))),
    Case("W9-queued-handle", "apply_async", 100000, in_pool(queued_with_handle)),
    Case("W9-idle", "ThreadPool", 1, in_pool(lambda p, n, w: idle(p))),
    Case("W9-create", "ThreadPool", 1, lambda w, n: create(w)),
    Case("W10", "map", 10000, in_pool(sleepers)),
]


def main(arguments):
    if len(arguments) < 3:
        for case in CASES:
            print(f"{case.workload}\t{case.variant}")
        return 0
    for case in CASES:
        if [case.workload, case.variant] == arguments[:2]:
            n = int(arguments[3]) if len(arguments) > 3 else case.n
            value, cpu = case.run(int(arguments[2]), n)
            print(f"{value:.4f}\t{cpu:.4f}")
            return 0
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
