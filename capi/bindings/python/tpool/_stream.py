# SPDX-License-Identifier: MIT
"""imap and imap_unordered. To the library a stream's item is a turn: the right of a worker to run
chunks of the stream. The chunks and their values stay here, where they need no conversion.

A worker publishes each chunk before it takes the next one. While a reader sleeps, a turn ends with
its first chunk, and the end of the turn wakes the reader. So no value waits for a later one."""
import collections
import itertools
import threading
import time
from ctypes import c_void_p
from typing import Generic, Iterator, Optional, TypeVar

from ._abi import (END, ETIMEDOUT, OK, SourceFn, TaskFn, error_of, fail, lib, quick, wait)
from ._jobs import Raised, call_all, live

T = TypeVar("T")

_MOST_CHUNKS = 64     # that a turn runs
_TURN = 250e-6        # seconds after which a turn takes no further chunk
_PROMPT = 20e-6       # seconds; a source that takes longer may be waiting for something
_PATIENCE = 1e-3, 5e-3  # seconds, at first and at most, that a pull waits for a turn inside the source
_NAP = 100e-6         # seconds; a reader to whom values come more quickly lets some of them gather
_SHORT_WAIT = 500e-6  # seconds in which a reader hopes for a whole turn


class Stream:
    """A running imap: chunks on their way to the workers, and their values on the way back."""

    def __init__(self, func, iterable, chunksize, bounded):
        self._func, self._source, self._chunksize = func, iter(iterable), chunksize
        self._bounded = bounded
        self._pulling = threading.Lock()    # held inside the source
        self._pulled = collections.deque()  # (number, chunk)
        self._turns = collections.deque()   # those that ended and of which the reader has not heard
        self._numbers = itertools.count()
        self._sleepers, self._patience = 0, _PATIENCE[0]
        self._prompt = self._ended = False

    def _pull(self):
        """Pulls a chunk for a turn. Returns 0 at the end of the source, else 1: if a turn is inside
        the source already, the turn may find no chunk."""
        if self._pulling.acquire(timeout=self._patience):
            self._patience = _PATIENCE[0]
            self._pull_chunk()
        else:
            self._patience = min(2 * self._patience, _PATIENCE[1])
        return 0 if self._ended and not self._pulled else 1

    def _pull_chunk(self):
        try:
            start, chunk = time.perf_counter(), []
            if not self._ended:
                chunk = list(itertools.islice(self._source, self._chunksize))
            if chunk:
                self._pulled.append((next(self._numbers), chunk))
            self._ended = len(chunk) < self._chunksize
            self._prompt = time.perf_counter() - start < _PROMPT
        except BaseException as error:
            self._publish(next(self._numbers), [Raised(error)])
            self._ended = True
        finally:
            self._pulling.release()

    def _take_turn(self):
        end = time.perf_counter() + _TURN
        for _ in range(1 if self._bounded else _MOST_CHUNKS):
            try:
                number, chunk = self._pulled.popleft()
            except IndexError:
                break
            self._publish(number, call_all(map, self._func, chunk)[0])
            if self._sleepers or time.perf_counter() > end or not (self._pulled or self._go_on()):
                break
        self._turns.append(None)

    def _go_on(self):
        """Pulls a chunk for the same turn, if that takes no waiting. Returns whether it has."""
        if self._ended or not self._prompt or not self._pulling.acquire(blocking=False):
            return False
        self._pull_chunk()
        return True

    def _let_go(self):
        self._pool = self._func = self._source = None


class Ordered(Stream):
    """The values of imap, by the number of their chunk."""

    def __init__(self, *args):
        super().__init__(*args)
        self._values, self._next = {}, 0

    def _publish(self, number, values):
        self._values[number] = values

    def _take(self):
        values = self._values.pop(self._next, None)
        if values is None:
            return None
        self._next += 1
        while not self._bounded and self._next in self._values:
            values += self._values.pop(self._next)
            self._next += 1
        return values

    def _has_value(self):
        return self._next in self._values


