# SPDX-License-Identifier: MIT
"""multiprocessing.pool.ThreadPool, run by libtpool.

    from tpool import ThreadPool        # instead of: from multiprocessing.pool import ThreadPool

    with ThreadPool(4) as pool:
        sizes = pool.map(len, ["one", "three"])

ThreadPool has the methods and arguments of the standard library's class, and is a subclass of it.
What a task may do is the same, too: it runs on a thread of Python's, under the interpreter lock.

native(fn, signature) makes a task of a C function. The workers call it without the interpreter
lock, so apply, map and starmap of it use all CPUs:

    crc32 = tpool.native(ctypes.CDLL("libz.so.1").crc32, "ulong(ulong, pointer, uint)")
    sums = pool.starmap(crc32, [(0, data, len(data)) for data in blocks])

These differ from the standard library, where a program would hang or lose something:

  - A task may wait for other tasks of its pool, on any number of workers.
  - A task that a terminated pool has not started raises tpool.Error.
  - An initializer that raises breaks the pool: each of its jobs raises tpool.Error.
  - If a callback raises, its result raises that exception.
  - map runs every item, and raises the exception of the first item that failed.
  - imap pulls at most buffersize items ahead of its reader.

The library is libtpool.so.1: the file in TPOOL_LIBRARY, or the one beside which this package is
installed, or the one that the loader finds.
"""
from ._abi import Error, TimeoutError
from ._jobs import AsyncResult
from ._native import Native, native
from ._pool import ThreadPool
from ._stream import IMapIterator

__all__ = ["ThreadPool", "AsyncResult", "IMapIterator", "Native", "native", "Error",
           "TimeoutError"]

for _public in (ThreadPool, AsyncResult, IMapIterator, Native, native, Error):
    _public.__module__ = __name__  # where a program finds it, whatever file it is in
