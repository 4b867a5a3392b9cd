# SPDX-License-Identifier: MIT
"""What other libraries do with a ThreadPool, done with tpool's. Usage: uses.py <library>"""
import importlib
import io
import multiprocessing.pool
import sys
import threading

import tpool


def use_dask(pool):
    import dask
    import dask.threaded
    # dask asks whether it is a Pool, and how many workers it has.
    assert isinstance(pool, multiprocessing.pool.Pool) and pool._processes == 4
    names = set()

    @dask.delayed
    def square(x):
        names.add(threading.current_thread())
        return x * x
    with dask.config.set(pool=pool, scheduler="threads"):
        assert dask.compute(*[square(i) for i in range(50)]) == tuple(i * i for i in range(50))
    assert names <= set(pool._pool), names
    assert dask.threaded.get({"a": 1, "b": (abs, "a")}, "b", pool=pool) == 1


def use_scipy(pool):
    import numpy
    from scipy.integrate import quad_vec
    from scipy.optimize import brute, differential_evolution, rosen
    threads = set()

    def watched(x):
        threads.add(threading.current_thread())
        return rosen(x)
    bounds = [(0, 2), (0, 2)]
    found = differential_evolution(watched, bounds, workers=pool.map, updating="deferred", seed=1)
    alone = differential_evolution(rosen, bounds, updating="deferred", seed=1)
    assert numpy.array_equal(found.x, alone.x) and found.fun == alone.fun
    assert threads & set(pool._pool)  # at the end, this thread polishes the result
    grid = (slice(0, 2, 0.25), slice(0, 2, 0.25))
    assert numpy.array_equal(brute(rosen, grid, workers=pool.map), brute(rosen, grid))
    area, _ = quad_vec(lambda x: numpy.array([x, x * x]), 0, 3, workers=pool.map)
    assert numpy.allclose(area, [4.5, 9])


def watch(backends):
    """Has joblib make pools of tpool's, and returns the list of them."""
    made = []

    def make(*args):
        made.append(tpool.ThreadPool(*args))
        return made[-1]
    backends.ThreadPool = make
    return made


def use_joblib(_):
    import joblib
    import joblib._parallel_backends as backends
    made = watch(backends)
    threads = set()

    def square(x):
        threads.add(threading.current_thread())
        return x * x
    squares = joblib.Parallel(n_jobs=3, backend="threading")(map(joblib.delayed(square), range(99)))
    assert squares == [x * x for x in range(99)]
    assert made and threads <= set(made[0]._pool)
    try:
        joblib.Parallel(n_jobs=3, backend="threading")([joblib.delayed(int)("x")])
        raise AssertionError("the error of a task is lost")
    except ValueError:
        pass


def use_sklearn(pool):
    import numpy
    from joblib import parallel_backend
    from sklearn.datasets import make_classification
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.model_selection import cross_val_score
    import joblib._parallel_backends as backends
    made = watch(backends)
    x, y = make_classification(n_samples=300, random_state=1)
    alone = RandomForestClassifier(20, random_state=1).fit(x, y).predict_proba(x)
    with parallel_backend("threading"):
        forest = RandomForestClassifier(20, random_state=1, n_jobs=3).fit(x, y)
        scores = cross_val_score(RandomForestClassifier(5, random_state=1), x, y, cv=3, n_jobs=3)
    assert made and numpy.array_equal(forest.predict_proba(x), alone) and len(scores) == 3
    parts = pool.map(forest.predict_proba, numpy.array_split(x, 7))
    assert numpy.array_equal(numpy.concatenate(parts), alone)


def use_pandas(pool):
    import numpy
    import pandas
    # As pandas' own tests read files on a ThreadPool.
    frame = pandas.DataFrame({"key": numpy.arange(1000) % 7, "value": numpy.arange(1000.0)})
    texts = [frame[i:i + 100].to_csv(index=False) for i in range(0, 1000, 100)]
    parts = pool.map(lambda text: pandas.read_csv(io.StringIO(text)), texts)
    assert pandas.concat(parts, ignore_index=True).equals(frame)
    groups = [group for _, group in frame.groupby("key")]
    sums = pool.imap(lambda group: group["value"].sum(), groups)
    assert list(sums) == list(frame.groupby("key")["value"].sum())


def use_tqdm(pool):
    from tqdm import tqdm
    shown = io.StringIO()
    squares = list(tqdm(pool.imap(lambda x: x * x, range(200)), total=200, file=shown))
    assert squares == [x * x for x in range(200)] and "200/200" in shown.getvalue()
    lengths = list(tqdm(pool.imap_unordered(len, ["a", "bb"]), total=2, file=shown))
    assert sorted(lengths) == [1, 2]
    with tqdm(total=50, file=shown) as bar:
        results = [pool.apply_async(abs, (-i,), callback=lambda _: bar.update()) for i in range(50)]
        assert [result.get() for result in results] == list(range(50))
        assert bar.n == 50


name = sys.argv[1]
with tpool.ThreadPool(4) as pool:
    assert isinstance(pool, multiprocessing.pool.ThreadPool)
    globals()[f"use_{name}"](pool)
print(f"{name} {importlib.import_module(name).__version__}")
