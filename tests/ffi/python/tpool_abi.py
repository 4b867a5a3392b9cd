# SPDX-License-Identifier: MIT
"""What tpool.py calls of libtpool: structs, functions, statuses, and typed calls."""
import ctypes
import os
import time
from ctypes import POINTER, Structure, byref, c_double, c_int, c_size_t, c_uint32, c_void_p
from multiprocessing import TimeoutError  # the one that ThreadPool's get() raises

OK, END, ETIMEDOUT, ENOTREADY, ECLOSED, ERUNNING, ETASK = 0, 1, -4, -5, -6, -7, -9
NO_THREADS, TASK_CONFIRM = 4, 1
FOREVER = float("inf")

RangeFn = ctypes.CFUNCTYPE(c_int, c_void_p, c_size_t, c_size_t)
TaskFn = ctypes.CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p)
SourceFn = ctypes.CFUNCTYPE(c_int, c_void_p, c_void_p)
CallbackFn = ctypes.CFUNCTYPE(None, c_void_p, c_void_p)
InitFn = ctypes.CFUNCTYPE(c_int, c_void_p)
DropFn = ctypes.CFUNCTYPE(None, c_void_p)


class Sized(Structure):
    """A struct that begins with its size."""

    def __init__(self, **fields):
        super().__init__(size=ctypes.sizeof(self), **fields)


class PoolOptions(Sized):
    _fields_ = [("size", c_size_t), ("workers", c_size_t), ("initializer", InitFn),
                ("finalizer", DropFn), ("arg", c_void_p), ("name", ctypes.c_char_p),
                ("flags", c_uint32), ("max_pending", c_size_t), ("unobserved", c_void_p),
                ("arg_drop", DropFn)]


class JobOptions(Sized):
    _fields_ = [("size", c_size_t), ("chunksize", c_size_t), ("buffersize", c_size_t),
                ("flags", c_uint32), ("callback", CallbackFn), ("error_callback", CallbackFn),
                ("user", c_void_p), ("source_drop", DropFn), ("ctx_drop", DropFn)]


class Task(Sized):
    _fields_ = [("size", c_size_t), ("fn", TaskFn), ("ctx", c_void_p), ("item_size", c_size_t),
                ("value_size", c_size_t), ("item_move", c_void_p), ("item_drop", c_void_p),
                ("value_move", c_void_p), ("value_drop", c_void_p), ("ctx_drop", DropFn),
                ("flags", c_uint32)]


_path = os.environ.get("TPOOL_LIBRARY", "libtpool.so.1")
lib = ctypes.CDLL(_path)     # gives the interpreter lock away: for what may wait
quick = ctypes.PyDLL(_path)  # keeps it: for what never waits; cheaper, and nobody fights for it


def _declare(library, result, **functions):
    for name, arguments in functions.items():
        function = getattr(library, "tp_" + name)
        function.restype, function.argtypes = result, arguments


_out, _job = POINTER(c_void_p), POINTER(JobOptions)
_imap = [c_void_p, POINTER(Task), SourceFn, c_void_p, _job, _out]
_next = [c_void_p, c_double, POINTER(c_size_t)]
_declare(lib, c_int, pool_create=[POINTER(PoolOptions), _out], pool_terminate=[c_void_p],
         pool_join=[c_void_p, c_double], worker_enter=[c_void_p, c_void_p, c_double, c_void_p],
         result_wait=[c_void_p, c_double], result_next=_next)
_declare(lib, None, pool_destroy=[c_void_p])
_declare(quick, c_int, pool_close=[c_void_p], pool_workers=[c_void_p, POINTER(c_size_t)],
         result_ready=[c_void_p], result_successful=[c_void_p],
         result_get=[c_void_p, c_double, _out], result_next=_next,
         pool_for_async=[c_void_p, RangeFn, c_void_p, c_size_t, _job, _out],
         pool_starmap_async=[c_void_p, c_void_p, c_void_p, c_size_t, _job, _out],
         pool_imap=_imap, pool_imap_unordered=_imap,
         call_create=[c_void_p, ctypes.c_char_p, _out],
         task_set_error=[ctypes.c_char_p, c_void_p, c_void_p],
         task_confirm=[])
