# SPDX-License-Identifier: MIT
"""The class ThreadPool: the pool of the library, and its threads, which are threads of Python's."""
import atexit
import functools
import itertools
import multiprocessing.pool
import threading
import warnings
import weakref
from ctypes import byref, c_size_t, c_void_p
from typing import Any, Callable, Iterable, List, Mapping, Optional, TypeVar

from ._abi import (FOREVER, InitFn, JobOptions, NO_THREADS, OK, PoolOptions, TASK_CONFIRM, Task,
                   check, error_of, fail, lib, quick, wait)
from ._jobs import Apply, AsyncResult, Calls, Map, drop, ended, keys, live
from ._native import Native
from ._stream import IMapIterator, Ordered, Unordered, pull, take_turn

T = TypeVar("T")


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


class ThreadPool(multiprocessing.pool.ThreadPool):
    """multiprocessing.pool.ThreadPool, run by libtpool.

        with ThreadPool(4) as pool:
            sizes = pool.map(len, ["one", "three"])

    processes is the number of workers: by default one for each CPU that the process may use. Each
    worker calls initializer(*initargs) as it starts.

    Leave a pool by a with statement, which terminates it, or by close() and join(). A native
    function (tpool.native) may stand wherever a method takes a function.
    """

    _state = multiprocessing.pool.CLOSE  # of a pool whose creation failed

    def __init__(self, processes: Optional[int] = None,
                 initializer: Optional[Callable[..., object]] = None,
                 initargs: Iterable[Any] = ()) -> None:
        """Starts the workers."""
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
        workers = c_size_t()
        check(quick.tp_pool_workers(self._handle, byref(workers)))
        self._processes = workers.value
        self._pool = [threading.Thread(target=_work, args=(self._crew,), daemon=True)
                      for _ in range(self._processes)]
        self._state = multiprocessing.pool.RUN
        for thread in self._pool:
            thread.start()

    def __del__(self) -> None:
        """Terminates a pool that nobody has closed or terminated, with a ResourceWarning."""
        if self._state == multiprocessing.pool.RUN:
            warnings.warn(f"unclosed running multiprocessing pool {self!r}", ResourceWarning,
                          source=self)
            lib.tp_pool_terminate(self._handle)

    def apply(self, func: Callable[..., T], args: Iterable[Any] = (),
              kwds: Mapping[str, Any] = {}) -> T:
        """Calls func(*args, **kwds) on a worker, and returns what it returns."""
        return self.apply_async(func, args, kwds).get()

    def apply_async(self, func: Callable[..., T], args: Iterable[Any] = (),
                    kwds: Mapping[str, Any] = {},
                    callback: Optional[Callable[[T], object]] = None,
                    error_callback: Optional[Callable[[BaseException], object]] = None,
                    ) -> AsyncResult[T]:
        """Submits the call func(*args, **kwds), and returns its result to come.

        When the call is complete, its worker calls callback with the value, or error_callback with
        the exception; then the result is ready."""
        if kwds:
            func = functools.partial(func, **kwds)
        if isinstance(func, Native):
            job = Calls(func, func.rows([tuple(args)], True), True, callback, error_callback)
        else:
            job = Apply(itertools.starmap, func, [args], callback, error_callback)
        return self._start(job, 1, None)

    def map(self, func: Callable[..., T], iterable: Iterable[Any],
            chunksize: Optional[int] = None) -> List[T]:
        """Calls func(item) for each item, and returns the values in the order of the items.

        A worker takes chunksize items at a time; by default the pool chooses, and corrects itself
        while it runs."""
        return self.map_async(func, iterable, chunksize).get()

    def map_async(self, func: Callable[..., T], iterable: Iterable[Any],
                  chunksize: Optional[int] = None,
                  callback: Optional[Callable[[List[T]], object]] = None,
                  error_callback: Optional[Callable[[BaseException], object]] = None,
                  ) -> AsyncResult[List[T]]:
        """Submits what map does, and returns its result to come. See apply_async."""
        return self._map(func, iterable, False, chunksize, callback, error_callback)

    def starmap(self, func: Callable[..., T], iterable: Iterable[Iterable[Any]],
                chunksize: Optional[int] = None) -> List[T]:
        """Like map, but calls func(*item) for each item."""
        return self.starmap_async(func, iterable, chunksize).get()

    def starmap_async(self, func: Callable[..., T], iterable: Iterable[Iterable[Any]],
                      chunksize: Optional[int] = None,
                      callback: Optional[Callable[[List[T]], object]] = None,
                      error_callback: Optional[Callable[[BaseException], object]] = None,
                      ) -> AsyncResult[List[T]]:
        """Submits what starmap does, and returns its result to come. See apply_async."""
        return self._map(func, iterable, True, chunksize, callback, error_callback)

    def imap(self, func: Callable[..., T], iterable: Iterable[Any], chunksize: int = 1,
             buffersize: Optional[int] = None) -> IMapIterator[T]:
        """Calls func(item) for each item, and returns an iterator over the values in their order.

        The workers pull items from iterable while they run others, at most buffersize items ahead of
        the reader; by default the pool chooses. After close() they run all items, read or not."""
        return self._stream(Ordered, func, iterable, chunksize, buffersize)

    def imap_unordered(self, func: Callable[..., T], iterable: Iterable[Any], chunksize: int = 1,
                       buffersize: Optional[int] = None) -> IMapIterator[T]:
        """Like imap, but the iterator gives each value as soon as it is there."""
        return self._stream(Unordered, func, iterable, chunksize, buffersize)

    def close(self) -> None:
        """Refuses new work. What was submitted still runs."""
        if self._state == multiprocessing.pool.RUN:
            self._state = multiprocessing.pool.CLOSE
        check(quick.tp_pool_close(self._handle))

    def terminate(self) -> None:
        """Refuses new work, and ends what has not started: it raises tpool.Error."""
        self._state = multiprocessing.pool.TERMINATE
        check(lib.tp_pool_terminate(self._handle))

    def join(self) -> None:
        """Waits until all work and all workers of a closed or terminated pool have ended."""
        check(wait(lib.tp_pool_join, self._handle, None))
        for thread in self._pool:
            thread.join()

    def __enter__(self) -> "ThreadPool":
        """Returns the pool. Raises ValueError when it is closed."""
        self._check_running()
        return self

    def __exit__(self, *_: object) -> None:
        """Terminates the pool."""
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

    def _stream(self, kind, func, iterable, chunksize, buffersize):
        if chunksize < 1:
            raise ValueError(f"Chunksize must be 1+, not {chunksize:n}")
        key = next(keys)
        task = Task(fn=take_turn, ctx=key, ctx_drop=drop, flags=TASK_CONFIRM)
        # For the library a turn is one item.
        options = JobOptions(buffersize=-(-(buffersize or 0) // chunksize))
        job = kind(func, iterable, chunksize, bool(buffersize))
        results = IMapIterator(job)
        self._accept(key, job, lambda: quick.tp_pool_imap_unordered(
            self._handle, byref(task), pull, key, byref(options), byref(results._handle)))
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
