// SPDX-License-Identifier: MIT
// Calls libtpool from Rust, with rustc alone: closures on the pool's threads and on Rust's own,
// native functions, completions on the main thread, and what happens when something fails.
use std::ffi::{c_void, CStr, CString};
use std::os::raw::{c_char, c_double, c_int, c_uint, c_ulong};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::ptr::{null, null_mut};
use std::sync::mpsc::{channel, Receiver};
use std::sync::Mutex;
use std::thread;

mod tpool;
use tpool::*;

#[link(name = "z")]
extern "C" {
    fn crc32(crc: c_ulong, data: *const u8, length: c_uint) -> c_ulong;
}
#[link(name = "m")]
extern "C" {
    fn pow(x: c_double, y: c_double) -> c_double;
}
#[repr(C)]
struct PollFd {
    fd: c_int,
    events: i16,
    revents: i16,
}
extern "C" {
    fn poll(fds: *mut PollFd, n: c_ulong, timeout: c_int) -> c_int;
}

fn check(what: &str, good: bool) {
    assert!(good, "failed: {}", what);
    println!("{}", what);
}

fn text(s: *const c_char) -> String {
    unsafe { CStr::from_ptr(s) }.to_string_lossy().into_owned()
}

fn ok(status: c_int) {
    assert!(status == OK, "{}", text(unsafe { tp_strerror(status) }));
}

fn message() -> String {
    text(unsafe { tp_error_message(tp_last_error()) })
}

fn make_pool(workers: usize, flags: u32) -> *mut Pool {
    let options = PoolOptions { workers, flags, ..Default::default() };
    let mut pool = null_mut();
    ok(unsafe { tp_pool_create(&options, &mut pool) });
    pool
}

/// A task from a closure. It borrows the closure, which has to outlive the job. A panic must not
/// cross C, so it becomes the error of its item.
fn task<X: Copy, Y, F: Fn(X) -> Y + Sync>(f: &F) -> Task {
    extern "C" fn run<X: Copy, Y, F: Fn(X) -> Y>(
        ctx: *mut c_void,
        item: *const c_void,
        value: *mut c_void,
    ) -> c_int {
        let (f, x) = unsafe { (&*(ctx as *const F), *(item as *const X)) };
        match catch_unwind(AssertUnwindSafe(|| f(x))) {
            Ok(y) => unsafe { (value as *mut Y).write(y) },
            Err(panic) => {
                let why = panic.downcast_ref::<String>().map_or("panic", |s| s.as_str());
                let why = CString::new(why).unwrap_or_default();
                unsafe { tp_task_set_error(why.as_ptr(), null_mut(), None) };
                return 1;
            }
        }
        OK
    }
    Task {
        run: Some(run::<X, Y, F>),
        ctx: f as *const F as *mut c_void,
        item_size: std::mem::size_of::<X>(),
        value_size: std::mem::size_of::<Y>(),
        ..Default::default()
    }
}

/// Y is Copy, so that there is nothing to drop when another item fails.
fn map<X: Copy, Y: Copy + Default, F: Fn(X) -> Y + Sync>(
    pool: *mut Pool,
    f: F,
    items: &[X],
) -> std::result::Result<Vec<Y>, c_int> {
    let mut values = vec![Y::default(); items.len()];
    let (from, to) = (items.as_ptr().cast(), values.as_mut_ptr().cast());
    match unsafe { tp_pool_map(pool, &task(&f), from, to, items.len(), null()) } {
        OK => Ok(values),
        status => Err(status),
    }
}

fn apply_async(pool: *mut Pool, task: &Task, item: i32, options: *const JobOptions) -> *mut Result {
    let mut result = null_mut();
    let item: *const i32 = &item;
    ok(unsafe { tp_pool_apply_async(pool, task, item.cast(), options, &mut result) });
    result
}

fn get(result: *mut Result) -> i32 {
    let mut values = null_mut();
    ok(unsafe { tp_result_get(result, FOREVER, &mut values) });
    unsafe { *(values as *const i32) }
}