_declare(quick, None, result_release=[c_void_p], call_release=[c_void_p])
_declare(quick, c_void_p, last_error=[], error_payload=[c_void_p],
         result_error=[c_void_p])
_declare(quick, ctypes.c_char_p, strerror=[c_int], error_message=[c_void_p])


class Error(RuntimeError):
    """A job ended otherwise than by its own doing: its pool was terminated or broken."""


def error_of(status, error=None):
    if status == ETIMEDOUT:
        return TimeoutError()
    text = quick.tp_error_message(error) if error else quick.tp_strerror(status)
    text = text.decode()
    return (ValueError if status in (ECLOSED, ERUNNING) else Error)(text)


def check(status):
    if status < 0:
        raise error_of(status)


def wait(call, handle, timeout, *rest):
    """Calls in slices, because Python sees Ctrl-C only between calls."""
    end = None if timeout is None else time.monotonic() + timeout
    while True:
        left = 0.2 if end is None else min(0.2, end - time.monotonic())
        status = call(handle, left, *rest)
        if status != ETIMEDOUT or (end is not None and time.monotonic() >= end):
            return status


def fail(error, payload=None):
    """Tells the library why a task, source or callback fails, and returns what it has to."""
    quick.tp_task_set_error(repr(error).encode(errors="replace"), payload, None)
    return -1


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
    """A C function with its signature.

    Its arguments for starmap are an iterable of tuples, or an array of Native.Row (ctypes, or NumPy
    of that layout); for map of a function of one argument, an iterable, or an array of its type. A
    pointer is bytes, an address or None; what it points to has to live until the job is ready."""

    def __init__(self, fn, signature):
        self._fn, self._text, self.call = fn, signature, c_void_p()
        address = ctypes.cast(fn, c_void_p)
        if quick.tp_call_create(address, signature.encode(), byref(self.call)) < 0:
            message = quick.tp_error_message(quick.tp_last_error()).decode()
            raise ValueError(f"{signature!r}: {message}")
        result, arguments = "".join(signature.split()).rstrip(")").split("(")
        types = [TYPES[word] for word in arguments.split(",") if word]
        self.restype = TYPES[result]
        self._direct = ctypes.CFUNCTYPE(self.restype, *types)(address.value)
        # The type of a field that takes bytes, too.
        fields = [ctypes.c_char_p if kind is c_void_p else kind for kind in types]
        self._only = fields[0] if len(fields) == 1 else None
        self.Row = type("Row", (Structure,), {
            "_fields_": [(f"arg{i}", field) for i, field in enumerate(fields)]})

    def __del__(self):
        quick.tp_call_release(self.call)

    def __call__(self, *args):
        return self._direct(*args)

    def rows(self, items, star):
        """Returns a ctypes array of the arguments: over the same memory if they are an array."""
        kind = self.Row if star else self._only
        if kind is None:
            raise TypeError("map is for functions of one argument; use starmap")
        try:
            view = memoryview(items)
        except TypeError:
            return self._filled(kind, list(items), star)
        size = ctypes.sizeof(kind)
        if view.itemsize != size or (view.format[-1:] in "fd") != (kind in _FLOATS):
            raise TypeError(f"an array of {view.format!r} is none of arguments of {self._text}")
        return (kind * (view.nbytes // size)).from_buffer(items)

    def _filled(self, kind, items, star):
        # ctypes would take a shorter row, too, and leave the rest 0.
        n = len(self.Row._fields_)
        if star and any(len(row) != n for row in items):
            raise TypeError(f"a row is not the {n} arguments of {self._text}")
        try:
            return (kind * len(items))(*items)
        except RuntimeError as error:  # a TypeError within a row
            raise TypeError(str(error)) from None