class Unordered(Stream):
    """The values of imap_unordered, as they came."""

    def __init__(self, *args):
        super().__init__(*args)
        self._values = collections.deque()

    def _publish(self, _, values):
        self._values.append(values)

    def _take(self):
        values = None
        try:
            values = self._values.popleft()
            while not self._bounded:
                values += self._values.popleft()
        except IndexError:
            pass
        return values

    def _has_value(self):
        return bool(self._values)


@SourceFn
def pull(key, _):
    try:
        return live[key]._pull()
    except BaseException as error:  # no stack left to call anything
        return fail(error)


@TaskFn
def take_turn(key, _item, _value):
    try:
        live[key]._take_turn()
        return quick.tp_task_confirm()
    except BaseException as error:
        return fail(error)


class IMapIterator(Generic[T]):
    """The results of imap or imap_unordered, as they come."""

    _handle = None

    def __init__(self, job):
        self._handle, self._job = c_void_p(), job
        self._ready = collections.deque()
        self._failure, self._fed = None, 0

    def __del__(self):
        quick.tp_result_release(self._handle)

    def __iter__(self) -> Iterator[T]:
        ready = self._ready
        while True:
            while ready:
                value = ready.popleft()
                if type(value) is Raised:
                    raise value.error
                yield value
            try:
                self._fill(None)
            except StopIteration:
                return

    def next(self, timeout: Optional[float] = None) -> T:
        """Returns the next value, or raises the exception of its call.

        Raises StopIteration at the end, and TimeoutError if there is no value after timeout seconds;
        the caller may ask again."""
        while True:
            try:
                value = self._ready.popleft()
            except IndexError:
                self._fill(timeout)
                continue
            if type(value) is Raised:
                raise value.error
            return value

    __next__ = next

    def _fill(self, timeout):
        """Makes values ready: with a window of the caller's those of one chunk, else all there are."""
        job, end = self._job, None
        values = job._take()
        while values is None:
            if timeout is not None:
                end = end or time.monotonic() + timeout
                timeout = end - time.monotonic()
            ended = self._hear(timeout)
            values = job._take()
            if ended and values is None:
                raise StopIteration
            self._fed = time.perf_counter() if values else 0
        self._ready.extend(values)
        while job._turns and self._hear_of_turn() and not job._bounded:
            pass

    def _hear_of_turn(self):
        """Takes a turn that has ended out of the library's window, so that another one can begin.
        Returns whether there was one."""
        self._forget_turn()
        status = quick.tp_result_next(self._handle, 0, None)
        if status == ETIMEDOUT:  # its worker is about to return
            self._job._turns.append(None)
        elif status < 0:
            self._failure = error_of(status, quick.tp_last_error())
        return status == OK

    def _hear(self, timeout):
        """Waits for the end of a turn. Returns whether it was the last one."""
        if self._failure:
            failure, self._failure = self._failure, None
            raise failure
        status = quick.tp_result_next(self._handle, 0, None)
        if status == ETIMEDOUT:
            status = self._sleep(timeout)
        if status == OK:
            self._forget_turn()
        elif status < 0:
            self._fail(status)
        return status == END

    def _forget_turn(self):
        try:
            self._job._turns.popleft()
        except IndexError:  # another reader has
            pass

    def _fail(self, status):
        """Raises the error, but after the values that are there."""
        failure = error_of(status, quick.tp_last_error())
        if not self._job._has_value():
            raise failure
        if status != ETIMEDOUT:
            self._failure = failure

    def _sleep(self, timeout):
        job = self._job
        if time.perf_counter() - self._fed < _NAP and quick.tp_worker_index() < 0:
            self._fed = 0
            time.sleep(_NAP)
            return OK
        short = _SHORT_WAIT if timeout is None else min(timeout, _SHORT_WAIT)
        status = lib.tp_result_next(self._handle, short, None)
        if status != ETIMEDOUT:
            return status
        job._sleepers += 1
        try:
            return OK if job._has_value() else wait(lib.tp_result_next, self._handle, timeout, None)
        finally:
            job._sleepers -= 1
