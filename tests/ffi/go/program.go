// SPDX-License-Identifier: MIT
// Calls libtpool from Go through cgo: Go's code on the pool's threads and on Go's own, native
// functions, completions on the main goroutine, and what happens when something fails.
package main

/*
#cgo pkg-config: tpool
#cgo CFLAGS: -fno-builtin-pow
#cgo LDFLAGS: -lz -lm
#include <math.h>
#include <stdlib.h>
#include <tpool/tpool.h>
#include <zlib.h>

// Functions of Go, below: as C sees them. Go knows no const.
int run(void *ctx, void *item, void *value);
int next(void *ctx, void *item);
void release(void *ctx);
void done(void *user, tp_result_t *result);

struct row { unsigned long crc; void *data; unsigned length; };
struct pair { double base, exponent; };
*/
import "C"

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"runtime/cgo"
	"syscall"
	"unsafe"
)

var forever = C.double(math.Inf(1))

func check(what string, good bool) {
	if !good {
		fmt.Fprintln(os.Stderr, "failed:", what)
		os.Exit(1)
	}
	fmt.Println(what)
}

func ok(status C.int) {
	if status != C.TP_OK {
		check(C.GoString(C.tp_strerror(status)), false)
	}
}

// What the latest failed call of this thread said. Who calls it has locked its goroutine to the
// thread, or the call and the question may come from two.
func message() string { return C.GoString(C.tp_error_message(C.tp_last_error())) }

func makePool(workers int, flags C.uint32_t) (pool *C.tp_pool_t) {
	options := C.tp_pool_options_t{workers: C.size_t(workers), flags: flags}
	options.size = C.size_t(unsafe.Sizeof(options))
	ok(C.tp_pool_create(&options, &pool))
	return
}

type function func(int32) int32

// C keeps no pointer to Go's memory. What it gets as a ctx is memory of its own with a handle, the
// number by which Go finds the value.
func hold(v any) unsafe.Pointer {
	ctx := C.malloc(C.size_t(unsafe.Sizeof(cgo.Handle(0))))
	*(*cgo.Handle)(ctx) = cgo.NewHandle(v)
	return ctx
}

func held(ctx unsafe.Pointer) any { return (*(*cgo.Handle)(ctx)).Value() }

// Good as ctx_drop and source_drop.
//
//export release
func release(ctx unsafe.Pointer) {
	(*(*cgo.Handle)(ctx)).Delete()
	C.free(ctx)
}

// The one function of all tasks. A panic must not cross C, so it becomes the error of its item.
//
//export run
func run(ctx, item, value unsafe.Pointer) (code C.int) {
	defer func() {
		if why := recover(); why != nil {
			text := C.CString(fmt.Sprint(why))
			defer C.free(unsafe.Pointer(text))
			C.tp_task_set_error(text, nil, nil)
			code = 1
		}
	}()
	*(*int32)(value) = held(ctx).(function)(*(*int32)(item))
	return C.TP_OK
}

// A task from a function, for one job, which releases the function at its end.
func makeTask(f function) C.tp_task_t {
	task := C.tp_task_t{fn: C.tp_task_fn(C.run), ctx: hold(f), item_size: 4, value_size: 4}
	task.size = C.size_t(unsafe.Sizeof(task))
	task.ctx_drop = (*[0]byte)(C.release)
	return task
}

func mapInts(pool *C.tp_pool_t, f function, items []int32) ([]int32, C.int) {
	task := makeTask(f)
	values := make([]int32, len(items))
	status := C.tp_pool_map(pool, &task, unsafe.Pointer(&items[0]), unsafe.Pointer(&values[0]),
		C.size_t(len(items)), nil)
	if status == C.TP_EINVAL { // refused: the function is still ours
		release(task.ctx)
	}
	return values, status
}

func applyAsync(pool *C.tp_pool_t, f function, x int32,
	options *C.tp_job_options_t) (result *C.tp_result_t) {
	task := makeTask(f)
	ok(C.tp_pool_apply_async(pool, &task, unsafe.Pointer(&x), options, &result))
	return
}

func get(result *C.tp_result_t) int32 {
	var values unsafe.Pointer
	ok(C.tp_result_get(result, forever, &values))
	return *(*int32)(values)
}

func square(x int32) int32 { return x * x }

func errors() {
	version := C.GoString(C.tp_version())
	check("version "+version, version[:2] == "1.")
	_, status := mapInts(nil, square, []int32{1})
	check("no pool: "+message(), status == C.TP_EINVAL && message() == "pool is NULL; this call needs one")
}

func maps(pool *C.tp_pool_t) {
	numbers := make([]int32, 10000)
	for i := range numbers {
		numbers[i] = int32(i)
	}
	squares, status := mapInts(pool, square, numbers)
	good := status == C.TP_OK
	for i, y := range squares {
		good = good && y == int32(i*i)
	}
	check("map with a function", good)

	_, status = mapInts(pool, func(x int32) int32 {
		if x >= 7 {
			panic(fmt.Sprint("no ", x))
		}
		return x
	}, numbers[:10])
	check("a panic: "+message(), status == C.TP_ETASK && message() == "no 7" &&
		C.tp_error_index(C.tp_last_error()) == 7)
}

//export next
func next(ctx, item unsafe.Pointer) C.int {
	x, more := <-held(ctx).(chan int32)
	if !more {
		return 0
	}
	*(*int32)(item) = x
	return 1
}

