# SPDX-License-Identifier: MIT
"""libtpool from Python by ctypes, without a binding but for its structs: each way to run work and to get results."""
import asyncio
import ctypes
import math
import os
import sys
import threading
import zlib
from ctypes import byref, c_double, c_int, c_size_t, c_void_p

from tpool._abi import (END, ERUNNING, ETASK, ETIMEDOUT, FOREVER, NO_THREADS, OK, TASK_CONFIRM, CallbackFn, DropFn,
                       InitFn, JobOptions, PoolOptions, SourceFn, Task, TaskFn)

EINVAL, ETERMINATED = -1, -11
MANUAL_CALLBACKS = 2

# CDLL gives the interpreter lock away in each call. PyDLL keeps it: a call that waits for a task
# written in Python would then wait for ever.
tp = ctypes.CDLL(os.environ.get("TPOOL_LIBRARY", "libtpool.so.1"))
for name in "tp_version tp_strerror tp_error_message".split():
    getattr(tp, name).restype = ctypes.c_char_p
tp.tp_last_error.restype = tp.tp_result_error.restype = c_void_p
tp.tp_error_message.argtypes = tp.tp_result_release.argtypes = tp.tp_pool_destroy.argtypes = \
    tp.tp_pool_close.argtypes = tp.tp_pool_terminate.argtypes = tp.tp_result_ready.argtypes = \
    tp.tp_result_error.argtypes = tp.tp_call_release.argtypes = [c_void_p]
tp.tp_promise_release.argtypes = [c_void_p]
tp.tp_promise_create.argtypes = tp.tp_result_then.argtypes = [c_void_p, c_void_p, c_void_p, c_void_p]
tp.tp_promise_set.argtypes = [c_void_p, c_void_p]
tp.tp_when_all.argtypes = [c_void_p, c_size_t, c_void_p]
tp.tp_result_wait.argtypes = tp.tp_pool_join.argtypes = [c_void_p, c_double]
tp.tp_result_get.argtypes = tp.tp_result_next.argtypes = [c_void_p, c_double, c_void_p]
tp.tp_pool_run_callbacks.argtypes = [c_void_p, c_double, c_void_p]
tp.tp_worker_enter.argtypes = [c_void_p, TaskFn, c_double, c_void_p]
tp.tp_task_set_error.argtypes = [ctypes.c_char_p, c_void_p, c_void_p]
tp.tp_pool_apply_async.argtypes = [c_void_p, c_void_p, c_void_p, c_void_p, c_void_p]
tp.tp_pool_map.argtypes = [c_void_p, c_void_p, c_void_p, c_void_p, c_size_t, c_void_p]
tp.tp_pool_imap.argtypes = [c_void_p, c_void_p, SourceFn, c_void_p, c_void_p, c_void_p]
tp.tp_pool_starmap.argtypes = [c_void_p, c_void_p, c_void_p, c_void_p, c_size_t, c_void_p]


def check(true, what):
    if not true:
        raise SystemExit(f"failed: {what}")


def last_message():
    return tp.tp_error_message(tp.tp_last_error()).decode()


@InitFn
def keep_thread_state(_):
    # A callback on a thread of C makes a thread state for Python and drops it again, 10 us each
    # time. One more use of it, and the worker keeps it, with its threading.local.
    ctypes.pythonapi.PyGILState_Ensure()
    return OK


@DropFn
def drop_thread_state(_):
    ctypes.pythonapi.PyGILState_Release(0)


def create(workers=2, flags=0):
    pool = c_void_p()
    options = PoolOptions(workers=workers, flags=flags)
    if not flags & NO_THREADS:
        options.initializer, options.finalizer = keep_thread_state, drop_thread_state
    check(tp.tp_pool_create(byref(options), byref(pool)) == OK, "create")
    return pool


local = threading.local()


# Each CFUNCTYPE object has to live as long as C may call it: these are the module's.
@TaskFn
def square(ctx, item, value):
    local.calls = getattr(local, "calls", 0) + 1
    x = c_double.from_address(item).value
    if x < 0:
        raise ValueError("negative")  # ctypes prints it, and returns some number to C
    c_double.from_address(value).value = x * x
    return tp.tp_task_confirm()


SQUARE = Task(fn=square, item_size=8, value_size=8, flags=TASK_CONFIRM)


def show_version_and_errors(pool):
    check(tp.tp_version().startswith(b"1."), "version")
    check(tp.tp_pool_close(None) == EINVAL, "close(NULL)")
    check(tp.tp_strerror(EINVAL) == b"Invalid argument", "strerror")
    call = c_void_p(1)
    status = tp.tp_call_create(ctypes.CDLL(None).abs, b"int(itn)", byref(call))
    check(status == EINVAL and not call and "column 5" in last_message(), "call_create")


