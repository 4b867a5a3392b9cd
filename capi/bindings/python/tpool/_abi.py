# SPDX-License-Identifier: MIT
"""What the package calls of libtpool: structs, functions and statuses."""
import ctypes
import os
import pathlib
import sys
import time
from ctypes import POINTER, Structure, c_double, c_int, c_size_t, c_uint32, c_void_p
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


def _find():
    """Returns the library's path: the one that the program names, or the one of this prefix."""
    path = os.environ.get("TPOOL_LIBRARY")
    if path:
        return path
    multiarch = getattr(sys.implementation, "_multiarch", "")
    for parent in pathlib.Path(__file__).resolve().parents:
        if parent.name in ("lib", "lib64", "share"):
            for folder in ("lib/" + multiarch, "lib64", "lib"):
                library = parent.parent / folder / "libtpool.so.1"
                if library.exists():
                    return str(library)
    return "libtpool.so.1"


_path = _find()
lib = ctypes.CDLL(_path)     # gives the interpreter lock away: for what may wait
quick = ctypes.PyDLL(_path)  # keeps it: for what never waits; cheaper, and nobody fights for it


def _declare(library, result, **functions):
    for name, arguments in functions.items():
        function = getattr(library, "tp_" + name)
        function.restype, function.argtypes = result, arguments


_out, _job = POINTER(c_void_p), POINTER(JobOptions)
_imap = [c_void_p, POINTER(Task), SourceFn, c_void_p, _job, _out]
_next = [c_void_p, c_double, c_void_p]
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
         task_confirm=[], worker_index=[])
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