func stream(pool *C.tp_pool_t) {
	numbers := make(chan int32)
	go func() {
		for x := int32(1); x <= 100; x++ {
			numbers <- x
		}
		close(numbers)
	}()
	task := makeTask(square)
	options := C.tp_job_options_t{source_drop: (*[0]byte)(C.release)}
	options.size = C.size_t(unsafe.Sizeof(options))
	var result *C.tp_result_t
	ok(C.tp_pool_imap(pool, &task, C.tp_source_fn(C.next), hold(numbers), &options, &result))
	defer C.tp_result_release(result)
	var value, sum int32
	for C.tp_result_next(result, forever, unsafe.Pointer(&value)) == C.TP_OK {
		sum += value
	}
	check("imap over a channel", sum == 338350)
}

func makeCall(function unsafe.Pointer, signature string) (call *C.tp_call_t) {
	text := C.CString(signature)
	defer C.free(unsafe.Pointer(text))
	ok(C.tp_call_create((*[0]byte)(function), text, &call))
	return
}

// Nothing of Go runs on the workers here.
func nativeFunctions(pool *C.tp_pool_t) {
	const n, length = 100, 65536
	var rows [n]C.struct_row
	var sums [n]C.ulong
	good := true
	for i := range rows {
		rows[i] = C.struct_row{data: C.malloc(length), length: length}
		defer C.free(rows[i].data)
		for j := range unsafe.Slice((*byte)(rows[i].data), length) {
			unsafe.Slice((*byte)(rows[i].data), length)[j] = byte(i)
		}
	}
	call := makeCall(C.crc32, "ulong(ulong, pointer, uint)")
	ok(C.tp_pool_starmap(pool, call, unsafe.Pointer(&rows), unsafe.Pointer(&sums), n, nil))
	C.tp_call_release(call)
	for i, row := range rows {
		good = good && sums[i] == C.crc32(0, (*C.Bytef)(row.data), length)
	}
	check("starmap of zlib's crc32", good)

	var pairs [n]C.struct_pair
	var powers [n]C.double
	for i := range pairs {
		pairs[i] = C.struct_pair{C.double(i) / 8, 2.5}
	}
	call = makeCall(C.pow, "double(double, double)")
	ok(C.tp_pool_starmap(pool, call, unsafe.Pointer(&pairs), unsafe.Pointer(&powers), n, nil))
	C.tp_call_release(call)
	for i, pair := range pairs {
		good = good && powers[i] == C.pow(pair.base, pair.exponent)
	}
	check("starmap of libm's pow", good)

	signature := C.CString("int(what)")
	defer C.free(unsafe.Pointer(signature))
	status := C.tp_call_create((*[0]byte)(C.pow), signature, &call)
	check("a bad signature: "+message(), status == C.TP_EINVAL && call == nil)
}

func endings(pool *C.tp_pool_t) {
	gate := make(chan bool)
	wait := func(x int32) int32 { <-gate; return x }
	one := applyAsync(pool, wait, 5, nil)
	check("a timeout", C.tp_result_get(one, 0.01, nil) == C.TP_ETIMEDOUT)
	gate <- true
	check("the same result, later", get(one) == 5)
	C.tp_result_release(one)

	var jobs [8]*C.tp_result_t
	for i := range jobs {
		jobs[i] = applyAsync(pool, wait, int32(i), nil)
	}
	ok(C.tp_pool_terminate(pool))
	close(gate)
	ok(C.tp_pool_join(pool, forever))
	check("terminate ends what has not started",
		C.tp_result_get(jobs[7], forever, nil) == C.TP_ETERMINATED)
	for _, result := range jobs {
		C.tp_result_release(result)
	}
}

// A goroutine serves: it keeps its thread for the time of the call by itself.
func ownThreads() {
	pool := makePool(2, C.TP_POOL_NO_THREADS)
	ends := make(chan C.int)
	for i := 0; i < 2; i++ {
		go func() { ends <- C.tp_worker_enter(pool, nil, forever, nil) }()
	}
	values, status := mapInts(pool, square, []int32{1, 2, 3})
	check("map on two goroutines", status == C.TP_OK && values[2] == 9)
	ok(C.tp_pool_close(pool))
	check("they leave at the end", <-ends == C.TP_END && <-ends == C.TP_END)
	C.tp_pool_destroy(pool)
}

//export done
func done(user unsafe.Pointer, result *C.tp_result_t) {
	held(user).(func(int32))(get(result))
}

func completions() {
	pool := makePool(2, C.TP_POOL_MANUAL_CALLBACKS)
	defer C.tp_pool_destroy(pool)
	var fd C.int
	ok(C.tp_pool_fd(pool, &fd))
	var sum, arrived int
	main, here := syscall.Gettid(), true
	user := hold(func(value int32) {
		sum += int(value)
		arrived++
		here = here && syscall.Gettid() == main
	})
	defer release(user)
	options := C.tp_job_options_t{callback: (*[0]byte)(C.done), user: user}
	options.size = C.size_t(unsafe.Sizeof(options))
	for i := int32(0); i < 10; i++ {
		C.tp_result_release(applyAsync(pool, square, i, &options))
	}
	for arrived < 10 {
		var ready syscall.FdSet
		ready.Bits[fd/64] |= 1 << (fd % 64)
		if n, _ := syscall.Select(int(fd)+1, &ready, nil, nil, nil); n == 1 {
			ok(C.tp_pool_run_callbacks(pool, 0, nil))
		}
	}
	check("completions on the main goroutine", sum == 285 && here)
}

func main() {
	runtime.LockOSThread() // tp_last_error is the thread's
	errors()
	pool := makePool(2, 0)
	maps(pool)
	stream(pool)
	nativeFunctions(pool)
	endings(pool)
	C.tp_pool_destroy(pool)
	ownThreads()
	completions()
	fmt.Println("ok")
}
