# SPDX-License-Identifier: MIT
"""The jobs of apply and map, and their results. C knows a job by a number, so that it never holds a
pointer to a Python object."""
import ctypes
import itertools
from ctypes import byref, c_void_p
from typing import Generic, Optional, TypeVar

from ._abi import (CallbackFn, DropFn, ENOTREADY, ETIMEDOUT, OK, RangeFn, check, error_of, fail, lib,
                   quick, wait)

T = TypeVar("T")

# The jobs of which C has the key, until they end.
live = {}
keys = itertools.count(1)


class Raised:
    """Where the value of a task would be, had it not raised."""

    def __init__(self, error):
        self.error = error


def call_all(mapper, func, items):
    """Returns [func(item) for item in items] with Raised in it, and the last of these."""
    values, rest, raised = [], iter(items), None
    while len(values) < len(items):
        try:
            values.extend(mapper(func, rest))  # keeps what it has when one raises
            if len(values) < len(items):
                raise RuntimeError("the task raised StopIteration")
        except BaseException as error:
            raised = Raised(error)
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
    live.pop(key)._let_go()


@CallbackFn
def ended(key, result):
    job = live.pop(key)
    job._call_back(result)
    job._let_go()


class AsyncResult(Generic[T]):
    """The result of one call of apply_async, map_async or starmap_async."""

    _handle = None

    def __init__(self, callback, error_callback):
        self._handle = c_void_p()
        self._callback, self._error_callback = callback, error_callback
        self._value = self._error = None

    def __del__(self):
        quick.tp_result_release(self._handle)

    def ready(self) -> bool:
        """Returns whether the call is complete."""
        return quick.tp_result_ready(self._handle) == 1

    def successful(self) -> bool:
        """Returns whether the call completed without an exception; ValueError if it is not ready."""
        status = quick.tp_result_successful(self._handle)
        if status == ENOTREADY:
            raise ValueError(f"{self!r} not ready")
        return status == 1

    def wait(self, timeout: Optional[float] = None) -> None:
        """Waits until the result is ready, or until timeout seconds have passed."""
        status = self._wait(timeout)
        if status != ETIMEDOUT:
            check(status)

    def get(self, timeout: Optional[float] = None) -> T:
        """Waits for the result and returns it, or raises the exception of the call.

        Raises TimeoutError if the result is not ready after timeout seconds; the caller may ask
        again."""
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

    def _let_go(self):
        self._pool = self._work = None

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
        self._value[begin:end], raised = call_all(mapper, func, items[begin:end])
        return raised

    def _first_error(self):
        return next((v.error for v in self._value if type(v) is Raised), None)


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
