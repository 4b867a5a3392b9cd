// SPDX-License-Identifier: MIT
// Calls libtpool from Java through JNA: Java's code on the pool's threads, native functions,
// completions on the main thread, and what happens when something fails.
import com.sun.jna.Callback;
import com.sun.jna.CallbackThreadInitializer;
import com.sun.jna.Function;
import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import com.sun.jna.Structure;
import com.sun.jna.Structure.FieldOrder;
import com.sun.jna.ptr.PointerByReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import java.util.zip.CRC32;

public class Program {
  static final int OK = 0, END = 1, EINVAL = -1, ETIMEDOUT = -4, ETASK = -9, ETERMINATED = -11;
  static final int MANUAL_CALLBACKS = 2, CONFIRM = 1;
  static final double FOREVER = Double.POSITIVE_INFINITY;

  interface TaskFn extends Callback { int invoke(Pointer ctx, Pointer item, Pointer value); }
  interface SourceFn extends Callback { int invoke(Pointer ctx, Pointer item); }
  interface DoneFn extends Callback { void invoke(Pointer user, Pointer result); }

  // size_t is a Java long: these programs run on 64-bit machines.
  @FieldOrder({"size", "fn", "ctx", "item_size", "value_size", "item_move", "item_drop",
               "value_move", "value_drop", "ctx_drop", "flags"})
  public static class Task extends Structure {
    public long size = size();
    public TaskFn fn;
    public Pointer ctx;
    public long item_size, value_size;
    public Pointer item_move, item_drop, value_move, value_drop, ctx_drop;
    public int flags;
  }

  @FieldOrder({"size", "workers", "initializer", "finalizer", "arg", "name", "flags",
               "max_pending", "unobserved", "arg_drop"})
  public static class PoolOptions extends Structure {
    public long size = size(), workers;
    public Pointer initializer, finalizer, arg, name;
    public int flags;
    public long max_pending;
    public Pointer unobserved, arg_drop;
  }

  @FieldOrder({"size", "chunksize", "buffersize", "flags", "callback", "error_callback", "user",
               "source_drop", "ctx_drop"})
  public static class JobOptions extends Structure {
    public long size = size(), chunksize, buffersize;
    public int flags;
    public DoneFn callback, error_callback;
    public Pointer user, source_drop, ctx_drop;
  }

  interface TPool extends Library {
    String tp_version();
    String tp_strerror(int status);
    Pointer tp_last_error();
    String tp_error_message(Pointer error);
    long tp_error_index(Pointer error);
    int tp_pool_create(PoolOptions options, PointerByReference pool);
    int tp_pool_close(Pointer pool);
    int tp_pool_terminate(Pointer pool);
    int tp_pool_join(Pointer pool, double timeout);
    void tp_pool_destroy(Pointer pool);
    int tp_pool_map(Pointer pool, Task task, Pointer items, Pointer values, long n, JobOptions o);
    int tp_pool_apply_async(Pointer pool, Task task, Pointer item, JobOptions o,
                            PointerByReference result);
    int tp_pool_imap(Pointer pool, Task task, SourceFn source, Pointer ctx, JobOptions o,
                     PointerByReference result);
    int tp_pool_starmap(Pointer pool, Pointer call, Pointer rows, Pointer values, long n,
                        JobOptions o);
    int tp_pool_run_callbacks(Pointer pool, double timeout, Pointer ran);
    int tp_call_create(Pointer fn, String signature, PointerByReference call);
    void tp_call_release(Pointer call);
    int tp_result_get(Pointer result, double timeout, PointerByReference values);
    int tp_result_next(Pointer result, double timeout, Pointer value);
    void tp_result_release(Pointer result);
    int tp_task_set_error(String message, Pointer payload, Pointer drop);
    int tp_task_confirm();
  }

  static final TPool tp = Native.load(System.getenv("TPOOL_LIBRARY"), TPool.class);

  static void check(String what, boolean good) {
    if (!good) throw new IllegalStateException("failed: " + what);
    System.out.println(what);
  }

  static void ok(int status) {
    if (status != OK) throw new IllegalStateException(tp.tp_strerror(status));
  }

  static String message() { return tp.tp_error_message(tp.tp_last_error()); }

