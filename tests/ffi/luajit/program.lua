-- SPDX-License-Identifier: MIT
-- Native functions, callbacks on the main thread, and Lua states that serve a pool in parallel.
local ffi = require 'ffi'
local here = arg[0]:match '^.*/' or './'
package.path = here .. '?.lua;' .. package.path
local tp = require 'tpool'

ffi.cdef [[
double pow(double x, double y);
unsigned long crc32(unsigned long crc, const void *data, unsigned int size);
int usleep(unsigned int time);
struct pollfd { int fd; short events, revents; };
int poll(struct pollfd *fds, unsigned long n, int timeout);

typedef struct lua_State lua_State;
lua_State *luaL_newstate(void);
void luaL_openlibs(lua_State *);
int luaL_loadfile(lua_State *, const char *path);
int lua_pcall(lua_State *, int arguments, int results, int handler);
double lua_tonumber(lua_State *, int index);
const char *lua_tolstring(lua_State *, int index, size_t *size);
void lua_getfield(lua_State *, int index, const char *name);
void lua_setfield(lua_State *, int index, const char *name);
void lua_pushstring(lua_State *, const char *text);
void lua_close(lua_State *);

typedef struct { double x, y; } pair_t;
typedef struct { unsigned long crc; const void *data; unsigned int size; } crc_row_t;
typedef struct { tp_pool_t *pool; tp_task_fn dispatch; double timeout; size_t *ran; } enter_row_t;
]]
local zlib, libm = ffi.load 'libz.so.1', ffi.load 'libm.so.6'
local forever = math.huge

-- Code that the compiler has compiled must not call a C function that calls Lua back.
jit.off(true, true)

local function check(status)
  if status < 0 then error(ffi.string(tp.tp_strerror(status)), 2) end
  return status
end

local function equal(a, b)
  if a ~= b then error(('%s is not %s'):format(a, b), 2) end
end

local function new_pool(workers, flags)
  local options = ffi.new('tp_pool_options_t',
    { size = ffi.sizeof 'tp_pool_options_t', workers = workers, flags = flags or 0 })
  local out = ffi.new 'tp_pool_t *[1]'
  check(tp.tp_pool_create(options, out))
  return out[0]
end

local function new_call(fn, signature)
  local out = ffi.new 'tp_call_t *[1]'
  local status = tp.tp_call_create(ffi.cast('void (*)(void)', fn), signature, out)
  if status ~= 0 then error(ffi.string(tp.tp_error_message(tp.tp_last_error())), 2) end
  return ffi.gc(out[0], tp.tp_call_release)
end

