# SPDX-License-Identifier: MIT
# Calls libtpool from Ruby through the ffi gem: Ruby's code on the pool's threads and on Ruby's own,
# native functions, completions on the main thread, and what happens when something fails.
require "socket"
require "zlib"
require_relative "tpool"

def check(what, ok)
  ok or abort "failed: #{what}"
  puts what
end

def ok(status) = status == TP::OK ? status : raise("#{TP.tp_strerror(status)} (#{status})")

# Calls the block with room for a pointer, and gives what was written there.
def out
  room = FFI::MemoryPointer.new(:pointer)
  ok(yield(room))
  room.read_pointer
end

def make_pool(**options) = out { |pool| TP.tp_pool_create(TP::PoolOptions.with(**options), pool) }
def ints(values) = FFI::MemoryPointer.new(:int, values.size).write_array_of_int(values)
def message = TP.tp_error_message(TP.tp_last_error)

# A task from a block that takes an int and gives one. Its function is kept as long as the task is.
def int_task(flags: 0, &block)
  fn = proc { |_, item, value| value.write_int(block.(item.read_int)) && TP::OK }
  TP::Task.with(fn: fn, item_size: 4, value_size: 4, flags: flags)
end

# The same for Ruby's own threads: what the block raises is the item's error.
def safe_task(&block)
  fn = proc do |_, item, value|
    value.write_int(block.(item.read_int))
    TP.tp_task_confirm
  rescue => e
    TP.tp_task_set_error(e.message, nil, nil)
    1
  end
  TP::Task.with(fn: fn, item_size: 4, value_size: 4, flags: TP::CONFIRM)
end

def map(pool, task, numbers)
  values = FFI::MemoryPointer.new(:int, numbers.size)
  status = TP.tp_pool_map(pool, task, ints(numbers), values, numbers.size, nil)
  [status, values.read_array_of_int(numbers.size)]
end

numbers = (0...1000).to_a
squares = numbers.map { |x| x * x }
square = int_task { |x| x * x }

# Versions and errors.
check "version #{TP.tp_version}", TP.tp_version.start_with?("1.")
check "no pool: #{TP.tp_strerror(TP::EINVAL)}",
      TP.tp_pool_map(nil, square, nil, nil, 0, nil) == TP::EINVAL && message == "pool is NULL; this call needs one"

# Ruby's code on the pool's threads: the gem hands each call to a Ruby thread.
pool = make_pool(workers: 2)
check "map with a block, on the pool's threads", map(pool, square, numbers) == [TP::OK, squares]
failing = TP::Task.with(fn: proc { |_, item, _| item.read_int == 7 ? 42 : 0 }, item_size: 4)
check "a task's own error code, and its index",
      TP.tp_pool_map(pool, failing, ints(numbers), nil, 1000, nil) == TP::ETASK &&
        TP.tp_error_code(TP.tp_last_error) == 42 && TP.tp_error_index(TP.tp_last_error) == 7

# A stream from a Ruby source.
left = [1, 2, 3]
source = proc { |_, item| (x = left.shift) ? item.write_int(x) && 1 : 0 }
stream = out { |r| TP.tp_pool_imap(pool, square, source, nil, nil, r) }
value = FFI::MemoryPointer.new(:int)
seen = []
seen << value.read_int while TP.tp_result_next(stream, TP::FOREVER, value) == TP::OK
TP.tp_result_release(stream)
check "imap over a block: #{seen}", seen == [1, 4, 9]

# Native functions: nothing of Ruby runs on the workers, so all cores work.
def native(library, name, signature)
  handle = FFI::DynamicLibrary.open(library, FFI::DynamicLibrary::RTLD_LAZY)
  out { |call| TP.tp_call_create(handle.find_function(name), signature, call) }
end

class Crc < FFI::Struct
  layout :crc, :ulong, :data, :pointer, :length, :uint
end
buffers = Array.new(100) { |i| (i % 256).chr * 65_536 }
memory = buffers.map { |b| FFI::MemoryPointer.from_string(b) }
rows = FFI::MemoryPointer.new(Crc, buffers.size)
memory.each_with_index do |data, i|
  row = Crc.new(rows + i * Crc.size)
  row[:data], row[:length] = data, buffers[i].bytesize
