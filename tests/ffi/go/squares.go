// SPDX-License-Identifier: MIT
package main

/*
#cgo pkg-config: tpool
#include <tpool/tpool.h>
int square(void *ctx, void *item, void *value);
*/
import "C"

import (
	"fmt"
	"unsafe"
)

//export square
func square(ctx, item, value unsafe.Pointer) C.int {
	x := *(*int32)(item)
	*(*int32)(value) = x * x
	return 0
}

func main() {
	task := C.tp_task_t{fn: C.tp_task_fn(C.square), item_size: 4, value_size: 4}
	task.size = C.size_t(unsafe.Sizeof(task))
	items, values := [5]int32{5, 4, 3, 2, 1}, [5]int32{}
	var pool *C.tp_pool_t
	status := C.tp_pool_create(nil, &pool)
	if status == C.TP_OK {
		status = C.tp_pool_map(pool, &task, unsafe.Pointer(&items), unsafe.Pointer(&values), 5, nil)
	}
	C.tp_pool_destroy(pool)
	if status != C.TP_OK {
		panic(C.GoString(C.tp_strerror(status)))
	}
	fmt.Println(values[0], values[1], values[2], values[3], values[4])
}