  static Pointer pool(int workers, int flags) {
    var options = new PoolOptions();
    options.workers = workers;
    options.flags = flags;
    var pool = new PointerByReference();
    ok(tp.tp_pool_create(options, pool));
    return pool.getValue();
  }

  static Memory ints(int... values) {
    var memory = new Memory(4L * Math.max(values.length, 1));
    memory.write(0, values, 0, values.length);
    return memory;
  }

  // What C calls must not be collected before its job is complete: this short program keeps all.
  static final List<Callback> kept = new ArrayList<>();

  static <T extends Callback> T keep(T callback) {
    kept.add(callback);
    return callback;
  }

  // A thread of the pool stays attached to the JVM from its first call on, and does not hold it up.
  static Task task(TaskFn fn) {
    Native.setCallbackThreadInitializer(fn, new CallbackThreadInitializer(true, false, "tpool"));
    var task = new Task();
    task.fn = keep(fn);
    task.item_size = task.value_size = 4;
    return task;
  }

  // What the function throws is the item's error, with its message.
  static Task task(IntUnaryOperator f) {
    return task((ctx, item, value) -> {
      try {
        value.setInt(0, f.applyAsInt(item.getInt(0)));
        return OK;
      } catch (Throwable e) {
        tp.tp_task_set_error(e.getMessage(), null, null);
        return 1;
      }
    });
  }

  static Pointer applyAsync(Pointer pool, Task task, int item, JobOptions options) {
    var result = new PointerByReference();
    ok(tp.tp_pool_apply_async(pool, task, ints(item), options, result));
    return result.getValue();
  }

  static int get(Pointer result, double timeout) {
    var values = new PointerByReference();
    ok(tp.tp_result_get(result, timeout, values));
    return values.getValue().getInt(0);
  }

  static void errors() {
    check("version " + tp.tp_version(), tp.tp_version().startsWith("1."));
    check("no pool: " + tp.tp_strerror(EINVAL),
          tp.tp_pool_map(null, task(x -> x), null, null, 0, null) == EINVAL
              && message().equals("pool is NULL; this call needs one"));
  }

  static void maps(Pointer pool) {
    int n = 10_000;
    var items = ints(IntStream.range(0, n).toArray());
    var values = new Memory(4L * n);
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    var square = task(x -> {
      threads.add(Thread.currentThread());
      return x * x;
    });
    ok(tp.tp_pool_map(pool, square, items, values, n, null));
    check("map with a lambda", Arrays.equals(values.getIntArray(0, n),
                                             IntStream.range(0, n).map(x -> x * x).toArray()));
    check("each thread of the pool is one Java thread", threads.size() <= 2);

    var picky = task(x -> {
      if (x >= 7) throw new IllegalArgumentException("no " + x);
      return x;
    });
    check("an exception: " + tp.tp_pool_map(pool, picky, items, values, 10, null) + " " + message(),
          message().equals("no 7") && tp.tp_error_index(tp.tp_last_error()) == 7);

    // JNA prints what a callback throws and returns 0: without CONFIRM that were a success.
    Native.setCallbackExceptionHandler((callback, e) -> {});
    var careless = task((ctx, item, value) -> {
      if (item.getInt(0) == 7) throw new IllegalStateException();
      return tp.tp_task_confirm();
    });
    careless.flags = CONFIRM;
    check("an exception that gets out: "
              + tp.tp_pool_map(pool, careless, items, values, 10, null) + " " + message(),
          message().contains("confirm") && tp.tp_error_index(tp.tp_last_error()) == 7);
  }

  static void stream(Pointer pool) {
    var left = IntStream.rangeClosed(1, 100).iterator();
    SourceFn source = keep((ctx, item) -> {
      if (!left.hasNext()) return 0;
      item.setInt(0, left.next());
      return 1;
    });
    var stream = new PointerByReference();
    ok(tp.tp_pool_imap(pool, task(x -> x * x), source, null, null, stream));
    var value = new Memory(4);
    int sum = 0, status;
    while ((status = tp.tp_result_next(stream.getValue(), FOREVER, value)) == OK)
      sum += value.getInt(0);
    tp.tp_result_release(stream.getValue());
    check("imap over an iterator: " + sum, status == END && sum == 338350);
  }

