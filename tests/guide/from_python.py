# SPDX-License-Identifier: MIT
"""Guide: each method of Python's ThreadPool, beside from_python.c and from_python.cpp."""
import time
from multiprocessing import TimeoutError
from multiprocessing.pool import ThreadPool

ready = []


def square(x):
    return x * x


def add(x, y):
    return x + y


def prepare(what):
    ready.append(what)


def fail(x):
    raise ValueError("no")


# pool
pool = ThreadPool(4, prepare, ("worker",))

# apply
y = pool.apply(square, (7,))
assert y == 49

# apply_async
result = pool.apply_async(square, (7,))
y = result.get()
assert y == 49

# map
ys = pool.map(square, [1, 2, 3], chunksize=2)
assert ys == [1, 4, 9]

# map_async
said = []
result = pool.map_async(square, [1, 2, 3], callback=said.append, error_callback=said.append)
ys = result.get()
assert said == [[1, 4, 9]]

# starmap
ys = pool.starmap(add, [(1, 2), (3, 4)])
assert ys == [3, 7]

# imap
ys = []
for y in pool.imap(square, range(5)):
    ys.append(y)
assert ys == [0, 1, 4, 9, 16]

# imap_unordered
ys = []
for y in pool.imap_unordered(square, range(5)):
    ys.append(y)
assert sorted(ys) == [0, 1, 4, 9, 16]

# timeout
slow = pool.apply_async(time.sleep, (0.2,))
try:
    slow.get(0.001)
except TimeoutError:
    print("not yet")
slow.wait()
assert slow.ready() and slow.successful()

# error
try:
    pool.apply(fail, (1,))
except ValueError as error:
    print(error)

# end
pool.close()
pool.join()
assert ready == ["worker"] * 4
