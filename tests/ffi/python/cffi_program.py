# SPDX-License-Identifier: MIT
"""libtpool from Python by cffi, in ABI mode: nothing is compiled."""
import math
import os
import select
import threading
import zlib

import cffi

ffi = cffi.FFI()
with open(os.environ["TPOOL_CDEF"]) as declarations:
    ffi.cdef(declarations.read())
ffi.cdef("""
double pow(double x, double y);
unsigned long crc32(unsigned long crc, const unsigned char *data, unsigned int length);
typedef struct { unsigned long crc; const unsigned char *data; unsigned int length; } crc_row;
""")
OK, END, EINVAL, ETIMEDOUT, ETASK, ETERMINATED = 0, 1, -1, -4, -9, -11
MANUAL_CALLBACKS, NO_THREADS = 2, 4
FOREVER = math.inf
# cffi gives the interpreter lock away in each call, and its callbacks keep their thread's state.
tp = ffi.dlopen(os.environ.get("TPOOL_LIBRARY", "libtpool.so.1"))
libm, libz = ffi.dlopen("libm.so.6"), ffi.dlopen("libz.so.1")


def check(true, what):
    if not true:
        raise SystemExit(f"failed: {what}")


def text(chars):
    return ffi.string(chars).decode()


def last_message():
    return text(tp.tp_error_message(tp.tp_last_error()))


def struct(kind, **fields):
    """Makes a struct that begins with its size."""
    made = ffi.new(f"{kind} *", fields)
    made.size = ffi.sizeof(kind)
    return made


def create(workers, flags=0):
    pool = ffi.new("tp_pool_t **")
    options = struct("tp_pool_options_t", workers=workers, flags=flags)
    check(tp.tp_pool_create(options, pool) == OK, "create")
    return pool[0]


def explain(kind, error, _):
    """A task has raised: say why to the library. The callback then returns its error=."""
    tp.tp_task_set_error(f"{kind.__name__}: {error}".encode(), ffi.NULL, ffi.NULL)


@ffi.callback("tp_task_fn", error=-1, onerror=explain)
def square(ctx, item, value):
    x = ffi.cast("double *", item)[0]
    if x < 0:
        raise ValueError("negative")
    ffi.cast("double *", value)[0] = x * x
    return OK


SQUARE = struct("tp_task_t", fn=square, item_size=8, value_size=8)


def show_version_and_errors(pool):
    check(text(tp.tp_version()).startswith("1."), "version")
    check(tp.tp_pool_close(ffi.NULL) == EINVAL, "close(NULL)")
    check(text(tp.tp_strerror(EINVAL)) == "Invalid argument", "strerror")
    call = ffi.new("tp_call_t **")
    pow_fn = ffi.cast("void (*)(void)", ffi.addressof(libm, "pow"))
    status = tp.tp_call_create(pow_fn, b"double(dbl)", call)
    check(status == EINVAL and "column 8" in last_message(), "call_create: " + last_message())


def show_map(pool):
    items, values = ffi.new("double[]", list(range(10000))), ffi.new("double[10000]")
    check(tp.tp_pool_map(pool, SQUARE, items, values, 10000, ffi.NULL) == OK, "map")
    check(list(values) == [x * x for x in items], "map's values")


def show_task_that_raises(pool):
    items, values = ffi.new("double[]", [1, -1, 2]), ffi.new("double[3]")
    status = tp.tp_pool_map(pool, SQUARE, items, values, 3, ffi.NULL)
    check(status == ETASK and tp.tp_error_index(tp.tp_last_error()) == 1, "the failed item")
    check(last_message() == "ValueError: negative", last_message())


def starmap(pool, fn, signature, rows, values):
    call = ffi.new("tp_call_t **")
    check(tp.tp_call_create(ffi.cast("void (*)(void)", fn), signature, call) == OK, signature)
    check(tp.tp_pool_starmap(pool, call[0], rows, values, len(rows), ffi.NULL) == OK, "starmap")
    tp.tp_call_release(call[0])
    return list(values)