def show_map(pool):
    n = 10000
    items, values = (c_double * n)(*range(n)), (c_double * n)()
    check(tp.tp_pool_map(pool, byref(SQUARE), items, values, n, None) == OK, "map")
    check(values[:] == [x * x for x in items], "map's values")


def show_task_that_raises(pool):
    items, values = (c_double * 3)(1, -1, 2), (c_double * 3)()
    printed = []
    sys.unraisablehook = printed.append
    status = tp.tp_pool_map(pool, byref(SQUARE), items, values, 3, None)
    sys.unraisablehook = sys.__unraisablehook__
    check(status == ETASK and len(printed) == 1, "a task that raises is no success")
    # 0 is not confirmed; another number, which ctypes may leave there, is a failure by itself
    check("confirm" in last_message() or last_message() == tp.tp_strerror(ETASK).decode(),
          last_message())


class CrcRow(ctypes.Structure):
    _fields_ = [("crc", ctypes.c_ulong), ("data", ctypes.c_char_p), ("length", ctypes.c_uint)]


def starmap(pool, fn, signature, rows, values):
    call = c_void_p()
    check(tp.tp_call_create(fn, signature, byref(call)) == OK, signature)
    check(tp.tp_pool_starmap(pool, call, rows, values, len(rows), None) == OK, "starmap")
    tp.tp_call_release(call)


def show_starmap_of_native_functions(pool):
    blocks = [bytes([i]) * 5000 for i in range(200)]
    rows = (CrcRow * 200)(*((0, block, 5000) for block in blocks))
    sums = (ctypes.c_ulong * 200)()
    starmap(pool, ctypes.CDLL("libz.so.1").crc32, b"ulong(ulong, pointer, uint)", rows, sums)
    check(sums[:] == [zlib.crc32(block) for block in blocks], "crc32")
    pairs = (c_double * 2 * 500)(*((i / 3, 1.5) for i in range(500)))
    powers = (c_double * 500)()
    starmap(pool, ctypes.CDLL("libm.so.6").pow, b"double(double, double)", pairs, powers)
    check(powers[:] == [math.pow(x, y) for x, y in pairs], "pow")


def show_imap(pool):
    numbers = iter(range(1, 301))

    @SourceFn
    def source(_, item):
        for number in numbers:
            c_double.from_address(item).value = number
            return 1
        return 0
    result, value, values = c_void_p(), c_double(), []
    check(tp.tp_pool_imap(pool, byref(SQUARE), source, None, None, byref(result)) == OK, "imap")
    while tp.tp_result_next(result, FOREVER, byref(value)) == OK:
        values.append(value.value)
    check(values == [x * x for x in range(1, 301)], "imap's values")
    tp.tp_result_release(result)


def submit(pool, n, seen):
    """Squares 0 ... n-1 one by one; the callbacks note the thread that they run on."""
    @CallbackFn
    def done(user, result):
        values = c_void_p()
        tp.tp_result_get(result, 0, byref(values))
        seen.append((c_double.from_address(values.value).value, threading.current_thread()))
    options = JobOptions(callback=done)
    for i in range(n):
        item = c_double(i)
        check(tp.tp_pool_apply_async(pool, byref(SQUARE), byref(item), byref(options), None) == OK,
              "apply_async")
    return done  # to be kept until it has run


def show_callbacks_on_this_thread(_):
    pool, seen, ran, count = create(flags=MANUAL_CALLBACKS), [], c_size_t(), 0
    kept = submit(pool, 50, seen)
    while count < 50:
        check(tp.tp_pool_run_callbacks(pool, 5.0, byref(ran)) == OK, "run_callbacks")
        count += ran.value
    check({thread for _, thread in seen} == {threading.main_thread()}, "the callbacks' thread")
    check(sorted(value for value, _ in seen) == [i * i for i in range(50)], "the callbacks' values")
    check(tp.tp_pool_run_callbacks(pool, 0.001, None) == ETIMEDOUT, "no callback due")
    tp.tp_pool_destroy(pool)


def show_callbacks_in_asyncio(_):
    pool, fd, seen = create(flags=MANUAL_CALLBACKS), c_int(), []
    check(tp.tp_pool_fd(pool, byref(fd)) == OK, "fd")

    async def main():
        loop, all_seen = asyncio.get_running_loop(), asyncio.Event()

        def due():
            tp.tp_pool_run_callbacks(pool, 0, None)
            if len(seen) == 50:
                all_seen.set()
        loop.add_reader(fd.value, due)
        kept = submit(pool, 50, seen)
        await asyncio.wait_for(all_seen.wait(), 30)
        loop.remove_reader(fd.value)
    asyncio.run(main())
    check({thread for _, thread in seen} == {threading.main_thread()}, "asyncio's thread")
    tp.tp_pool_destroy(pool)


