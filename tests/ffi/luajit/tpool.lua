-- SPDX-License-Identifier: MIT
-- The library with its declarations, for LuaJIT's ffi.
local ffi = require 'ffi'

ffi.cdef(io.open(os.getenv 'TPOOL_CDEF'):read '*a')

return ffi.load(os.getenv 'TPOOL_LIBRARY' or 'libtpool.so.1')