  static Pointer call(String library, String name, String signature) {
    Function fn = NativeLibrary.getInstance(library).getFunction(name);
    var call = new PointerByReference();
    ok(tp.tp_call_create(fn, signature, call));
    return call.getValue();
  }

  // Nothing of Java runs on the workers here.
  static void nativeFunctions(Pointer pool) {
    int n = 100, length = 65_536, row = 24;  // struct { ulong crc; void *data; uint length; }
    var rows = new Memory((long) n * row);
    var sums = new Memory(8L * n);
    List<Memory> buffers = new ArrayList<>();
    var serial = new long[n];
    for (int i = 0; i < n; ++i) {
      var bytes = new byte[length];
      Arrays.fill(bytes, (byte) i);
      var crc = new CRC32();
      crc.update(bytes);
      serial[i] = crc.getValue();
      buffers.add(new Memory(length));
      buffers.get(i).write(0, bytes, 0, length);
      rows.setLong((long) i * row, 0);
      rows.setPointer((long) i * row + 8, buffers.get(i));
      rows.setInt((long) i * row + 16, length);
    }
    var crc32 = call("libz.so.1", "crc32", "ulong(ulong, pointer, uint)");
    ok(tp.tp_pool_starmap(pool, crc32, rows, sums, n, null));
    check("starmap of zlib's crc32", Arrays.equals(sums.getLongArray(0, n), serial));
    tp.tp_call_release(crc32);

    var pairs = new Memory(16L * n);
    for (int i = 0; i < n; ++i) pairs.write(16L * i, new double[] {i, 2}, 0, 2);
    var pow = call("libm.so.6", "pow", "double(double, double)");
    ok(tp.tp_pool_starmap(pool, pow, pairs, sums, n, null));
    check("starmap of libm's pow", Arrays.equals(
        sums.getDoubleArray(0, n), IntStream.range(0, n).mapToDouble(x -> x * x).toArray()));
    tp.tp_call_release(pow);

    var none = new PointerByReference();
    check("a bad signature: " + tp.tp_call_create(pairs, "int(what)", none) + " " + message(),
          message().contains("column 5"));
  }

  static void endings(Pointer pool) {
    var gate = new Semaphore(0);
    var held = task(x -> {
      gate.acquireUninterruptibly();
      return x;
    });
    var one = applyAsync(pool, held, 5, null);
    check("a timeout", tp.tp_result_get(one, 0.01, null) == ETIMEDOUT);
    gate.release();
    check("the same result, later", get(one, FOREVER) == 5);
    tp.tp_result_release(one);

    var jobs = IntStream.range(0, 8).mapToObj(i -> applyAsync(pool, held, i, null)).toList();
    ok(tp.tp_pool_terminate(pool));
    gate.release(2);
    ok(tp.tp_pool_join(pool, FOREVER));
    check("terminate ends what has not started",
          tp.tp_result_get(jobs.get(7), FOREVER, null) == ETERMINATED);
    jobs.forEach(tp::tp_result_release);
  }

  static void completions() {
    var pool = pool(2, MANUAL_CALLBACKS);
    var square = task(x -> x * x);
    var arrived = new ArrayList<Integer>();
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    var options = new JobOptions();
    options.callback = keep((user, result) -> {
      threads.add(Thread.currentThread());
      arrived.add(get(result, 0));
    });
    for (int i = 0; i < 10; ++i) tp.tp_result_release(applyAsync(pool, square, i, options));
    ok(tp.tp_pool_close(pool));
    while (tp.tp_pool_run_callbacks(pool, FOREVER, null) == OK) continue;
    check("completions on the main thread: " + arrived,
          arrived.stream().mapToInt(x -> x).sum() == 285
              && threads.equals(Set.of(Thread.currentThread())));
    tp.tp_pool_destroy(pool);
  }

  public static void main(String[] args) {
    errors();
    var pool = pool(2, 0);
    maps(pool);
    stream(pool);
    nativeFunctions(pool);
    endings(pool);
    tp.tp_pool_destroy(pool);
    completions();
    System.out.println("ok");
  }
}