local function native_functions()
  local pool = new_pool(2)
  local n = 10000
  local pairs_, powers = ffi.new('pair_t[?]', n), ffi.new('double[?]', n)
  for i = 0, n - 1 do pairs_[i] = { i / 7, i % 5 } end
  check(tp.tp_pool_starmap(pool, new_call(libm.pow, 'double(double, double)'), pairs_, powers, n,
                           nil))
  for i = 0, n - 1 do equal(powers[i], libm.pow(pairs_[i].x, pairs_[i].y)) end

  local texts, rows, sums = {}, ffi.new 'crc_row_t[500]', ffi.new 'unsigned long[500]'
  for i = 0, 499 do
    texts[i] = ('buffer %d '):format(i):rep(100)
    rows[i] = { 0, ffi.cast('const char *', texts[i]), #texts[i] }
  end
  local crc32 = new_call(zlib.crc32, 'ulong(ulong, pointer, uint)')
  check(tp.tp_pool_starmap(pool, crc32, rows, sums, 500, nil))
  for i = 0, 499 do equal(sums[i], zlib.crc32(0, texts[i], #texts[i])) end
  tp.tp_pool_destroy(pool)
  print 'starmap: pow of 10000 pairs, crc32 of 500 texts, as one by one'
end

local function errors()
  local done, message = pcall(new_pool, 5000)
  assert(not done and message:find 'Invalid argument', message)
  done, message = pcall(new_call, libm.pow, 'double(dubble, double)')
  assert(not done and message:find 'column 8.*dubble', message)

  local pool, out = new_pool(1), ffi.new 'tp_result_t *[1]'
  local usleep = new_call(ffi.C.usleep, 'int(uint)')
  check(tp.tp_pool_starmap_async(pool, usleep, ffi.new('unsigned[50]', 50000), 50, nil, out))
  equal(tp.tp_result_wait(out[0], 0.001), tp.TP_ETIMEDOUT)
  equal(tp.tp_pool_join(pool, forever), tp.TP_ERUNNING)
  check(tp.tp_pool_terminate(pool))
  equal(tp.tp_result_get(out[0], forever, nil), tp.TP_ETERMINATED)
  equal(ffi.string(tp.tp_error_message(tp.tp_result_error(out[0]))), 'The pool was terminated')
  tp.tp_result_release(out[0])
  tp.tp_pool_destroy(pool)
  print 'errors: an argument, a signature, a timeout, too early a join, terminate'
end

-- The pool's callbacks run in tp_pool_run_callbacks, when poll says that some are due.
local function completions()
  local pool = new_pool(2, tp.TP_POOL_MANUAL_CALLBACKS)
  local fd, out = ffi.new 'int[1]', ffi.new 'void *[1]'
  check(tp.tp_pool_fd(pool, fd))
  local squares, count = {}, 0
  local callback = ffi.cast('void (*)(void *, tp_result_t *)', function(user, result)
    check(tp.tp_result_get(result, 0, out))
    squares[tonumber(ffi.cast('intptr_t', user))] = ffi.cast('double *', out[0])[0]
    count = count + 1
  end)
  local pow, task = new_call(libm.pow, 'double(double, double)'), ffi.new 'tp_task_t'
  check(tp.tp_call_task(pow, task))
  local options = ffi.new('tp_job_options_t',
    { size = ffi.sizeof 'tp_job_options_t', callback = callback })
  for i = 1, 100 do
    options.user = ffi.cast('void *', i)
    check(tp.tp_pool_apply_async(pool, task, ffi.new('pair_t', i, 2), options, nil))
  end
  local polled = ffi.new('struct pollfd', fd[0], 1)
  while count < 100 do
    equal(ffi.C.poll(polled, 1, 10000), 1)
    check(tp.tp_pool_run_callbacks(pool, 0, nil))
  end
  equal(ffi.C.poll(polled, 1, 0), 0)
  for i = 1, 100 do equal(squares[i], i * i) end
  tp.tp_pool_destroy(pool)
  callback:free()
  print 'apply_async: 100 callbacks on the main thread, after poll'
end

-- The main thread is the only worker, so its functions can be source and tasks of a stream.
local function stream()
  local pool = new_pool(1, tp.TP_POOL_NO_THREADS)
  local out, value = ffi.new 'tp_result_t *[1]', ffi.new 'double[1]'
  local n = 0
  local source = ffi.cast('tp_source_fn', function(_, item)
    n = n + 1
    ffi.cast('double *', item)[0] = n
    return n <= 100 and 1 or 0
  end)
  local square = ffi.cast('tp_task_fn', function(_, item, result)
    ffi.cast('double *', result)[0] = ffi.cast('const double *', item)[0] ^ 2
    return 0
  end)
  local task = ffi.new('tp_task_t',
    { size = ffi.sizeof 'tp_task_t', fn = square, item_size = 8, value_size = 8 })
  check(tp.tp_pool_imap(pool, task, source, nil, nil, out))
  local i = 0
  repeat
    check(tp.tp_worker_enter(pool, nil, 0, nil))
    local status = tp.tp_result_next(out[0], 0, value)
    while status == tp.TP_OK do
      i = i + 1
      equal(value[0], i * i)
      status = tp.tp_result_next(out[0], 0, value)
    end
  until status ~= tp.TP_ETIMEDOUT
  equal(i, 100)
  tp.tp_result_release(out[0])
  tp.tp_pool_destroy(pool)
  source:free()
  square:free()
  print 'imap: a source and tasks in Lua, on the main thread'
end

local function new_state()
  local lua = ffi.gc(ffi.C.luaL_newstate(), ffi.C.lua_close)
  ffi.C.luaL_openlibs(lua)
  ffi.C.lua_getfield(lua, -10002, 'package') -- LUA_GLOBALSINDEX
  ffi.C.lua_pushstring(lua, package.path)
  ffi.C.lua_setfield(lua, -2, 'path')
  if ffi.C.luaL_loadfile(lua, here .. 'state.lua') ~= 0
      or ffi.C.lua_pcall(lua, 0, 1, 0) ~= 0 then
    error(ffi.string(ffi.C.lua_tolstring(lua, -1, nil)))
  end
  return lua, ffi.cast('tp_task_fn', ffi.cast('uintptr_t', ffi.C.lua_tonumber(lua, -1)))
end

-- A state on each of two threads: those of a second pool, whose tasks enter the first.
local function parallel()
  local served, threads = new_pool(2, tp.TP_POOL_NO_THREADS), new_pool(2)
  local rows, ran, states = ffi.new 'enter_row_t[2]', ffi.new 'size_t[2]', {}
  for i = 0, 1 do
    local lua, dispatch = new_state()
    states[i] = lua
    rows[i] = { served, dispatch, forever, ran + i }
  end
  local enter = new_call(tp.tp_worker_enter, 'int(pointer, pointer, double, pointer)')
  local inside, out = ffi.new 'tp_result_t *[1]', ffi.new 'tp_result_t *[1]'
  check(tp.tp_pool_starmap_async(threads, enter, rows, 2, nil, inside))

  local values = ffi.new 'void *[1]'
  -- Calls the states' function with this number for each of n doubles.
  local function map(id, items, n)
    local task = ffi.new('tp_task_t', { size = ffi.sizeof 'tp_task_t', item_size = 8,
      value_size = 8, ctx = ffi.cast('void *', id), flags = tp.TP_TASK_CONFIRM })
    check(tp.tp_pool_map_async(served, task, items, n, nil, out))
    return tp.tp_result_get(out[0], forever, values), ffi.cast('double *', values[0])
  end

  local flags, items = ffi.new 'int[2]', ffi.new 'double[10000]'
  items[0] = tonumber(ffi.cast('uintptr_t', flags))
  items[1] = items[0]
  local status, result = map(3, items, 2)
  equal(check(status), tp.TP_OK)
  equal(result[0] + result[1], 1)
  tp.tp_result_release(out[0])

  for i = 0, 9999 do items[i] = i end
  status, result = map(1, items, 10000)
  equal(check(status), tp.TP_OK)
  for i = 0, 9999 do equal(result[i], i * i) end
  tp.tp_result_release(out[0])

  equal(map(2, items + 7, 1), tp.TP_ETASK)
  equal(ffi.string(tp.tp_error_message(tp.tp_result_error(out[0]))), '7 is out of range')
  tp.tp_result_release(out[0])

  check(tp.tp_pool_close(served))
  check(tp.tp_result_get(inside[0], forever, values))
  for i = 0, 1 do equal(ffi.cast('int *', values[0])[i], tp.TP_END) end
  tp.tp_result_release(inside[0])
  tp.tp_pool_destroy(served)
  tp.tp_pool_destroy(threads)
  print(('map: two Lua states side by side ran %d + %d, an error with its message')
    :format(tonumber(ran[0]), tonumber(ran[1])))
end

print(('libtpool %s, %s'):format(ffi.string(tp.tp_version()), jit.version))
native_functions()
errors()
completions()
stream()
parallel()
print 'ok'
