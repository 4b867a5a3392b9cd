# SPDX-License-Identifier: MIT
"""multiprocessing.pool.ThreadPool over libtpool, by ctypes alone.

    from tpool import ThreadPool        # instead of: from multiprocessing.pool import ThreadPool

Classes, methods and arguments are those of the standard library. What is added:

native(fn, signature) makes a task of a C function. apply, map and starmap of it run on all CPUs,
because the workers call it without the interpreter lock:

    crc32 = tpool.native(ctypes.CDLL("libz.so.1").crc32, "ulong(ulong, pointer, uint)")
    sums = pool.starmap(crc32, [(0, data, len(data)) for data in blocks])

Differences, all where ThreadPool hangs or loses something: a task that a terminated pool did not
start raises tpool.Error; an initializer that raises breaks the pool, which says so; a callback that
raises makes its result raise; in a map every item runs, and the failure with the lowest index is
raised; imap pulls only as far ahead as buffersize says, while its iterator is there.
"""
import atexit
import ctypes
import functools
import itertools
import threading
import weakref
from ctypes import byref, c_size_t, c_void_p

from tpool_abi import (Error, FOREVER, InitFn, JobOptions, NO_THREADS, Native, OK, PoolOptions,
                       TASK_CONFIRM, Task, TimeoutError, check, error_of, fail, lib, quick, wait)
from tpool_jobs import (Apply, AsyncResult, Calls, IMapIterator, Map, Stream, drop, ended, keys,
                        live, pull, run_chunk)

__all__ = ["ThreadPool", "AsyncResult", "IMapIterator", "Native", "native", "Error",
           "TimeoutError"]


def native(fn, signature):
    """Makes a task of a ctypes function; the signature in C words: "double(double, pointer)"."""
    return Native(fn, signature)


class _Crew:
    """What the workers of a pool share. It, and the pool in the library, go when the last of them
    and the ThreadPool have."""

    def __init__(self, initializer, initargs):
        self.initializer, self.initargs = initializer, initargs
        self.handle, self.error = c_void_p(), None

    def __del__(self):
        lib.tp_pool_destroy(self.handle)


@InitFn
def _initialize(key):
    crew = _crews[key]
    try:
        crew.initializer(*crew.initargs)
        return OK
    except BaseException as error:
        crew.error = error
        return fail(error)


def _work(crew):
    lib.tp_worker_enter(crew.handle, None, FOREVER, None)


_crews = weakref.WeakValueDictionary()
_pools = weakref.WeakSet()


@atexit.register
def _exit():
    for pool in list(_pools):
        lib.tp_pool_terminate(pool._handle)


class ThreadPool:
    """multiprocessing.pool.ThreadPool, run by libtpool."""

    def __init__(self, processes=None, initializer=None, initargs=()):
        if processes is not None and processes < 1:
            raise ValueError("Number of processes must be at least 1")
        if initializer is not None and not callable(initializer):
            raise TypeError("initializer must be a callable")
        self._crew = _Crew(initializer, initargs)
        self._handle = self._crew.handle
        key = next(keys)
        # The workers are threads of Python's: they have a thread state, locals and names.
        options = PoolOptions(workers=processes or 0, flags=NO_THREADS, arg=key)
        if initializer is not None:
            options.initializer = _initialize
        _crews[key] = self._crew
        check(lib.tp_pool_create(byref(options), byref(self._handle)))
        _pools.add(self)
        self._start_workers()

    def _start_workers(self):
        workers = c_size_t()
        check(quick.tp_pool_workers(self._handle, byref(workers)))
        for _ in range(workers.value):
            threading.Thread(target=_work, args=(self._crew,), daemon=True).start()

    def __del__(self):
        if hasattr(self, "_handle"):
            lib.tp_pool_terminate(self._handle)

    def apply(self, func, args=(), kwds={}):
        return self.apply_async(func, args, kwds).get()

    def apply_async(self, func, args=(), kwds={}, callback=None, error_callback=None):
        if kwds:
            func = functools.partial(func, **kwds)
        if isinstance(func, Native):
            job = Calls(func, func.rows([tuple(args)], True), True, callback, error_callback)
        else:
            job = Apply(itertools.starmap, func, [args], callback, error_callback)
        return self._start(job, 1, None)

    def map(self, func, iterable, chunksize=None):
        return self.map_async(func, iterable, chunksize).get()

    def map_async(self, func, iterable, chunksize=None, callback=None, error_callback=None):
        return self._map(func, iterable, False, chunksize, callback, error_callback)

    def starmap(self, func, iterable, chunksize=None):
        return self.starmap_async(func, iterable, chunksize).get()

    def starmap_async(self, func, iterable, chunksize=None, callback=None, error_callback=None):
        return self._map(func, iterable, True, chunksize, callback, error_callback)

    def imap(self, func, iterable, chunksize=1, buffersize=None):
        return self._stream(quick.tp_pool_imap, func, iterable, chunksize, buffersize)

    def imap_unordered(self, func, iterable, chunksize=1, buffersize=None):
        return self._stream(quick.tp_pool_imap_unordered, func, iterable, chunksize, buffersize)

    def close(self):
        check(quick.tp_pool_close(self._handle))

    def terminate(self):
        check(lib.tp_pool_terminate(self._handle))

    def join(self):
        check(wait(lib.tp_pool_join, self._handle, None))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.terminate()

    def _map(self, func, iterable, star, chunksize, *callbacks):
        if isinstance(func, Native):
            job = Calls(func, func.rows(iterable, star), False, *callbacks)
            return self._start(job, job._n, chunksize)
        items = iterable if isinstance(iterable, (list, tuple)) else list(iterable)
        mapper = itertools.starmap if star else map
        return self._start(Map(mapper, func, items, *callbacks), len(items), chunksize)

    def _start(self, job, n, chunksize):
        if chunksize is not None and chunksize < 1:
            raise ValueError(f"Chunksize must be 1+, not {chunksize:n}")
        key = next(keys)
        options = JobOptions(chunksize=chunksize or 0, user=key)
        if job._callback or job._error_callback:
            options.callback = options.error_callback = ended
        self._accept(key, job, lambda: job._submit(self._handle, n, options, key))
        return job

    def _stream(self, call, func, iterable, chunksize, buffersize):
        if chunksize < 1:
            raise ValueError(f"Chunksize must be 1+, not {chunksize:n}")
        key = next(keys)
        size = ctypes.sizeof(c_size_t)
        task = Task(fn=run_chunk, ctx=key, item_size=size, value_size=size, ctx_drop=drop,
                    flags=TASK_CONFIRM)
        # For the library a chunk is one item.
        options = JobOptions(buffersize=-(-(buffersize or 0) // chunksize))
        job = Stream(func, iterable, chunksize)
        results = IMapIterator(job)
        self._accept(key, job, lambda: call(self._handle, byref(task), pull, key, byref(options),
                                            byref(results._handle)))
        return results

    def _accept(self, key, job, submit):
        live[key], job._pool = job, self  # a pool lives while it has work
        try:
            status = submit()
            if status < 0:
                raise error_of(status) from self._crew.error
        except Exception:
            job._pool = None
            del live[key]
            raise