end
sums = FFI::MemoryPointer.new(:ulong, buffers.size)
crc32 = native("libz.so.1", "crc32", "ulong(ulong, pointer, uint)")
ok TP.tp_pool_starmap(pool, crc32, rows, sums, buffers.size, nil)
check "starmap of zlib's crc32", sums.read_array_of_ulong(100) == buffers.map { |b| Zlib.crc32(b) }

pairs = numbers.map { |i| [i / 8.0, 2.5] }
powers = FFI::MemoryPointer.new(:double, pairs.size)
pow = native("libm.so.6", "pow", "double(double, double)")
bases = FFI::MemoryPointer.new(:double, pairs.size * 2).write_array_of_double(pairs.flatten)
ok TP.tp_pool_starmap(pool, pow, bases, powers, pairs.size, nil)
check "starmap of libm's pow", powers.read_array_of_double(pairs.size) == pairs.map { |a, b| a**b }

bad = FFI::MemoryPointer.new(:pointer)
check "a bad signature: #{TP.tp_call_create(FFI::Pointer.new(1), "int(what)", bad)} #{message}",
      message.include?("5")
[crc32, pow].each { |call| TP.tp_call_release(call) }

# Timeouts and terminate.
gate = Queue.new
held = int_task { |x| gate.pop && x }
result = out { |r| TP.tp_pool_apply_async(pool, held, ints([5]), nil, r) }
check "a timeout", TP.tp_result_get(result, 0.01, nil) == TP::ETIMEDOUT
gate << true
check "the same result, later: #{out { |v| TP.tp_result_get(result, TP::FOREVER, v) }.read_int}",
      out { |v| TP.tp_result_get(result, TP::FOREVER, v) }.read_int == 5
TP.tp_result_release(result)
jobs = Array.new(8) { |i| out { |r| TP.tp_pool_apply_async(pool, held, ints([i]), nil, r) } }
ok TP.tp_pool_terminate(pool)
2.times { gate << true }
ok TP.tp_pool_join(pool, TP::FOREVER)
ends = jobs.map { |r| TP.tp_result_get(r, TP::FOREVER, nil) }
check "terminate ends what has not started", ends.last == TP::ETERMINATED
jobs.each { |r| TP.tp_result_release(r) }
TP.tp_pool_destroy(pool)

# Ruby's own threads as workers: no thread changes hands, and a task knows its worker.
pool = make_pool(workers: 2, flags: TP::NO_THREADS)
Thread.report_on_exception = false
servers = Array.new(2) { Thread.new { TP.tp_worker_enter(pool, nil, TP::FOREVER, nil) } }
check "map on two Ruby threads", map(pool, safe_task { |x| x * x }, numbers) == [TP::OK, squares]
status, = map(pool, safe_task { |x| x == 3 ? raise("no #{x}") : x }, numbers)
check "a block that raises: #{message}", status == TP::ETASK && message == "no 3"
status, = map(pool, int_task(flags: TP::CONFIRM) { |x| raise "no #{x}" }, [1])
check "one that lets it out: #{message}", status == TP::ETASK && message.include?("confirm")
ok TP.tp_pool_close(pool)
ends = servers.map { |t| t.value rescue $!.message } # the gem has kept what a block let out
check "the threads leave at the end: #{ends}", ends.sort_by(&:to_s) == [TP::END_, "no 1"]
TP.tp_pool_destroy(pool)

# Completions on the main thread, when its loop finds the descriptor readable.
pool = make_pool(workers: 2, flags: TP::MANUAL_CALLBACKS)
fd = FFI::MemoryPointer.new(:int)
ok TP.tp_pool_fd(pool, fd)
door = UNIXSocket.for_fd(fd.read_int).tap { |socket| socket.autoclose = false }
threads, arrived = [], []
done = proc do |_, r|
  threads << Thread.current
  arrived << out { |v| TP.tp_result_get(r, 0, v) }.read_int
end
job = TP::JobOptions.with(callback: done)
10.times { |i| ok TP.tp_pool_apply_async(pool, square, ints([i]), job, nil) }
TP.tp_pool_run_callbacks(pool, 0, nil) while arrived.size < 10 && IO.select([door])
check "completions on the main thread: #{arrived.sort}",
      arrived.sort == squares.first(10) && threads.uniq == [Thread.main]
TP.tp_pool_destroy(pool)

puts "ok"
