# SPDX-License-Identifier: MIT
"""The jobs and results of tpool.py. A job is known to C by a number, so that no pointer to a Python
object is ever out there."""
import collections
import ctypes
import itertools
from ctypes import byref, c_size_t, c_void_p

from tpool_abi import (CallbackFn, DropFn, END, ENOTREADY, ETASK, ETIMEDOUT, OK, RangeFn, SourceFn,
                       TaskFn, check, error_of, fail, lib, quick, wait)

# The jobs of which C has the key, until they end.
live = {}
keys = itertools.count(1)


class _Raised:
    """Where the value of a task would be, had it not raised."""

    def __init__(self, error):
        self.error = error


def _call_all(mapper, func, items):
    """Returns [func(item) for item in items] with _Raised in it, and the last of these."""
    values, rest, raised = [], iter(items), None
    while len(values) < len(items):
        try:
            values.extend(mapper(func, rest))  # keeps what it has when one raises
            if len(values) < len(items):
                raise RuntimeError("the task raised StopIteration")
        except BaseException as error:
            raised = _Raised(error)
            values.append(raised)
    return values, raised


@RangeFn
def _run(key, begin, end):
    job = live[key]
    try:
        raised = job._run(begin, end)
        return fail(raised.error) if raised else OK
    except BaseException as error:  # no stack left to call anything
        job._error = error
        return -1


@DropFn
def drop(key):
    job = live.pop(key)
    job._pool = job._work = None


@CallbackFn
def ended(key, result):
    job = live.pop(key)
    job._call_back(result)
    job._pool = job._work = None


class AsyncResult:
    """The result of one call of apply_async, map_async or starmap_async."""

    _handle = None

    def __init__(self, callback, error_callback):
        self._handle = c_void_p()
        self._callback, self._error_callback = callback, error_callback
        self._value = self._error = None

    def __del__(self):
        quick.tp_result_release(self._handle)

    def ready(self):
        return quick.tp_result_ready(self._handle) == 1

    def successful(self):
        status = quick.tp_result_successful(self._handle)
        if status == ENOTREADY:
            raise ValueError(f"{self!r} not ready")
        return status == 1

    def wait(self, timeout=None):
        status = self._wait(timeout)
        if status != ETIMEDOUT:
            check(status)

    def get(self, timeout=None):
        check(self._wait(timeout))
        return self._outcome(self._handle)

    def _wait(self, timeout):
        return OK if self.ready() else wait(lib.tp_result_wait, self._handle, timeout)

    def _outcome(self, handle):
        values = c_void_p()
        status = quick.tp_result_get(handle, 0, byref(values))
        if status == OK:
            return self._values(values)
        raise (self._error or self._first_error() or
               error_of(status, quick.tp_result_error(handle)))

    def _first_error(self):
        return None

    def _values(self, _):
        return self._value

    def _submit(self, pool, n, options, key):
        if not options.callback:
            options.ctx_drop = drop
        return quick.tp_pool_for_async(pool, _run, key, n, byref(options), byref(self._handle))

    def _call_back(self, result):
        try:
            try:
                value, call = self._outcome(result), self._callback
            except BaseException as error:
                value, call = error, self._error_callback
            if call:
                call(value)
        except BaseException as error:
            self._error = error
            fail(error)


class Map(AsyncResult):
    """Calls of a Python function."""

    def __init__(self, mapper, func, items, *callbacks):
        super().__init__(*callbacks)
        self._work = mapper, func, items
        self._value = [None] * len(items)

    def _run(self, begin, end):
        mapper, func, items = self._work
        self._value[begin:end], raised = _call_all(mapper, func, items[begin:end])
        return raised

    def _first_error(self):
        return next((v.error for v in self._value if type(v) is _Raised), None)


class Apply(Map):
    """One call of a Python function."""

    def _values(self, _):
        return self._value[0]


class Calls(AsyncResult):
    """Calls of a native function: the library runs them, and Python hears of the end alone."""

    def __init__(self, native, rows, single, *callbacks):
        super().__init__(*callbacks)
        self._work = native, rows
        self._restype, self._n, self._single = native.restype, len(rows), single

    def _submit(self, pool, n, options, key):
        native, rows = self._work
        options.callback = options.error_callback = ended
        return quick.tp_pool_starmap_async(pool, native.call, ctypes.addressof(rows), n,
                                           byref(options), byref(self._handle))

    def _values(self, values):
        if self._value is None:
            self._value = [None] * self._n
            if self._restype and self._n:
                self._value = (self._restype * self._n).from_address(values.value)[:]
        return self._value[0] if self._single else self._value


class Stream:
    """A running imap: chunks of items on their way in, chunks of outcomes on their way out."""

    def __init__(self, func, iterable, chunksize):
        self._work = func, iter(iterable), chunksize
        self._pulled, self._done = {}, {}
        self._numbers = itertools.count(1)


@SourceFn
def pull(key, item):
    job = live[key]
    number = next(job._numbers)
    try:
        _, source, chunksize = job._work
        chunk = list(itertools.islice(source, chunksize))
        if not chunk:
            return 0
        job._pulled[number] = chunk
        c_size_t.from_address(item).value = number
        return 1
    except BaseException as error:
        job._done[number] = [_Raised(error)]
        return fail(error, number)


@TaskFn
def run_chunk(key, item, value):
    job = live[key]
    number = c_size_t.from_address(item).value
    job._done[number], raised = _call_all(map, job._work[0], job._pulled.pop(number))
    if raised:
        return fail(raised.error, number)
    c_size_t.from_address(value).value = number
    return quick.tp_task_confirm()


class IMapIterator:
    """The results of imap or imap_unordered, as they come."""

    _handle = None

    def __init__(self, job):
        self._handle, self._job = c_void_p(), job
        self._ready = collections.deque()

    def __del__(self):
        quick.tp_result_release(self._handle)

    def __iter__(self):
        return self

    def next(self, timeout=None):
        while True:
            try:
                value = self._ready.popleft()
            except IndexError:
                pass
            else:
                if type(value) is _Raised:
                    raise value.error
                return value
            self._ready.extend(self._next_chunk(timeout))

    __next__ = next

    def _next_chunk(self, timeout):
        number = c_size_t()
        status = quick.tp_result_next(self._handle, 0, byref(number))
        if status == ETIMEDOUT:
            status = wait(lib.tp_result_next, self._handle, timeout, byref(number))
        if status == END:
            raise StopIteration
        if status == OK:
            return self._job._done.pop(number.value)
        error = quick.tp_last_error()
        failed = quick.tp_error_payload(error) if status == ETASK else None
        if failed is None:
            raise error_of(status, error)
        return self._job._done.pop(failed)
