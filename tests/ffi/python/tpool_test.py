# SPDX-License-Identifier: MIT
"""What tpool.py has beside ThreadPool's API, and what it does where ThreadPool hangs."""
import array
import ctypes
import ctypes.util
import gc
import hashlib
import itertools
import math
import subprocess
import sys
import threading
import weakref
import zlib

import tpool

# RTLD_DEFAULT has libc alone; these are what Debian calls them.
libz, libm = ctypes.CDLL("libz.so.1"), ctypes.CDLL("libm.so.6")
crc32 = tpool.native(libz.crc32, "ulong(ulong, pointer, uint)")
power = tpool.native(libm.pow, "double(double, double)")
cosine = tpool.native(libm.cos, "double(double)")


def raises(kind, call, *args):
    try:
        call(*args)
    except kind as error:
        return str(error)
    raise AssertionError(f"{call} did not raise {kind}")


def show_native(pool):
    blocks = [bytes([i]) * (1000 + i) for i in range(256)]
    rows = [(0, block, len(block)) for block in blocks]
    assert pool.starmap(crc32, rows) == [zlib.crc32(block) for block in blocks]
    numbers = [i / 7 for i in range(5000)]
    assert pool.map(cosine, numbers) == pool.map(cosine, array.array("d", numbers)) \
        == pool.map(math.cos, numbers) == [cosine(x) for x in numbers]
    table = (power.Row * 100)(*((i, 0.5) for i in range(100)))
    assert pool.starmap_async(power, table).get() == [math.pow(i, 0.5) for i in range(100)]
    assert pool.apply(power, (2, 10)) == 1024.0 and list(pool.imap(cosine, [0.0, 0.0])) == [1, 1]
    seen = []
    pool.starmap_async(power, [(3, 2)], callback=seen.append).wait()
    assert seen == [[9.0]] and pool.map(cosine, []) == []


def show_native_into_memory(pool):
    path = ctypes.util.find_library("crypto")
    if path is None:
        return "no libcrypto"
    sha256 = tpool.native(ctypes.CDLL(path).SHA256, "pointer(pointer, size, pointer)")
    blocks = [b"x" * i for i in range(300)]
    out = ctypes.create_string_buffer(32 * len(blocks))
    start = ctypes.addressof(out)
    pool.starmap(sha256, [(b, len(b), start + 32 * i) for i, b in enumerate(blocks)])
    assert out.raw == b"".join(hashlib.sha256(block).digest() for block in blocks)


def show_native_refusals(pool):
    assert "column 13" in raises(ValueError, tpool.native, libm.pow, "double(int, dbl)")
    for bad in ("", "double", "double(", "double(void)", "nix()", "double(double,)"):
        assert "column" in raises(ValueError, tpool.native, libm.pow, bad), bad
    raises(TypeError, pool.map, power, [1.0])
    raises(TypeError, pool.starmap, power, [(1.0, "two")])
    raises(TypeError, pool.starmap, power, [(1.0, 2.0), (1.0,)])
    raises(TypeError, pool.apply, power, (1.0, 2.0, 3.0))
    raises(TypeError, pool.map, cosine, array.array("q", [1]))
    raises(TypeError, pool.map, cosine, array.array("f", [1]))


def show_state_of_threads(pool):
    names = set(pool.map(lambda _: threading.current_thread().name, range(100), 1))
    assert names and not any(name.startswith("Dummy") for name in names), names


def show_terminate_ends_what_waits(_):
    started, gate, failed = threading.Event(), threading.Event(), []

    def task():
        started.set()
        gate.wait()
    pool = tpool.ThreadPool(1)
    running = pool.apply_async(task)
    waiting = pool.apply_async(task, error_callback=failed.append)
    stream = pool.imap(task, itertools.count())
    started.wait()
    pool.terminate()
    assert "terminated" in raises(tpool.Error, waiting.get) and isinstance(failed[0], tpool.Error)
    raises(tpool.Error, stream.next)
    raises(StopIteration, stream.next)
    gate.set()
    assert running.get() is None
    assert raises(ValueError, pool.apply, task) == "Pool not running"
    pool.join()


def show_callback_that_raises(pool):
    result = pool.apply_async(int, callback=lambda _: 1 / 0)
    raises(ZeroDivisionError, result.get)
    assert not result.successful()
    raises(SystemExit, pool.apply, sys.exit)
    raises(RuntimeError, pool.map, next, [iter(())])
    assert pool.apply(int) == 0


def show_every_item_runs(pool):
    seen = []

    def odd(x):
        seen.append(x)
        if x % 2 == 0:
            raise ValueError(x)
    assert raises(ValueError, pool.map, odd, range(4, 100), 8) == "4"
    assert sorted(seen) == list(range(4, 100))


