# SPDX-License-Identifier: MIT
"""Measures tpool.py beside multiprocessing.pool.ThreadPool: the best of nine runs, taken in turns.
Usage: TPOOL_LIBRARY=... measure.py [workers]"""
import ctypes
import hashlib
import math
import os
import statistics
import sys
import time
import zlib
from multiprocessing.pool import ThreadPool

import tpool

WORKERS = int(sys.argv[1]) if len(sys.argv) > 1 else len(os.sched_getaffinity(0))
ROUNDS = 9


def table(title, ways):
    """Times each way and prints it beside the first one of ThreadPool."""
    times = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, run in ways.items():
            start = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - start)
    base = next(min(taken) for name, taken in times.items() if name.startswith("ThreadPool"))
    print(f"\n{title}")
    for name, taken in times.items():
        best, median = min(taken), statistics.median(taken)
        print(f"  {name:38} {best * 1e3:8.1f} ms  (median {median * 1e3:8.1f})  "
              f"{base / best:6.2f}x")


def over_buffers(mine, theirs):
    n, size = 1000, 1 << 20
    memory = ctypes.create_string_buffer(os.urandom(size) * 64, 64 * size)
    start, view = ctypes.addressof(memory), memoryview(memory)
    # Each starts elsewhere; together they are larger than any cache.
    offsets = [(i * 977 * 4096) % (63 * size) for i in range(n)]
    blocks = [view[offset:offset + size] for offset in offsets]

    crc32 = tpool.native(ctypes.CDLL("libz.so.1").crc32, "ulong(ulong, pointer, uint)")
    crc_rows = [(0, start + offset, size) for offset in offsets]
    assert mine.starmap(crc32, crc_rows) == theirs.map(zlib.crc32, blocks)
    table("zlib crc32 of 1000 buffers of 1 MB", {
        "ThreadPool.map(zlib.crc32)": lambda: theirs.map(zlib.crc32, blocks),
        "tpool.starmap(native crc32)": lambda: mine.starmap(crc32, crc_rows),
        "tpool.map(zlib.crc32)": lambda: mine.map(zlib.crc32, blocks),
        "one thread, zlib.crc32": lambda: list(map(zlib.crc32, blocks))})

    native = tpool.native(ctypes.CDLL("libcrypto.so.3").SHA256, "pointer(pointer, size, pointer)")
    out = ctypes.create_string_buffer(32 * n)
    digests = ctypes.addressof(out)
    sha_rows = [(start + offset, size, digests + 32 * i) for i, offset in enumerate(offsets)]

    def sha256(block):
        return hashlib.sha256(block).digest()
    mine.starmap(native, sha_rows)
    assert out.raw == b"".join(theirs.map(sha256, blocks))
    table("OpenSSL SHA-256 of 1000 buffers of 1 MB", {
        "ThreadPool.map(hashlib.sha256)": lambda: theirs.map(sha256, blocks),
        "tpool.starmap(native SHA256)": lambda: mine.starmap(native, sha_rows),
        "tpool.map(hashlib.sha256)": lambda: mine.map(sha256, blocks),
        "one thread, hashlib.sha256": lambda: list(map(sha256, blocks))})


def small_calls(mine, theirs):
    n = 1000000
    libm = ctypes.CDLL("libm.so.6")
    power = tpool.native(libm.pow, "double(double, double)")
    cosine = tpool.native(libm.cos, "double(double)")
    pairs = [(i / 7, 0.5) for i in range(n)]
    rows = (power.Row * n)(*pairs)
    xs = [x for x, _ in pairs]
    array = (ctypes.c_double * n)(*xs)
    libm.cos.restype, libm.cos.argtypes = ctypes.c_double, [ctypes.c_double]
    assert mine.starmap(power, rows) == theirs.starmap(math.pow, pairs)
    assert mine.map(cosine, array) == theirs.map(math.cos, xs)
    table("1e6 calls of pow", {
        "ThreadPool.starmap(math.pow, tuples)": lambda: theirs.starmap(math.pow, pairs),
        "tpool.starmap(native pow, rows)": lambda: mine.starmap(power, rows),
        "tpool.starmap(native pow, tuples)": lambda: mine.starmap(power, pairs),
        "tpool.starmap(math.pow, tuples)": lambda: mine.starmap(math.pow, pairs)})
    table("1e6 calls of cos by ctypes", {
        "ThreadPool.map(ctypes cos, list)": lambda: theirs.map(libm.cos, xs),
        "tpool.map(native cos, array)": lambda: mine.map(cosine, array),
        "tpool.map(native cos, list)": lambda: mine.map(cosine, xs),
        "tpool.map(ctypes cos, list)": lambda: mine.map(libm.cos, xs),
        "one thread, ctypes cos": lambda: list(map(libm.cos, xs))})


def nothing(_=None):
    pass


def python_tasks(mine, theirs):
    n = 20000

    def apply_async(pool):
        for result in [pool.apply_async(nothing) for _ in range(n)]:
            result.get()

    def apply(pool):
        for _ in range(2000):
            pool.apply(nothing)
    for title, run in {
            "20000 apply_async of an empty function": apply_async,
            "2000 apply": apply,
            "map of 1e6": lambda pool: pool.map(nothing, range(1000000)),
            "map of 20000, chunksize 1": lambda pool: pool.map(nothing, range(n), 1),
            "imap of 20000": lambda pool: list(pool.imap(nothing, range(n))),
            "imap of 1e6, chunksize 1000": lambda pool: list(pool.imap(nothing, range(1000000),
                                                                       1000))}.items():
        table(title, {"ThreadPool": lambda: run(theirs), "tpool": lambda: run(mine)})


with tpool.ThreadPool(WORKERS) as mine, ThreadPool(WORKERS) as theirs:
    print(f"Python {sys.version.split()[0]}, {WORKERS} workers; x: as fast as ThreadPool")
    over_buffers(mine, theirs)
    small_calls(mine, theirs)
    python_tasks(mine, theirs)
