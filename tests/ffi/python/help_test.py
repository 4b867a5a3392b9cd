# SPDX-License-Identifier: MIT
"""What help() prints of the package: each public name has a sentence, a signature and type hints."""
import inspect
import multiprocessing.pool
import pydoc
import typing

import tpool

for name in tpool.__all__:
    assert inspect.getdoc(getattr(tpool, name)), name
theirs = multiprocessing.pool.ThreadPool
for name in "apply apply_async map map_async starmap starmap_async imap imap_unordered close terminate join".split():
    method = getattr(tpool.ThreadPool, name)
    assert method.__doc__ and "return" in typing.get_type_hints(method), name
    mine = list(inspect.signature(method).parameters)
    names = list(inspect.signature(getattr(theirs, name)).parameters)
    assert mine[:len(names)] == names, (mine, names)
for name in "__init__ __enter__ __exit__ __del__".split():
    assert vars(tpool.ThreadPool)[name].__doc__, name
for name in "get wait ready successful".split():
    assert getattr(tpool.AsyncResult, name).__doc__, name
text = pydoc.plain(pydoc.render_doc(tpool.ThreadPool))
assert "Calls func(item) for each item" in text
print(text)