def show_donated_workers(_):
    """Threads of Python serve. A task without a function is what the serving thread makes of it."""
    pool, served = create(2, NO_THREADS), []

    @TaskFn
    def dispatch(ctx, item, value):
        served.append(threading.current_thread().name)
        return square(ctx, item, value)

    def serve():
        check(tp.tp_worker_enter(pool, dispatch, FOREVER, None) == END, "worker_enter")
    threads = [threading.Thread(target=serve, name=f"server {i}") for i in range(2)]
    for thread in threads:
        thread.start()
    task = Task(fn=TaskFn(), item_size=8, value_size=8)
    items, values = (c_double * 500)(*range(500)), (c_double * 500)()
    check(tp.tp_pool_map(pool, byref(task), items, values, 500, None) == OK, "map, donated")
    check(values[:] == [x * x for x in items], "values, donated")
    check(len(served) == 500 and set(served) <= {"server 0", "server 1"}, "the servers")
    tp.tp_pool_close(pool)
    for thread in threads:
        thread.join()
    tp.tp_pool_destroy(pool)


def show_terminate_and_timeouts(_):
    pool, gate, started = create(1), threading.Event(), threading.Event()

    @TaskFn
    def blocked(ctx, item, value):
        started.set()
        gate.wait()
        if not tp.tp_task_stop_requested():
            return OK
        tp.tp_task_set_error(b"asked to stop", None, None)
        return 7
    task, results = Task(fn=blocked), [c_void_p(), c_void_p()]
    for result in results:
        check(tp.tp_pool_apply_async(pool, byref(task), None, None, byref(result)) == OK, "submit")
    started.wait()
    check(tp.tp_result_wait(results[0], 0.01) == ETIMEDOUT, "wait times out")
    check(tp.tp_pool_join(pool, 1) == ERUNNING, "join of a running pool")
    tp.tp_pool_terminate(pool)
    check(tp.tp_result_get(results[1], 5, None) == ETERMINATED, "what had not started")
    gate.set()
    check(tp.tp_result_get(results[0], 5, None) == ETASK, "the running task saw the stop")
    error = tp.tp_result_error(results[0])
    check((tp.tp_error_code(c_void_p(error)), tp.tp_error_message(error)) == (7, b"asked to stop"),
          "its own error")
    check(tp.tp_pool_join(pool, 5) == OK, "join")
    for result in results:
        tp.tp_result_release(result)
    tp.tp_pool_destroy(pool)


@TaskFn
def plus_one(ctx, item, value):
    ready = c_void_p.from_address(item)  # the source
    got = c_void_p()
    if tp.tp_result_get(ready, 0, byref(got)) != OK:
        return 1
    c_double.from_address(value).value = c_double.from_address(got.value).value + 1
    return tp.tp_task_confirm()


def show_futures(pool):
    shape = Task(value_size=8)
    then = Task(fn=plus_one, item_size=ctypes.sizeof(c_void_p), value_size=8, flags=TASK_CONFIRM)
    promise, got = c_void_p(), c_void_p()
    chain = [c_void_p() for _ in range(11)]
    check(tp.tp_promise_create(pool, byref(shape), byref(promise), byref(chain[0])) == OK, "promise")
    for source, result in zip(chain, chain[1:]):
        check(tp.tp_result_then(source, byref(then), None, byref(result)) == OK, "then")
    together = c_void_p()
    handles = (c_void_p * len(chain))(*chain)
    check(tp.tp_when_all(handles, c_size_t(len(chain)), byref(together)) == OK, "when_all")
    check(tp.tp_result_ready(together) == 0, "nothing is ready")
    check(tp.tp_promise_set(promise, byref(c_double(30))) == OK, "set")
    check(tp.tp_result_wait(together, 5) == OK, "wait for all")
    check(tp.tp_result_get(chain[-1], 0, byref(got)) == OK, "the last one")
    check(c_double.from_address(got.value).value == 40, "the chain's value")
    tp.tp_promise_release(promise)
    for result in chain + [together]:
        tp.tp_result_release(result)


shared = create()
for name, show in list(globals().items()):
    if name.startswith("show_"):
        show(shared)
        print(name[5:].replace("_", " "))
tp.tp_pool_destroy(shared)
print("ok")
