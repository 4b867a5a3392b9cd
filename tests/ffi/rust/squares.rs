// SPDX-License-Identifier: MIT
use std::ffi::c_void;
use std::ptr::{null, null_mut};

type TaskFn = extern "C" fn(*mut c_void, *const i32, *mut i32) -> i32;

#[repr(C)]
struct Task {
    size: usize,
    run: TaskFn,
    ctx: *mut c_void,
    item_size: usize,
    value_size: usize,
    hooks: [*const c_void; 5],
    flags: u32,
}

#[link(name = "tpool")]
extern "C" {
    fn tp_pool_create(options: *const c_void, pool: *mut *mut c_void) -> i32;
    fn tp_pool_map(pool: *mut c_void, task: *const Task, items: *const i32, values: *mut i32,
                   n: usize, options: *const c_void) -> i32;
    fn tp_pool_destroy(pool: *mut c_void);
}

extern "C" fn square(_: *mut c_void, item: *const i32, value: *mut i32) -> i32 {
    unsafe { *value = *item * *item };
    0
}

fn main() {
    let task = Task {
        size: std::mem::size_of::<Task>(),
        run: square,
        ctx: null_mut(),
        item_size: 4,
        value_size: 4,
        hooks: [null(); 5],
        flags: 0,
    };
    let (items, mut values) = ([5, 4, 3, 2, 1], [0; 5]);
    let mut pool = null_mut();
    unsafe {
        assert_eq!(tp_pool_create(null(), &mut pool), 0);
        assert_eq!(tp_pool_map(pool, &task, items.as_ptr(), values.as_mut_ptr(), 5, null()), 0);
        tp_pool_destroy(pool);
    }
    println!("{}", values.map(|x| x.to_string()).join(" "));
}