fn square(x: i32) -> i32 {
    x * x
}

fn errors() {
    let version = text(unsafe { tp_version() });
    check(&format!("version {}", version), version.starts_with("1."));
    let status = map(null_mut(), square, &[1]);
    check(&format!("no pool: {}", message()), status == Err(EINVAL) && !message().is_empty());
}

fn maps(pool: *mut Pool) {
    let numbers: Vec<i32> = (0..10_000).collect();
    let squares: Vec<i32> = numbers.iter().map(|x| x * x).collect();
    check("map with a closure", map(pool, square, &numbers) == Ok(squares));
    let picky = |x: i32| if x < 7 { x } else { panic!("no {}", x) };
    let status = map(pool, picky, &numbers[..10]);
    let index = unsafe { tp_error_index(tp_last_error()) };
    check(&format!("a panic: {}", message()), status == Err(ETASK) && message() == "no 7");
    check("is the item's", index == 7);
}

fn stream(pool: *mut Pool) {
    extern "C" fn next<I: Iterator<Item = i32>>(source: *mut c_void, item: *mut c_void) -> c_int {
        match unsafe { &mut *(source as *mut I) }.next() {
            Some(x) => unsafe { (item as *mut i32).write(x) },
            None => return 0,
        }
        1
    }
    fn source_of<I: Iterator<Item = i32>>(source: &mut I) -> (SourceFn, *mut c_void) {
        (next::<I>, source as *mut I as *mut c_void)
    }
    let mut odd = (1..100).step_by(2);
    let (next, ctx) = source_of(&mut odd);
    let task = task(&square);
    let (mut result, mut value, mut seen) = (null_mut(), 0i32, vec![]);
    ok(unsafe { tp_pool_imap(pool, &task, next, ctx, null(), &mut result) });
    let room: *mut i32 = &mut value;
    let end = loop {
        match unsafe { tp_result_next(result, FOREVER, room.cast()) } {
            OK => seen.push(unsafe { *room }),
            status => break status,
        }
    };
    unsafe { tp_result_release(result) };
    let serial: Vec<i32> = (1..100).step_by(2).map(square).collect();
    check("imap over an iterator", end == END && seen == serial);
}

fn starmap<Row, Y: Copy + Default>(
    pool: *mut Pool,
    function: *const c_void,
    signature: &str,
    rows: &[Row],
) -> Vec<Y> {
    let (mut call, signature) = (null_mut(), CString::new(signature).unwrap());
    let mut values = vec![Y::default(); rows.len()];
    let (from, to) = (rows.as_ptr().cast(), values.as_mut_ptr().cast());
    unsafe {
        ok(tp_call_create(function, signature.as_ptr(), &mut call));
        ok(tp_pool_starmap(pool, call, from, to, rows.len(), null()));
        tp_call_release(call);
    }
    values
}

fn native_functions(pool: *mut Pool) {
    #[repr(C)]
    struct Row(c_ulong, *const u8, c_uint);
    let buffers: Vec<Vec<u8>> = (0..100).map(|i| vec![i as u8; 65_536]).collect();
    let rows: Vec<Row> = buffers.iter().map(|b| Row(0, b.as_ptr(), b.len() as c_uint)).collect();
    let sums: Vec<c_ulong> =
        starmap(pool, crc32 as *const c_void, "ulong(ulong, pointer, uint)", &rows);
    let serial: Vec<c_ulong> = rows.iter().map(|r| unsafe { crc32(r.0, r.1, r.2) }).collect();
    check("starmap of zlib's crc32", sums == serial);

    let pairs: Vec<[f64; 2]> = (0..1000).map(|i| [i as f64 / 8.0, 2.5]).collect();
    let powers: Vec<f64> = starmap(pool, pow as *const c_void, "double(double, double)", &pairs);
    let serial: Vec<f64> = pairs.iter().map(|p| unsafe { pow(p[0], p[1]) }).collect();
    check("starmap of libm's pow", powers == serial);

    let (mut call, bad) = (null_mut(), CString::new("int(what)").unwrap());
    let status = unsafe { tp_call_create(pow as *const c_void, bad.as_ptr(), &mut call) };
    check(&format!("a bad signature: {}", message()), status == EINVAL && call.is_null());
}

