# SPDX-License-Identifier: MIT
"""imap of a function that costs nothing takes at most 1.5 times as long as the standard library's: the
median of five rounds, in each of which both run. Three tries, because other programs may run, too."""
import multiprocessing.pool
import statistics
import time

import tpool


def same(x):
    return x


def generated(n):
    for i in range(n):
        yield i


def seconds(pool, method, source, chunksize):
    start = time.perf_counter()
    for _ in getattr(pool, method)(same, source, chunksize):
        pass
    return time.perf_counter() - start


def ratio(mine, theirs, method, source, chunksize):
    return statistics.median(
        seconds(mine, method, source(), chunksize) / seconds(theirs, method, source(), chunksize)
        for _ in range(5))


slow = []
with tpool.ThreadPool(2) as mine, multiprocessing.pool.ThreadPool(2) as theirs:
    for method in "imap", "imap_unordered":
        for make in range, generated:
            for chunksize in 1, 10, 100:
                for _ in range(3):
                    found = ratio(mine, theirs, method, lambda: make(20000), chunksize)
                    if found <= 1.5:
                        break
                print(f"{method} of {make.__name__}, chunks of {chunksize}: {found:.2f}")
                if found > 1.5:
                    slow.append((method, make.__name__, chunksize))
assert not slow, slow