def show_initializer_that_raises(_):
    with tpool.ThreadPool(2, lambda: 1 / 0) as pool:
        try:
            pool.apply_async(int).get()
            raise AssertionError("a broken pool ran a task")
        except tpool.Error as error:
            assert "nitializer" in str(error) or "division" in str(error), error


def show_waits_inside(pool):
    """Tasks that wait for tasks, on as many threads as there are."""
    def tree(depth):
        return 1 if depth == 0 else sum(pool.map(tree, [depth - 1] * 2))
    assert tree(7) == pool.apply(tree, (7,)) == 128
    own = []

    def wait_for_itself():
        own[0].get()
    gate = threading.Event()
    own.append(pool.apply_async(lambda: gate.wait() and wait_for_itself()))
    gate.set()
    raises(tpool.Error, own[0].get)


def show_no_stack_left(pool):
    def dive(n):
        try:
            return dive(n + 1)
        except RecursionError:
            return pool.map(int, ["1"])
    try:
        assert pool.apply(dive, (0,)) == [1]
    except (RecursionError, ctypes.ArgumentError, tpool.Error):
        pass  # an error is fine, a wrong value is not


def show_window(pool):
    pulled = itertools.count()
    stream = pool.imap(lambda x: x, (next(pulled) for _ in range(10000)), buffersize=5)
    assert next(stream) == 0 and next(pulled) < 10
    stream = pool.imap(str, iter(int, 1))  # endless
    assert next(stream) == "0"


def show_streams_hold_nothing_back(pool):
    """Quick items run many in a turn, and yet nobody waits for what comes later."""
    for method in (pool.imap, pool.imap_unordered):
        for make in (list, iter):
            read, ran, passed = threading.Event(), threading.Event(), threading.Event()

            def task(x):
                if x == 500:  # waits until 400 was read
                    assert read.wait(10)
                if x == 700:  # waits until a later item has run
                    assert ran.wait(10)
                if x == 701:
                    ran.set()
                return x

            def source():
                for x in make(range(1000)):
                    if x == 900:  # waits until 800 was read
                        assert passed.wait(10)
                    yield x
            values = []
            for value in method(task, source()):
                values.append(value)
                if value == 400:
                    read.set()
                if value == 800:
                    passed.set()
            assert sorted(values) == list(range(1000))
            read.clear()
            ran.clear()
            values = []
            for value in method(task, make(range(1000))):
                values.append(value)
                if value == 400:
                    read.set()
            assert sorted(values) == list(range(1000))


def show_nothing_is_kept(_):
    class Thing:
        pass
    things = [Thing() for _ in range(8)]
    watched = [weakref.ref(thing) for thing in things]
    pool = tpool.ThreadPool(2)
    results = [pool.apply_async(lambda x: 1, (things[0],)), pool.map_async(id, things[1:4]),
               pool.apply_async(id, (things[4],), callback=lambda _: None)]
    stream = pool.imap(id, things[5:])
    assert len(list(stream)) == 3 and [result.wait() for result in results] == [None] * 3
    watched.append(weakref.ref(pool._crew))
    pool.close()
    pool.join()
    del things, pool
    gc.collect()
    assert not any(watch() for watch in watched), [watch() for watch in watched]


EXITS = {
    "idle": "pool.map(str, range(9))",
    "asleep": "r = pool.map_async(time.sleep, [60] * 9); started()",
    "busy": "r = pool.map_async(spin, range(9)); started()",
    "endless": "it = pool.imap(str, itertools.count()); next(it)",
    "dropped": "r = pool.map_async(str, range(9)); del pool; r.get()",
    "forgotten": "pool.apply_async(spin, (1,)); del pool",
    "native": "r = pool.map_async(nap, [60] * 9)",
}
PROGRAM = """
import ctypes, itertools, sys, threading, time, tpool
nap = tpool.native(ctypes.CDLL(None).sleep, "uint(uint)")
running = threading.Event()
def spin(x):
    running.set()
    while True: pass
def started():
    pool.apply_async(running.set)
pool = tpool.ThreadPool(2)
"""


def show_exits(_):
    for name, code in EXITS.items():
        run = subprocess.run([sys.executable, "-B", "-c", PROGRAM + code + "\nprint('end')"],
                             capture_output=True, text=True, timeout=30, cwd=sys.path[0])
        assert (run.returncode, run.stdout, run.stderr) == (0, "end\n", ""), (name, run)


with tpool.ThreadPool(2) as shared:
    for name, show in list(globals().items()):
        if name.startswith("show_"):
            skipped = show(shared)
            print(name[5:].replace("_", " ") + (f": {skipped}" if skipped else ""))
print("ok")
