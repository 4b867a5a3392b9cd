# SPDX-License-Identifier: MIT
"""The patterns of ThreadPool's tutorials, with the standard library's and with tpool's: the same
program has to give the same."""
import functools
import multiprocessing
import multiprocessing.pool
import queue
import threading

import tpool

patterns = []


def pattern(run):
    patterns.append(run)
    return run


def square(x):
    return x * x


def fail_at_3(x):
    if x == 3:
        raise KeyError(x)
    return x


def raised_by(call, *args):
    try:
        return call(*args)
    except Exception as error:
        return type(error), str(error)


@pattern
def map_and_iterate(Pool):
    with Pool() as pool:
        return [result for result in pool.map(square, range(10))]


@pattern
def apply_async_and_forget(Pool):
    seen = queue.Queue()
    with Pool(3) as pool:
        for i in range(20):
            pool.apply_async(seen.put, args=(i,))
        pool.close()
        pool.join()
    return sorted(seen.queue)


@pattern
def map_async_and_forget(Pool):
    seen = queue.Queue()
    with Pool(3) as pool:
        _ = pool.map_async(seen.put, range(20))
        pool.close()
        pool.join()
    return sorted(seen.queue)


@pattern
def unordered_as_completed(Pool):
    first = threading.Event()

    def task(x):
        if x == 0:
            first.wait()  # the others overtake it
        return x
    with Pool(2) as pool:
        results = []
        for result in pool.imap_unordered(task, range(10)):
            results.append(result)
            if len(results) == 9:
                first.set()
    return sorted(results), results[-1]


@pattern
def unordered_first_result(Pool):
    never = threading.Event()
    with Pool(2) as pool:
        results = pool.imap_unordered(lambda x: x if x == 7 else never.wait(), [1, 7])
        first = next(results)
        never.set()
    return first


@pattern
def map_in_chunks(Pool):
    with Pool(4) as pool:
        return pool.map(square, range(40), chunksize=10), pool.map(square, (x for x in range(7)), 3)


@pattern
def nothing_returned(Pool):
    seen = []
    with Pool() as pool:
        results = pool.map(seen.append, range(10))
        for _ in pool.imap_unordered(seen.append, range(10), chunksize=2):
            pass
    return results, sorted(seen)


@pattern
def unordered_not_read(Pool):
    seen = queue.Queue()
    with Pool(2) as pool:
        pool.imap_unordered(seen.put, range(500))
        pool.close()
        pool.join()
    return sorted(seen.queue)


@pattern
def calls_of_all_kinds(Pool):
    printed = queue.Queue()
    with Pool(2) as pool:
        results = [pool.apply(abs, (-5.67,)), pool.apply(sum, args=([1, 2, 3],)),
                   pool.apply(int, ("ff",), {"base": 16}), pool.apply(dict, kwds={"a": 1}),
                   pool.starmap(pow, [(2, 3), (3, 2)]),
                   pool.starmap(pow, zip(range(5), range(5)), 2),
                   pool.map(functools.partial(pow, 2), range(5)),
                   list(pool.imap(square, range(100))), sorted(pool.imap(square, range(100), 7)),
                   pool.starmap_async(divmod, [(7, 2)]).get(), pool.map(square, []),
                   list(pool.imap(square, []))]
        pool.apply_async(abs, (-5.67,), callback=printed.put).wait()
        pool.map_async(any, [(True, False), (False, False)], callback=printed.put).wait()
        pool.starmap_async(pow, [(2, 5)], callback=printed.put).wait()
    return results, list(printed.queue)


@pattern
def results_polled(Pool):
    gate = threading.Event()
    with Pool(processes=4) as pool:
        running = [pool.apply_async(gate.wait), pool.apply_async(fail_at_3, (3,))]
        late = raised_by(running[0].get, 0.01)[0]
        early = [running[0].ready(), late is multiprocessing.TimeoutError,
                 isinstance(raised_by(running[0].successful), tuple)]
        gate.set()
        for result in running:
            result.wait()
        late = [(r.ready(), r.successful(), raised_by(r.get), raised_by(r.get)) for r in running]
    return early, late


@pattern
def follow_up_by_hand(Pool):
    with Pool(2) as pool:
        results = []
        for value in pool.imap_unordered(square, range(10)):
            if value > 20:
                results.append(pool.apply_async(square, args=(value,)))
        pool.close()
        pool.join()
        return sorted(result.get() for result in results)


@pattern
def follow_up_in_callback(Pool):
    seen = queue.Queue()
    with Pool(2) as pool:
        def issue(values):
            for value in values:
                if value > 20:
                    pool.apply_async(seen.put, args=(value,))
        pool.map_async(square, range(10), callback=issue).wait()
        pool.close()
        pool.join()
        late = raised_by(pool.apply_async, square, (1,))
    return sorted(seen.queue), late


@pattern
def errors(Pool):
    failed = queue.Queue()
    with Pool(2) as pool:
        results = [raised_by(pool.map, fail_at_3, range(10)),
                   raised_by(pool.apply, fail_at_3, (3,)),
                   raised_by(pool.starmap, divmod, [(1, 1), (1, 0)])]
        pool.map_async(fail_at_3, [3], error_callback=lambda e: failed.put(repr(e))).wait()
        stream = pool.imap(fail_at_3, range(2, 6))
        results += [raised_by(stream.next) for _ in range(5)]

        def source():
            yield 1
            raise OSError("no more")
        stream = pool.imap(square, source())
        results += [raised_by(next, stream) for _ in range(3)]
        results += [raised_by(pool.imap, square, [1], 0), raised_by(pool.join)]
    return results, list(failed.queue), raised_by(Pool, 0), raised_by(Pool, 1, 5)


@pattern
def initializer(Pool):
    local, ready = threading.local(), threading.Barrier(2)

    def init(value):
        local.value = value
        ready.wait()  # both workers have one
    with Pool(2, init, ("set",)) as pool:
        return pool.map(lambda _: local.value, range(50), chunksize=1)


for run in patterns:
    mine, theirs = run(tpool.ThreadPool), run(multiprocessing.pool.ThreadPool)
    assert mine == theirs, f"{run.__name__}:\n{mine}\n{theirs}"
    print(run.__name__.replace("_", " "))
print("ok")
