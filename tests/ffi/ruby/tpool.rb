# SPDX-License-Identifier: MIT
# The declarations of libtpool that program.rb uses, for Ruby's ffi.
require "ffi"

module TP
  extend FFI::Library
  ffi_lib ENV.fetch("TPOOL_LIBRARY", "libtpool.so.1")

  FOREVER = Float::INFINITY
  OK, END_, EINVAL, ETIMEDOUT, ETASK, ETERMINATED = 0, 1, -1, -4, -9, -11
  MANUAL_CALLBACKS, NO_THREADS, CONFIRM = 2, 4, 1

  callback :task, [:pointer, :pointer, :pointer], :int
  callback :source, [:pointer, :pointer], :int
  callback :hook, [:pointer], :void
  callback :done, [:pointer, :pointer], :void

  # A struct that knows its size; fields that are not named are zero.
  class Sized < FFI::Struct
    def self.with(**fields)
      new.tap { |s| fields.merge(size: s.size).each { |name, value| s[name] = value } }
    end
  end

  class Task < Sized
    layout :size, :size_t, :fn, :task, :ctx, :pointer, :item_size, :size_t, :value_size, :size_t,
           :item_move, :pointer, :item_drop, :pointer, :value_move, :pointer,
           :value_drop, :pointer, :ctx_drop, :pointer, :flags, :uint32
  end

  class PoolOptions < Sized
    layout :size, :size_t, :workers, :size_t, :initializer, :pointer, :finalizer, :pointer,
           :arg, :pointer, :name, :pointer, :flags, :uint32, :max_pending, :size_t,
           :unobserved, :pointer, :arg_drop, :pointer
  end

  class JobOptions < Sized
    layout :size, :size_t, :chunksize, :size_t, :buffersize, :size_t, :flags, :uint32,
           :callback, :done, :error_callback, :done, :user, :pointer,
           :source_drop, :pointer, :ctx_drop, :pointer
  end

  # These return at once.
  attach_function :tp_version, [], :string
  attach_function :tp_strerror, [:int], :string
  attach_function :tp_last_error, [], :pointer
  attach_function :tp_error_message, [:pointer], :string
  attach_function :tp_error_code, [:pointer], :int
  attach_function :tp_error_index, [:pointer], :size_t
  attach_function :tp_pool_create, [PoolOptions.by_ref, :pointer], :int
  attach_function :tp_pool_close, [:pointer], :int
  attach_function :tp_pool_terminate, [:pointer], :int
  attach_function :tp_pool_fd, [:pointer, :pointer], :int
  attach_function :tp_pool_apply_async,
                  [:pointer, Task.by_ref, :pointer, JobOptions.by_ref, :pointer], :int
  attach_function :tp_pool_imap,
                  [:pointer, Task.by_ref, :source, :pointer, :pointer, :pointer], :int
  attach_function :tp_call_create, [:pointer, :string, :pointer], :int
  attach_function :tp_call_row, [:pointer, :pointer, :pointer, :pointer], :int
  attach_function :tp_call_release, [:pointer], :void
  attach_function :tp_result_error, [:pointer], :pointer
  attach_function :tp_result_release, [:pointer], :void
  attach_function :tp_task_set_error, [:string, :pointer, :pointer], :int
  attach_function :tp_task_confirm, [], :int

  # These wait, or run callbacks on the pool's threads meanwhile: without `blocking` Ruby would keep
  # its lock, and the callback would wait for it for ever.
  attach_function :tp_pool_map, [:pointer, Task.by_ref, :pointer, :pointer, :size_t, :pointer],
                  :int, blocking: true
  attach_function :tp_pool_starmap, [:pointer, :pointer, :pointer, :pointer, :size_t, :pointer],
                  :int, blocking: true
  attach_function :tp_pool_join, [:pointer, :double], :int, blocking: true
  attach_function :tp_pool_destroy, [:pointer], :void, blocking: true
  attach_function :tp_pool_run_callbacks, [:pointer, :double, :pointer], :int, blocking: true
  attach_function :tp_worker_enter, [:pointer, :task, :double, :pointer], :int, blocking: true
  attach_function :tp_result_get, [:pointer, :double, :pointer], :int, blocking: true
  attach_function :tp_result_next, [:pointer, :double, :pointer], :int, blocking: true
end
