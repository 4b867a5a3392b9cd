# SPDX-License-Identifier: MIT
import ctypes as c
import os

tp = c.CDLL(os.environ.get("TPOOL_LIBRARY", "libtpool.so.1"))
TaskFn = c.CFUNCTYPE(c.c_int, c.c_void_p, c.POINTER(c.c_int), c.POINTER(c.c_int))

class Task(c.Structure):
    _fields_ = [("size", c.c_size_t), ("fn", TaskFn), ("ctx", c.c_void_p),
                ("item_size", c.c_size_t), ("value_size", c.c_size_t),
                ("hooks", c.c_void_p * 5), ("flags", c.c_uint32)]

@TaskFn
def square(ctx, item, value):
    value[0] = item[0] ** 2
    return tp.tp_task_confirm()

task = Task(c.sizeof(Task), square, None, 4, 4, flags=1)  # TP_TASK_CONFIRM
items, values = (c.c_int * 5)(5, 4, 3, 2, 1), (c.c_int * 5)()
pool = c.c_void_p()
status = tp.tp_pool_create(None, c.byref(pool))
if status == 0:
    status = tp.tp_pool_map(pool, c.byref(task), items, values, c.c_size_t(5), None)
tp.tp_pool_destroy(pool)
assert status == 0, status
print(*values)