def show_starmap_of_native_functions(pool):
    blocks = [bytes([i]) * 5000 for i in range(200)]
    rows = ffi.new("crc_row[]", [(0, ffi.from_buffer("unsigned char[]", block), len(block))
                                 for block in blocks])
    sums = starmap(pool, ffi.addressof(libz, "crc32"), b"ulong(ulong, pointer, uint)", rows,
                   ffi.new("unsigned long[200]"))
    check(sums == [zlib.crc32(block) for block in blocks], "crc32")
    pairs = ffi.new("double[][2]", [(i / 3, 1.5) for i in range(500)])
    powers = starmap(pool, ffi.addressof(libm, "pow"), b"double(double, double)", pairs,
                     ffi.new("double[500]"))
    check(powers == [math.pow(i / 3, 1.5) for i in range(500)], "pow")


def show_imap(pool):
    numbers, values = iter(range(1, 301)), []

    @ffi.callback("tp_source_fn", error=-1, onerror=explain)
    def source(_, item):
        for number in numbers:
            ffi.cast("double *", item)[0] = number
            return 1
        raise OSError("no more")
    result, value = ffi.new("tp_result_t **"), ffi.new("double *")
    check(tp.tp_pool_imap(pool, SQUARE, source, ffi.NULL, ffi.NULL, result) == OK, "imap")
    while tp.tp_result_next(result[0], FOREVER, value) == OK:
        values.append(value[0])
    check(last_message() == "OSError: no more", "the source's error")
    check(tp.tp_result_next(result[0], FOREVER, value) == END, "the end")
    check(values == [x * x for x in range(1, 301)], "imap's values")
    tp.tp_result_release(result[0])


def show_callbacks_by_poll(_):
    pool, fd, seen = create(2, MANUAL_CALLBACKS), ffi.new("int *"), []

    @ffi.callback("void(void *, tp_result_t *)")
    def done(user, result):
        values = ffi.new("void **")
        tp.tp_result_get(result, 0, values)
        seen.append((ffi.cast("double *", values[0])[0], threading.current_thread()))
    check(tp.tp_pool_fd(pool, fd) == OK, "fd")
    options = struct("tp_job_options_t", callback=done)
    for i in range(50):
        tp.tp_pool_apply_async(pool, SQUARE, ffi.new("double *", i), options, ffi.NULL)
    poll = select.poll()
    poll.register(fd[0], select.POLLIN)
    while len(seen) < 50:
        check(poll.poll(30000), "poll")
        check(tp.tp_pool_run_callbacks(pool, 0, ffi.NULL) == OK, "run_callbacks")
    check(not poll.poll(0), "readable although no callback is due")
    check({thread for _, thread in seen} == {threading.main_thread()}, "the callbacks' thread")
    check(sorted(value for value, _ in seen) == [i * i for i in range(50)], "the callbacks' values")
    tp.tp_pool_destroy(pool)


def show_donated_workers(_):
    pool = create(2, NO_THREADS)
    threads = [threading.Thread(target=tp.tp_worker_enter,
                                args=(pool, square, FOREVER, ffi.NULL)) for _ in range(2)]
    for thread in threads:
        thread.start()
    show_map(pool)
    tp.tp_pool_close(pool)
    for thread in threads:
        thread.join()
    tp.tp_pool_destroy(pool)


def show_terminate_and_timeouts(_):
    pool, gate = create(1), threading.Event()

    @ffi.callback("tp_task_fn", error=-1)
    def blocked(ctx, item, value):
        return OK if gate.wait(30) else -1
    task, results = struct("tp_task_t", fn=blocked), ffi.new("tp_result_t *[2]")
    for i in range(2):
        tp.tp_pool_apply_async(pool, task, ffi.NULL, ffi.NULL, results + i)
    check(tp.tp_result_wait(results[0], 0.01) == ETIMEDOUT, "wait times out")
    tp.tp_pool_terminate(pool)
    check(tp.tp_result_get(results[1], 5, ffi.NULL) == ETERMINATED, "what had not started")
    gate.set()
    check(tp.tp_result_wait(results[0], 5) == OK and tp.tp_pool_join(pool, 5) == OK, "join")
    for result in results:
        tp.tp_result_release(result)
    tp.tp_pool_destroy(pool)


shared = create(2)
for name, show in list(globals().items()):
    if name.startswith("show_"):
        show(shared)
        print(name[5:].replace("_", " "))
tp.tp_pool_destroy(shared)
print("ok")
