// SPDX-License-Identifier: MIT
// The declarations of libtpool that program.rs uses.
use std::ffi::c_void;
use std::os::raw::{c_char, c_int};

pub const OK: c_int = 0;
pub const END: c_int = 1;
pub const EINVAL: c_int = -1;
pub const ETIMEDOUT: c_int = -4;
pub const ETASK: c_int = -9;
pub const ETERMINATED: c_int = -11;
pub const MANUAL_CALLBACKS: u32 = 2;
pub const NO_THREADS: u32 = 4;
pub const FOREVER: f64 = f64::INFINITY;

pub type TaskFn = extern "C" fn(*mut c_void, *const c_void, *mut c_void) -> c_int;
pub type SourceFn = extern "C" fn(*mut c_void, *mut c_void) -> c_int;
pub type MoveFn = extern "C" fn(*mut c_void, *mut c_void);
pub type DropFn = extern "C" fn(*mut c_void);
pub type DoneFn = extern "C" fn(*mut c_void, *mut Result);

// Handles: known by their addresses only.
pub enum Pool {}
pub enum Result {}
pub enum Call {}
pub enum Error {}

#[repr(C)]
pub struct Task {
    pub size: usize,
    pub run: Option<TaskFn>,
    pub ctx: *mut c_void,
    pub item_size: usize,
    pub value_size: usize,
    pub item_move: Option<MoveFn>,
    pub item_drop: Option<DropFn>,
    pub value_move: Option<MoveFn>,
    pub value_drop: Option<DropFn>,
    pub ctx_drop: Option<DropFn>,
    pub flags: u32,
}

#[repr(C)]
pub struct PoolOptions {
    pub size: usize,
    pub workers: usize,
    pub initializer: Option<extern "C" fn(*mut c_void) -> c_int>,
    pub finalizer: Option<DropFn>,
    pub arg: *mut c_void,
    pub name: *const c_char,
    pub flags: u32,
    pub max_pending: usize,
    pub unobserved: Option<extern "C" fn(*mut c_void, *const Error)>,
    pub arg_drop: Option<DropFn>,
}

#[repr(C)]
pub struct JobOptions {
    pub size: usize,
    pub chunksize: usize,
    pub buffersize: usize,
    pub flags: u32,
    pub callback: Option<DoneFn>,
    pub error_callback: Option<DoneFn>,
    pub user: *mut c_void,
    pub source_drop: Option<DropFn>,
    pub ctx_drop: Option<DropFn>,
}

// A struct of these with its size set, and zero, the default, in all other fields.
macro_rules! sized {
    ($type:ident) => {
        impl Default for $type {
            fn default() -> Self {
                let mut zero: Self = unsafe { std::mem::zeroed() };
                zero.size = std::mem::size_of::<Self>();
                zero
            }
        }
    };
}
sized!(Task);
sized!(PoolOptions);
sized!(JobOptions);

#[link(name = "tpool")]
extern "C" {
    pub fn tp_version() -> *const c_char;
    pub fn tp_strerror(status: c_int) -> *const c_char;
    pub fn tp_last_error() -> *const Error;
    pub fn tp_error_message(error: *const Error) -> *const c_char;
    pub fn tp_error_index(error: *const Error) -> usize;

    pub fn tp_pool_create(options: *const PoolOptions, pool: *mut *mut Pool) -> c_int;
    pub fn tp_pool_close(pool: *mut Pool) -> c_int;
    pub fn tp_pool_terminate(pool: *mut Pool) -> c_int;
    pub fn tp_pool_join(pool: *mut Pool, timeout: f64) -> c_int;
    pub fn tp_pool_destroy(pool: *mut Pool);
    pub fn tp_pool_fd(pool: *mut Pool, fd: *mut c_int) -> c_int;
    pub fn tp_pool_run_callbacks(pool: *mut Pool, timeout: f64, ran: *mut usize) -> c_int;
    pub fn tp_worker_enter(
        pool: *mut Pool,
        dispatch: Option<TaskFn>,
        timeout: f64,
        ran: *mut usize,
    ) -> c_int;

    pub fn tp_pool_map(
        pool: *mut Pool,
        task: *const Task,
        items: *const c_void,
        values: *mut c_void,
        n: usize,
        options: *const JobOptions,
    ) -> c_int;
    pub fn tp_pool_apply_async(
        pool: *mut Pool,
        task: *const Task,
        item: *const c_void,
        options: *const JobOptions,
        result: *mut *mut Result,
    ) -> c_int;
    pub fn tp_pool_imap(
        pool: *mut Pool,
        task: *const Task,
        source: SourceFn,
        source_ctx: *mut c_void,
        options: *const JobOptions,
        result: *mut *mut Result,
    ) -> c_int;
    pub fn tp_pool_starmap(
        pool: *mut Pool,
        call: *const Call,
        rows: *const c_void,
        values: *mut c_void,
        n: usize,
        options: *const JobOptions,
    ) -> c_int;

    pub fn tp_call_create(
        function: *const c_void,
        signature: *const c_char,
        call: *mut *mut Call,
    ) -> c_int;
    pub fn tp_call_release(call: *mut Call);

    pub fn tp_result_get(result: *mut Result, timeout: f64, values: *mut *mut c_void) -> c_int;
    pub fn tp_result_next(result: *mut Result, timeout: f64, value: *mut c_void) -> c_int;
    pub fn tp_result_release(result: *mut Result);

    pub fn tp_task_set_error(
        message: *const c_char,
        payload: *mut c_void,
        drop: Option<DropFn>,
    ) -> c_int;
}
