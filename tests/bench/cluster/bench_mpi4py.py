# SPDX-License-Identifier: MIT
"""The rows G with mpi4py.futures: <launcher> python3 bench_mpi4py.py"""
import resource
import random
import statistics
import time

from mpi4py.futures import MPICommExecutor

MANY = 100000


def next_of(x):
    return x + 1


def sleep(seconds):
    time.sleep(seconds)


def echo(data):
    return data


def cpu_time(_):
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def timed(call):
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def round_trip(pool, times, idle):
    taken = []
    for i in range(times):
        time.sleep(idle)
        taken.append(timed(pool.submit(next_of, i).result))
    return statistics.median(taken)


def efficiency(pool, seconds):
    return sum(seconds) / 2 / timed(lambda: list(pool.map(sleep, seconds)))


with MPICommExecutor() as pool:
    if pool is not None:
        list(pool.map(next_of, range(100)))
        print("G1 %.3f us" % (1e6 * round_trip(pool, 1000, 0)), flush=True)
        print("G2 %.3f us" % (1e6 * round_trip(pool, 150, 0.005)), flush=True)
        best = min(timed(lambda: list(pool.map(next_of, range(MANY), chunksize=size, unordered=True)))
                   for size in (1000, 3000, 10000))
        print("G3 %.4f us an item" % (1e6 * best / MANY), flush=True)
        few = MANY // 10
        taken = timed(lambda: [f.result() for f in [pool.submit(next_of, i) for i in range(few)]])
        print("G4 %.4f us an item" % (1e6 * taken / few), flush=True)
        print("G6 %.3f of the workers' time" % efficiency(pool, [0.01] * 200), flush=True)
        mixed = [0.04 if i % 20 == 0 else 0.001 for i in range(400)]
        in_order = sorted(mixed)
        random.Random(7).shuffle(mixed)
        print("G6-mixed %.3f of the workers' time" % efficiency(pool, mixed), flush=True)
        print("G6-last %.3f of the workers' time" % efficiency(pool, in_order), flush=True)
        data = bytes(64 << 20)
        pool.submit(echo, data).result()
        print("G7 %.3f GB/s" % (2e-9 * len(data) / timed(pool.submit(echo, data).result)), flush=True)
        best = min(timed(lambda: list(pool.map(next_of, range(MANY), chunksize=size)))
                   for size in (1000, 3000, 10000))
        print("G8 %.4f us an item" % (1e6 * best / MANY), flush=True)
        time.sleep(1.5)
        before, mine = pool.submit(cpu_time, 0).result(), cpu_time(0)
        time.sleep(3)
        used = cpu_time(0) - mine
        print("G10 %.3f %% of a core, rank 0" % (100 * used / 3), flush=True)
        print("G10-serving %.3f %% of a core" % (100 * (pool.submit(cpu_time, 0).result() - before) / 3), flush=True)