fn endings(pool: *mut Pool) {
    let (open, gate) = channel::<()>();
    let gate: Mutex<Receiver<()>> = Mutex::new(gate);
    let hold = |x: i32| {
        let _ = gate.lock().map(|gate| gate.recv());
        x
    };
    let held = task(&hold);
    let one = apply_async(pool, &held, 5, null());
    check("a timeout", unsafe { tp_result_get(one, 0.01, null_mut()) } == ETIMEDOUT);
    open.send(()).unwrap();
    check("the same result, later", get(one) == 5);
    let jobs: Vec<_> = (0..8).map(|i| apply_async(pool, &held, i, null())).collect();
    ok(unsafe { tp_pool_terminate(pool) });
    drop(open);
    ok(unsafe { tp_pool_join(pool, FOREVER) });
    let end = unsafe { tp_result_get(jobs[7], FOREVER, null_mut()) };
    check("terminate ends what has not started", end == ETERMINATED);
    jobs.iter().chain(&[one]).for_each(|r| unsafe { tp_result_release(*r) });
}

fn own_threads() {
    let pool = make_pool(2, NO_THREADS);
    let address = pool as usize; // a raw pointer is not Send
    let serve = move || unsafe { tp_worker_enter(address as *mut Pool, None, FOREVER, null_mut()) };
    let servers = [thread::spawn(serve), thread::spawn(serve)];
    check("map on two threads of Rust's", map(pool, square, &[1, 2, 3]) == Ok(vec![1, 4, 9]));
    ok(unsafe { tp_pool_close(pool) });
    check("they leave at the end", servers.map(|t| t.join().unwrap()) == [END, END]);
    unsafe { tp_pool_destroy(pool) };
}

fn completions() {
    extern "C" fn done(user: *mut c_void, result: *mut Result) {
        let arrived = unsafe { &mut *(user as *mut Vec<(thread::ThreadId, i32)>) };
        arrived.push((thread::current().id(), get(result)));
    }
    let pool = make_pool(2, MANUAL_CALLBACKS);
    let mut door = PollFd { fd: -1, events: 1, revents: 0 };
    ok(unsafe { tp_pool_fd(pool, &mut door.fd) });
    let mut arrived: Vec<(thread::ThreadId, i32)> = vec![];
    let user: *mut Vec<_> = &mut arrived;
    let options =
        JobOptions { callback: Some(done), user: user.cast(), ..Default::default() };
    let task = task(&square);
    (0..10).for_each(|i| unsafe { tp_result_release(apply_async(pool, &task, i, &options)) });
    while unsafe { (*user).len() } < 10 && unsafe { poll(&mut door, 1, -1) } == 1 {
        ok(unsafe { tp_pool_run_callbacks(pool, 0.0, null_mut()) });
    }
    unsafe { tp_pool_destroy(pool) };
    let main = thread::current().id();
    let sum: i32 = arrived.iter().map(|a| a.1).sum();
    check("completions on the main thread", sum == 285 && arrived.iter().all(|a| a.0 == main));
}

fn main() {
    // The panics of tasks are errors of their jobs: only the program's own are worth a word.
    std::panic::set_hook(Box::new(|panic| {
        if thread::current().name() == Some("main") {
            eprintln!("{}", panic);
        }
    }));
    errors();
    let pool = make_pool(2, 0);
    maps(pool);
    stream(pool);
    native_functions(pool);
    endings(pool);
    unsafe { tp_pool_destroy(pool) };
    own_threads();
    completions();
    println!("ok");
}
