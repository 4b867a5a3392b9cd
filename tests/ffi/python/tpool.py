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
raised; imap pulls only so far ahead as buffersize says, until its iterator is dropped.
"""
import atexit
import collections
import ctypes
import functools
import itertools
import os
import time
import weakref
from ctypes import POINTER, Structure, byref, c_double, c_int, c_size_t, c_uint32, c_void_p
from multiprocessing import TimeoutError  # the one that get() raises

__all__ = ["ThreadPool", "AsyncResult", "Native", "native", "Error", "TimeoutError"]

OK, END, ETIMEDOUT, ENOTREADY, ECLOSED, ERUNNING, ETASK, EINIT, EFORKED = \
    0, 1, -4, -5, -6, -7, -9, -12, -14

# What C calls. It gets the key of a Python object, never its address.
RangeFn = ctypes.CFUNCTYPE(c_int, c_void_p, c_size_t, c_size_t)
TaskFn = ctypes.CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p)
SourceFn = ctypes.CFUNCTYPE(c_int, c_void_p, c_void_p)
CallbackFn = ctypes.CFUNCTYPE(None, c_void_p, c_void_p)
InitFn = ctypes.CFUNCTYPE(c_int, c_void_p)
DropFn = ctypes.CFUNCTYPE(None, c_void_p)


class PoolOptions(Structure):
    _fields_ = [("size", c_size_t), ("workers", c_size_t), ("initializer", InitFn),
                ("finalizer", DropFn), ("arg", c_void_p), ("name", ctypes.c_char_p),
                ("flags", c_uint32), ("max_pending", c_size_t), ("unobserved", c_void_p),
                ("arg_drop", DropFn)]


class JobOptions(Structure):
    _fields_ = [("size", c_size_t), ("chunksize", c_size_t), ("buffersize", c_size_t),
                ("flags", c_uint32), ("callback", CallbackFn), ("error_callback", CallbackFn),
                ("user", c_void_p), ("source_drop", DropFn), ("ctx_drop", DropFn)]


class Task(Structure):
    _fields_ = [("size", c_size_t), ("fn", TaskFn), ("ctx", c_void_p), ("item_size", c_size_t),
                ("value_size", c_size_t), ("item_move", c_void_p), ("item_drop", c_void_p),
                ("value_move", c_void_p), ("value_drop", c_void_p), ("ctx_drop", DropFn),
                ("flags", c_uint32)]


_path = os.environ.get("TPOOL_LIBRARY", "libtpool.so.1")
_lib = ctypes.CDLL(_path)     # gives the interpreter lock away: for what may wait
_quick = ctypes.PyDLL(_path)  # keeps it: for what never waits, which is cheaper and starts no fight


def _declare(library, result, **functions):
    for name, arguments in functions.items():
        function = getattr(library, "tp_" + name)
        function.restype, function.argtypes = result, arguments


_out, _jobopt = POINTER(c_void_p), POINTER(JobOptions)
_declare(_lib, c_int, pool_create=[POINTER(PoolOptions), _out], pool_terminate=[c_void_p],
         pool_join=[c_void_p, c_double], result_wait=[c_void_p, c_double],
         result_next=[c_void_p, c_double, POINTER(c_size_t)])
_declare(_lib, None, pool_destroy=[c_void_p])
_imap = [c_void_p, POINTER(Task), SourceFn, c_void_p, _jobopt, _out]
_declare(_quick, c_int, pool_close=[c_void_p], result_ready=[c_void_p],
         result_successful=[c_void_p], result_get=[c_void_p, c_double, _out],
         result_next=[c_void_p, c_double, POINTER(c_size_t)],
         pool_for_async=[c_void_p, RangeFn, c_void_p, c_size_t, _jobopt, _out],
         pool_starmap_async=[c_void_p, c_void_p, c_void_p, c_size_t, _jobopt, _out],
         pool_imap=_imap, pool_imap_unordered=_imap,
         call_create=[c_void_p, ctypes.c_char_p, _out],
         task_set_error=[ctypes.c_char_p, c_void_p, c_void_p])
_declare(_quick, None, result_release=[c_void_p], call_release=[c_void_p])
_declare(_quick, c_void_p, last_error=[], error_payload=[c_void_p])
_declare(_quick, ctypes.c_char_p, strerror=[c_int], error_message=[c_void_p])


class Error(RuntimeError):
    """A job ended otherwise than by its own doing: its pool was terminated or broken."""


def _error(status):
    if status == ETIMEDOUT:
        return TimeoutError()
    text = _quick.tp_strerror(status).decode()
    return (ValueError if status in (ECLOSED, ERUNNING) else Error)(text)


def _check(status):
    if status < 0:
        raise _error(status)


def _wait(call, handle, timeout, *rest):
    """Calls in slices, because Python sees Ctrl-C only between calls."""
    end = None if timeout is None else time.monotonic() + timeout
    while True:
        left = 0.2 if end is None else min(0.2, end - time.monotonic())
        status = call(handle, left, *rest)
        if status != ETIMEDOUT or (end is not None and time.monotonic() >= end):
            return status


# Whatever C has a key of: jobs until they end, pools until their last worker has.
_live = {}
_keys = itertools.count(1)


def _fail(error, payload=None):
    _quick.tp_task_set_error(repr(error).encode(errors="replace"), payload, None)
    return -1


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
    raised = _live[key]._run(begin, end)
    return _fail(raised.error) if raised else OK


@DropFn
def _drop(key):
    _live.pop(key)._pool = None


@CallbackFn
def _ended(key, result):
    job = _live.pop(key)
    job._call_back(result)
    job._pool = None


class AsyncResult:
    """The result of one call of apply_async, map_async or starmap_async."""

    def __init__(self, callback, error_callback):
        self._handle = c_void_p()
        self._callback, self._error_callback = callback, error_callback
        self._value = self._error = None

    def __del__(self):
        _quick.tp_result_release(self._handle)

    def ready(self):
        return _quick.tp_result_ready(self._handle) == 1

    def successful(self):
        status = _quick.tp_result_successful(self._handle)
        if status == ENOTREADY:
            raise ValueError(f"{self!r} not ready")
        return status == 1

    def wait(self, timeout=None):
        if not self.ready():
            _wait(_lib.tp_result_wait, self._handle, timeout)

    def get(self, timeout=None):
        self.wait(timeout)
        if not self.ready():
            # Not ready either inside its own callback or task; the library knows which.
            _check(_quick.tp_result_get(self._handle, 0, None))
        return self._outcome(self._handle)

    def _outcome(self, handle):
        values = c_void_p()
        status = _quick.tp_result_get(handle, 0, byref(values))
        if status == OK:
            return self._values(values)
        raise self._error or self._first_error() or _error(status)

    def _first_error(self):
        return None

    def _values(self, _):
        return self._value

    def _submit(self, pool, n, options, key):
        if not options.callback:
            options.ctx_drop = _drop
        return _quick.tp_pool_for_async(pool, _run, key, n, byref(options), byref(self._handle))

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
            _fail(error)


class _Map(AsyncResult):
    def __init__(self, mapper, func, items, *callbacks):
        super().__init__(*callbacks)
        self._mapper, self._func, self._items = mapper, func, items
        self._value = [None] * len(items)

    def _run(self, begin, end):
        values, raised = _call_all(self._mapper, self._func, self._items[begin:end])
        self._value[begin:end] = values
        return raised

    def _first_error(self):
        return next((v.error for v in self._value if type(v) is _Raised), None)


class _Apply(_Map):
    def _values(self, _):
        return self._value[0]


class _Calls(AsyncResult):
    """Calls of a native function: the library runs them, and Python hears of the end alone."""

    def __init__(self, native, rows, single, *callbacks):
        super().__init__(*callbacks)
        self._native, self._rows, self._single = native, rows, single

    def _submit(self, pool, n, options, key):
        options.callback = options.error_callback = _ended
        return _quick.tp_pool_starmap_async(pool, self._native._call, ctypes.addressof(self._rows),
                                            n, byref(options), byref(self._handle))

    def _values(self, values):
        if self._value is None:
            n, restype = len(self._rows), self._native.restype
            self._value = [None] * n
            if restype and n:
                self._value = (restype * n).from_address(values.value)[:]
        return self._value[0] if self._single else self._value


class _Stream:
    """A running imap: chunks of items on their way in, chunks of outcomes on their way out."""

    def __init__(self, func, iterable, chunksize):
        self._func, self._source, self._chunksize = func, iter(iterable), chunksize
        self._pulled, self._done = {}, {}
        self._numbers = itertools.count(1)


@SourceFn
def _pull(key, item):
    job = _live[key]
    number = next(job._numbers)
    try:
        chunk = list(itertools.islice(job._source, job._chunksize))
        if not chunk:
            return 0
        job._pulled[number] = chunk
        c_size_t.from_address(item).value = number
        return 1
    except BaseException as error:
        job._done[number] = [_Raised(error)]
        return _fail(error, number)


@TaskFn
def _run_chunk(key, item, value):
    job = _live[key]
    number = c_size_t.from_address(item).value
    job._done[number], raised = _call_all(map, job._func, job._pulled.pop(number))
    if raised:
        return _fail(raised.error, number)
    c_size_t.from_address(value).value = number
    return OK


class IMapIterator:
    """The results of imap or imap_unordered, as they come."""

    def __init__(self, job):
        self._handle, self._job = c_void_p(), job
        self._ready = collections.deque()

    def __del__(self):
        _quick.tp_result_release(self._handle)

    def __iter__(self):
        return self

    def next(self, timeout=None):
        while True:
            try:
                value = self._ready.popleft()
            except IndexError:
                self._ready.extend(self._next_chunk(timeout))
            else:
                if type(value) is _Raised:
                    raise value.error
                return value

    __next__ = next

    def _next_chunk(self, timeout):
        number = c_size_t()
        status = _quick.tp_result_next(self._handle, 0, byref(number))
        if status == ETIMEDOUT:
            status = _wait(_lib.tp_result_next, self._handle, timeout, byref(number))
        if status == END:
            raise StopIteration
        if status == ETASK:
            number.value = _quick.tp_error_payload(_quick.tp_last_error())
        else:
            _check(status)
        return self._job._done.pop(number.value)


TYPES = {
    "bool": ctypes.c_bool, "char": ctypes.c_char, "schar": ctypes.c_byte,
    "uchar": ctypes.c_ubyte, "short": ctypes.c_short, "ushort": ctypes.c_ushort, "int": c_int,
    "uint": ctypes.c_uint, "long": ctypes.c_long, "ulong": ctypes.c_ulong,
    "llong": ctypes.c_longlong, "ullong": ctypes.c_ulonglong, "int8": ctypes.c_int8,
    "int16": ctypes.c_int16, "int32": ctypes.c_int32, "int64": ctypes.c_int64,
    "uint8": ctypes.c_uint8, "uint16": ctypes.c_uint16, "uint32": c_uint32,
    "uint64": ctypes.c_uint64, "size": c_size_t, "float": ctypes.c_float, "double": c_double,
    "pointer": c_void_p, "string": ctypes.c_char_p, "void": None,
}

_FLOATS = (ctypes.c_float, c_double)


class Native:
    """A C function with its signature. Rows of arguments for starmap (for map, of one argument):
    an iterable of tuples, or an array of Native.Row: ctypes, or a NumPy array of that layout.
    A pointer argument is bytes, an address, or None; what it points to has to live till the end."""

    def __init__(self, fn, signature):
        self._fn, self._text, self._call = fn, signature, c_void_p()
        status = _quick.tp_call_create(ctypes.cast(fn, c_void_p), signature.encode(),
                                       byref(self._call))
        if status < 0:
            message = _quick.tp_error_message(_quick.tp_last_error()).decode()
            raise ValueError(f"{signature!r}: {message}")
        result, arguments = "".join(signature.split()).rstrip(")").split("(")
        types = [TYPES[word] for word in arguments.split(",") if word]
        self.restype = TYPES[result]
        self._direct = ctypes.CFUNCTYPE(self.restype, *types)(ctypes.cast(fn, c_void_p).value)
        # A field that takes bytes, too.
        fields = [ctypes.c_char_p if t is c_void_p else t for t in types]
        self._item = fields[0] if len(fields) == 1 else None
        self.Row = type("Row", (Structure,), {"_fields_": [
            (f"arg{i}", field) for i, field in enumerate(fields)]})

    def __del__(self):
        _quick.tp_call_release(self._call)

    def __call__(self, *args):
        return self._direct(*args)

    def _rows(self, items, star):
        kind = self.Row if star else self._item
        if kind is None:
            raise TypeError("map is for functions of one argument; use starmap")
        size = ctypes.sizeof(kind)
        try:
            view = memoryview(items)
        except TypeError:
            items = list(items)
            return (kind * len(items))(*items)
        if view.itemsize != size or (view.format[-1:] in "fd") != (kind in _FLOATS):
            raise TypeError(f"an array of {view.format!r} is none of {self._text}")
        return (kind * (view.nbytes // size)).from_buffer(items)


def native(fn, signature):
    """Makes a task of a ctypes function. The signature is in C words: "double(double, double)"."""
    return Native(fn, signature)


@InitFn
def _worker_starts(key):
    # One more than the callback itself takes, so that the thread keeps its Python state, and its
    # thread-locals, from task to task: making the state costs much more than a call.
    ctypes.pythonapi.PyGILState_Ensure()
    crew = _live[key]
    try:
        if crew.initializer is not None:
            crew.initializer(*crew.initargs)
        return 0
    except BaseException as error:
        crew.error = error
        ctypes.pythonapi.PyGILState_Release(0)
        return _fail(error)


@DropFn
def _worker_ends(_):
    ctypes.pythonapi.PyGILState_Release(0)


class _Crew:
    """What the workers of a pool need: not the pool, which ends when nobody else refers to it."""

    _pool = error = None

    def __init__(self, initializer, initargs):
        self.initializer, self.initargs = initializer, initargs


_pools = weakref.WeakSet()
_closing = collections.deque()  # terminated pools whose last task may still be running


def _free_closing(timeout=0.0):
    for _ in range(len(_closing)):
        try:
            pool = _closing.popleft()
        except IndexError:
            return
        if _lib.tp_pool_join(pool, timeout) in (OK, EFORKED):
            _lib.tp_pool_destroy(pool)
        else:
            _closing.append(pool)


@atexit.register
def _exit():
    for pool in list(_pools):
        pool._let_go()
    # Idle workers leave at once; as in the standard library, nobody waits for a running task.
    _free_closing(0.1)


class ThreadPool:
    """multiprocessing.pool.ThreadPool, run by libtpool."""

    def __init__(self, processes=None, initializer=None, initargs=()):
        self._handle = c_void_p()
        if processes is not None and processes < 1:
            raise ValueError("Number of processes must be at least 1")
        if initializer is not None and not callable(initializer):
            raise TypeError("initializer must be a callable")
        _free_closing()
        self._crew = _Crew(initializer, initargs)
        key = next(_keys)
        options = PoolOptions(ctypes.sizeof(PoolOptions), processes or 0, _worker_starts,
                              _worker_ends, key, arg_drop=_drop)
        _live[key] = self._crew
        status = _lib.tp_pool_create(byref(options), byref(self._handle))
        if status < 0:
            del _live[key]
            raise _error(status)
        _pools.add(self)

    def __del__(self):
        self._let_go()

    def _let_go(self):
        handle, self._handle = self._handle, c_void_p()
        if handle:
            _lib.tp_pool_terminate(handle)
            _closing.append(handle)
            _free_closing()

    def apply(self, func, args=(), kwds={}):
        return self.apply_async(func, args, kwds).get()

    def apply_async(self, func, args=(), kwds={}, callback=None, error_callback=None):
        if isinstance(func, Native):
            job = _Calls(func, func._rows([tuple(args)], True), True, callback, error_callback)
        else:
            call = functools.partial(func, **kwds) if kwds else func
            job = _Apply(itertools.starmap, call, [args], callback, error_callback)
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
        return self._stream(_quick.tp_pool_imap, func, iterable, chunksize, buffersize)

    def imap_unordered(self, func, iterable, chunksize=1, buffersize=None):
        return self._stream(_quick.tp_pool_imap_unordered, func, iterable, chunksize, buffersize)

    def close(self):
        _check(_quick.tp_pool_close(self._handle))

    def terminate(self):
        _check(_lib.tp_pool_terminate(self._handle))

    def join(self):
        _check(_wait(_lib.tp_pool_join, self._handle, None))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.terminate()

    def _map(self, func, iterable, star, chunksize, *callbacks):
        if isinstance(func, Native):
            job = _Calls(func, func._rows(iterable, star), False, *callbacks)
            return self._start(job, len(job._rows), chunksize)
        items = iterable if isinstance(iterable, (list, tuple)) else list(iterable)
        mapper = itertools.starmap if star else map
        return self._start(_Map(mapper, func, items, *callbacks), len(items), chunksize)

    def _start(self, job, n, chunksize):
        if chunksize is not None and chunksize < 1:
            raise ValueError(f"Chunksize must be 1+, not {chunksize:n}")
        key = next(_keys)
        options = JobOptions(ctypes.sizeof(JobOptions), chunksize or 0, user=key)
        if job._callback or job._error_callback:
            options.callback = options.error_callback = _ended
        self._accept(key, job, lambda: job._submit(self._handle, n, options, key))
        return job

    def _stream(self, call, func, iterable, chunksize, buffersize):
        if chunksize < 1:
            raise ValueError(f"Chunksize must be 1+, not {chunksize:n}")
        key = next(_keys)
        size = ctypes.sizeof(c_size_t)
        task = Task(ctypes.sizeof(Task), _run_chunk, key, size, size, ctx_drop=_drop)
        # For the library a chunk is one item.
        options = JobOptions(ctypes.sizeof(JobOptions), 0,
                             0 if buffersize is None else -(-buffersize // chunksize))
        job = _Stream(func, iterable, chunksize)
        results = IMapIterator(job)
        self._accept(key, job, lambda: call(self._handle, byref(task), _pull, key, byref(options),
                                            byref(results._handle)))
        return results

    def _accept(self, key, job, submit):
        _live[key], job._pool = job, self  # a pool lives while it has work
        status = submit()
        if status < 0:
            job._pool = None
            del _live[key]
            raise _error(status) from self._crew.error
