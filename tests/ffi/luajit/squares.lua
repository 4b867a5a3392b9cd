-- SPDX-License-Identifier: MIT
local ffi = require 'ffi'
ffi.cdef [[
double pow(double x, double y);
int tp_pool_create(const void *options, void **pool);
void tp_pool_destroy(void *pool);
int tp_call_create(void (*fn)(void), const char *signature, void **call);
void tp_call_release(void *call);
int tp_pool_starmap(void *pool, const void *call, const void *rows, void *values, size_t n,
                    const void *options);
]]
local tp = ffi.load(os.getenv 'TPOOL_LIBRARY' or 'libtpool.so.1')
local pow = ffi.cast('void (*)(void)', ffi.load('libm.so.6').pow)

local pool, call = ffi.new 'void *[1]', ffi.new 'void *[1]'
assert(tp.tp_pool_create(nil, pool) == 0)
assert(tp.tp_call_create(pow, 'double(double, double)', call) == 0)
local rows = ffi.new('double[10]', 5, 2, 4, 2, 3, 2, 2, 2, 1, 2)
local values = ffi.new 'double[5]'
assert(tp.tp_pool_starmap(pool[0], call[0], rows, values, 5, nil) == 0)
tp.tp_call_release(call[0])
tp.tp_pool_destroy(pool[0])
print(('%g %g %g %g %g'):format(values[0], values[1], values[2], values[3], values[4]))
