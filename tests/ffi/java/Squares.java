// SPDX-License-Identifier: MIT
import com.sun.jna.*;
import com.sun.jna.ptr.PointerByReference;

public class Squares {
  public interface TaskFn extends Callback { int invoke(Pointer ctx, Pointer item, Pointer value); }

  @Structure.FieldOrder({"size", "fn", "ctx", "item_size", "value_size", "hooks", "flags"})
  public static class Task extends Structure {
    public long size;
    public TaskFn fn;
    public Pointer ctx;
    public long item_size = 4, value_size = 4;
    public Pointer[] hooks = new Pointer[5];
    public int flags = 1;  // TP_TASK_CONFIRM
  }

  interface TPool extends Library {
    int tp_pool_create(Pointer options, PointerByReference pool);
    int tp_pool_map(Pointer pool, Task task, int[] items, Pointer values, long n, Pointer options);
    void tp_pool_destroy(Pointer pool);
    int tp_task_confirm();
  }

  public static void main(String[] args) {
    var library = System.getenv().getOrDefault("TPOOL_LIBRARY", "libtpool.so.1");
    TPool tp = Native.load(library, TPool.class);
    TaskFn square = (ctx, item, value) -> {
      int x = item.getInt(0);
      value.setInt(0, x * x);
      return tp.tp_task_confirm();
    };
    // The pool's threads stay attached to the JVM, or each call would attach and detach one.
    Native.setCallbackThreadInitializer(square, new CallbackThreadInitializer(true, false));
    var task = new Task();
    task.size = task.size();
    task.fn = square;
    var values = new Memory(20);
    var pool = new PointerByReference();
    int status = tp.tp_pool_create(null, pool);
    if (status == 0)
      status = tp.tp_pool_map(pool.getValue(), task, new int[] {5, 4, 3, 2, 1}, values, 5, null);
    tp.tp_pool_destroy(pool.getValue());
    if (status != 0) throw new IllegalStateException("status " + status);
    for (int i = 0; i < 5; ++i)
      System.out.print(values.getInt(4 * i) + (i < 4 ? " " : "\n"));
  }
}
