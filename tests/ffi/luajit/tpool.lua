-- SPDX-License-Identifier: MIT
-- The library with its declarations, for LuaJIT's ffi.
local ffi = require 'ffi'

local here = debug.getinfo(1, 'S').source:match '@(.*/)' or './'
ffi.cdef(io.open(here .. '../tpool.cdef'):read '*a')

return ffi.load(os.getenv 'TPOOL_LIBRARY' or 'libtpool.so.1')
