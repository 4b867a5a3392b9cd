# SPDX-License-Identifier: MIT
require "ffi"

module TP
  extend FFI::Library
  ffi_lib ENV.fetch("TPOOL_LIBRARY", "libtpool.so.1")
  callback :task, [:pointer, :pointer, :pointer], :int
  attach_function :tp_pool_create, [:pointer, :pointer], :int
  attach_function :tp_pool_destroy, [:pointer], :void, blocking: true
  attach_function :tp_pool_map, [:pointer, :pointer, :pointer, :pointer, :size_t, :pointer], :int,
                  blocking: true

  class Task < FFI::Struct
    layout :size, :size_t, :fn, :task, :ctx, :pointer, :item_size, :size_t, :value_size, :size_t,
           :hooks, [:pointer, 5], :flags, :uint32
  end
end

task = TP::Task.new
task[:size], task[:item_size], task[:value_size] = TP::Task.size, 4, 4
task[:fn] = proc do |_, item, value|
  value.write_int(item.read_int**2)
  0
rescue StandardError
  1 # what gets out of the block would be a 0
end
items = FFI::MemoryPointer.new(:int, 5).write_array_of_int([5, 4, 3, 2, 1])
values = FFI::MemoryPointer.new(:int, 5)
pool = FFI::MemoryPointer.new(:pointer)
status = TP.tp_pool_create(nil, pool)
status = TP.tp_pool_map(pool.read_pointer, task, items, values, 5, nil) if status == 0
TP.tp_pool_destroy(pool.read_pointer)
abort "status #{status}" if status != 0
puts values.read_array_of_int(5).join(" ")
