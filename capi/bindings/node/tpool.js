// SPDX-License-Identifier: MIT
// libtpool for Node.js: native functions, and JavaScript functions in worker threads, behind
// promises and async iterators.
'use strict';

const koffi = require('./koffi.js');
const { Socket } = require('node:net');
const v8 = require('node:v8');
const { Worker, workerData } = require('node:worker_threads');
const {
  POOL_MANUAL_CALLBACKS, POOL_NO_THREADS, TASK_CONFIRM, ETIMEDOUT, ECLOSED, Bytes, Dispatch,
  JobCallback, JobOptions, PoolOptions, Stats, Task, TpoolError, check, memcpy, tp,
} = require('./abi.js');
const { NativeFunction } = require('./native.js');

const malloc = koffi.load(null).func('void *malloc(size_t size)');

/** A value from another thread's memory, through a copy: what it is made of may point there. */
function deserialize({ data, size }) {
  const copy = Buffer.allocUnsafeSlow(size);
  memcpy(copy, data, size);
  return v8.deserialize(copy);
}

const watched = new WeakMap();  // the jobs of each AbortSignal

/** One listener for all jobs of a signal: Node warns of more than ten. */
function jobsOf(signal) {
  if (!watched.has(signal)) {
    const set = new Set();
    watched.set(signal, set);
    signal.addEventListener('abort', () => { for (const job of set) job.abort(); });
  }
  return watched.get(signal);
}

const jobs = new Map();  // what is under way, by the `user` of its callback
let last = 0n;

/** A job of the library, which borrows `keep` until it ends; `finish` reads its values. */
class Job {
  #result = null;

  constructor({ start, finish, keep, signal, ended, cause }) {
    signal?.throwIfAborted();
    this.promise = new Promise((resolve, reject) => Object.assign(this, { resolve, reject }));
    Object.assign(this, { finish, keep, signal, ended, cause });
    const user = ++last;
    const result = [null];
    check(start({
      size: koffi.sizeof(JobOptions), callback: onEnd, error_callback: onEnd, user,
    }, result));
    [this.#result] = result;
    jobs.set(user, this);
    if (signal) jobsOf(signal).add(this);
  }

  abort() {
    this.cancel();
    this.reject(this.signal.reason);
  }

  cancel() {
    if (this.#result) tp.result_cancel(this.#result);
  }

  settle() {
    const values = [null];
    const status = tp.result_get(this.#result, 0, values);
    try {
      check(status, status && tp.result_error(this.#result), this.cause());
      this.resolve(this.finish(values[0]));
    } catch (error) {
      this.reject(error);
    }
    tp.result_release(this.#result);
    this.#result = null;
    if (this.signal) jobsOf(this.signal).delete(this);
    this.ended();
  }
}

// Called by tp_pool_run_callbacks, so on the thread whose pool it is.
const onEnd = koffi.register((user) => {
  const job = jobs.get(user);
  jobs.delete(user);
  job.settle();
}, JobCallback);

/**
 * A pool of native threads for native functions. With `serve`, the path of a script that calls
 * serve(), its workers are that many worker_threads, which also run JavaScript functions by name.
 */
class Pool {
  #pool = null;
  #socket;
  #threads = new Set();
  #exits = [];
  #failure = null;
  #pending = 0;
  #drained = () => {};

  constructor({ workers = 0, name = null, maxPending = 0, serve: script, data } = {}) {
    const out = [null];
    check(tp.pool_create({
      size: koffi.sizeof(PoolOptions), workers, name, max_pending: maxPending,
      flags: POOL_MANUAL_CALLBACKS | (script ? POOL_NO_THREADS : 0),
    }, out));
    [this.#pool] = out;
    check(tp.pool_workers(this.#pool, out));
    [this.workers] = out;
    check(tp.pool_fd(this.#pool, out));
    this.#socket = new Socket({ fd: out[0], readable: true, writable: false });
    this.#socket.on('data', () => tp.pool_run_callbacks(this.#pool, 0, null));
    if (script) for (let i = 0; i < this.workers; i++) this.#start(script, data);
    this.#keepAlive(false);
  }

  #start(script, data) {
    const thread = new Worker(script, { workerData: { pool: this.#pool, data } });
    this.#threads.add(thread);
    thread.on('error', (error) => { this.#failure ??= error; });
    this.#exits.push(new Promise((resolve) => {
      thread.on('exit', () => {
        this.#threads.delete(thread);
        if (!this.#threads.size) tp.pool_terminate(this.#pool);  // nobody is left to serve
        resolve();
      });
    }));
  }

  /** The process may end while nothing is under way. */
  #keepAlive(yes) {
    for (const handle of [this.#socket, ...this.#threads]) yes ? handle.ref() : handle.unref();
  }

  #submit(start, finish, keep, { signal }) {
    if (!this.#pool) throw new TpoolError(ECLOSED);
    const ended = () => {
      if (--this.#pending) return;
      this.#keepAlive(false);
      this.#drained();
    };
    const cause = () => this.#failure;
    const job = new Job({ start, finish, keep, signal, ended, cause });
    if (this.#pending++ === 0) this.#keepAlive(true);
    return job;
  }

  #native(call, rows, options) {
    const { memory, count, keep } = call.encode(rows);
    const { chunksize = 0 } = options;
    return this.#submit(
      (job, out) => tp.pool_starmap_async(
        this.#pool, call.handle, memory, count, { ...job, chunksize }, out),
      (values) => call.decode(values, count), keep, options);
  }

  /** One task that calls the served function with each of the rows. */
  #served(name, rows, options) {
    const text = Buffer.from(`${name}\0`);
    const input = v8.serialize(rows);
    const item = koffi.as({ data: koffi.address(input), size: input.length }, koffi.pointer(Bytes));
    const task = {
      size: koffi.sizeof(Task), ctx: koffi.address(text), flags: TASK_CONFIRM,
      item_size: koffi.sizeof(Bytes), value_size: koffi.sizeof(Bytes),
    };
    return this.#submit(
      (job, out) => tp.pool_apply_async(this.#pool, task, item, job, out),
      (values) => {
        const output = koffi.decode(values, Bytes);
        try {
          return deserialize(output);
        } finally {
          koffi.free(output.data);
        }
      }, [text, input], options);
  }

  #job(task, rows, options) {
    if (typeof task === 'string') return this.#served(task, rows, options);
    return this.#native(task, rows, options);
  }

  /** Calls a native function, or a served one by name, with these arguments. */
  async apply(task, args = [], options = {}) {
    return (await this.#job(task, [args], options).promise)[0];
  }

  /** Calls it with each row of arguments. Options: chunksize, signal (an AbortSignal). */
  async starmap(task, rows, options = {}) {
    if (typeof task !== 'string') return this.#native(task, rows, options).promise;
    const { chunksize = Math.ceil(rows.length / (4 * this.workers)) } = options;
    const chunks = [];
    for (let at = 0; at < rows.length; at += chunksize) chunks.push(rows.slice(at, at + chunksize));
    const ends = await Promise.allSettled(
      chunks.map(async (chunk) => this.#served(task, chunk, options).promise));
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed) throw failed.reason;
    return ends.flatMap((end) => end.value);
  }

  /** Calls it with each item. */
  async map(task, items, options = {}) {
    return this.starmap(task, Array.from(items, (item) => [item]), options);
  }

  /**
   * The values for the rows of an iterable, sync or async, in its order. At most `buffersize` rows
   * are pulled and not yet yielded.
   */
  imap(task, rows, options = {}) {
    return this.#stream(task, rows, options, (window) => (window[0]?.done ? 0 : -1));
  }

  /** The same in the order in which they are done. */
  imapUnordered(task, rows, options = {}) {
    return this.#stream(task, rows, options, (window) => window.findIndex((job) => job.done));
  }

  async* #stream(task, rows, options, pick) {
    const { chunksize = 1, buffersize = 16 * chunksize * this.workers } = options;
    const source = chunked(rows, chunksize);
    const window = [];
    let pull = null;
    let ended = false;
    let failure;
    let wake;
    const add = (chunk) => {
      const job = this.#job(task, chunk, options);
      window.push(job);
      job.promise.catch(() => {}).finally(() => { job.done = true; wake(); });
    };
    try {
      while (!ended || window.length) {
        const woken = new Promise((resolve) => { wake = resolve; });
        if (!pull && !ended && (window.length + 1) * chunksize <= Math.max(buffersize, chunksize)) {
          pull = source.next()
            .then(({ done, value }) => { ended = done; if (!done) add(value); })
            .catch((error) => { ended = true; failure = { error }; })
            .finally(() => { pull = null; wake(); });
        }
        const index = pick(window);
        if (index >= 0) yield* await window.splice(index, 1)[0].promise;
        else await woken;
      }
      if (failure) throw failure.error;
    } finally {
      for (const job of window) job.cancel();
      source.return();
    }
  }

  get stats() {
    const stats = { size: koffi.sizeof(Stats) };
    check(tp.pool_stats(this.#pool, stats));
    return stats;
  }

  /** No new jobs; what was accepted runs. */
  close() {
    check(tp.pool_close(this.#pool));
  }

  /** No new jobs; what has not started is rejected with TP_ETERMINATED. */
  terminate() {
    check(tp.pool_terminate(this.#pool));
  }

  /** After close or terminate: until all jobs and workers have ended. The pool is gone then. */
  async join() {
    const pool = this.#pool;
    const status = tp.pool_join(pool, 0);
    if (status !== ETIMEDOUT) check(status);
    if (this.#pending) await new Promise((resolve) => { this.#drained = resolve; });
    this.#keepAlive(true);
    await Promise.all(this.#exits);
    this.#pool = null;
    await new Promise((resolve) => { tp.pool_join.async(pool, Infinity, resolve); });
    this.#socket.destroy();
    tp.pool_destroy(pool);
    if (this.#failure) throw this.#failure;
  }
}

async function* chunked(rows, size) {
  let chunk = [];
  for await (const row of rows) {
    chunk.push(row);
    if (chunk.length < size) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length) yield chunk;
}

/**
 * In a worker thread of a pool with `serve`: runs these functions for the pool until it ends.
 * They have to be synchronous; what they throw rejects the promise of the call.
 */
function serve(functions) {
  const run = (name, item, value) => {
    const served = functions[koffi.decode.string(name)];
    if (!served) throw new Error(`${koffi.decode.string(name)} is not served`);
    const rows = deserialize(koffi.decode(item, Bytes));
    const output = v8.serialize(rows.map((row) => served(...row)));
    const data = malloc(output.length);  // the caller frees it
    memcpy(data, output, output.length);
    koffi.encode(value, Bytes, { data, size: output.length });
    tp.task_confirm();
    return 0;
  };
  const dispatch = koffi.register((name, item, value) => {
    try {
      return run(name, item, value);
    } catch (error) {
      tp.task_set_error(String(error?.message ?? error), null, null);
      return 1;
    }
  }, Dispatch);
  // In slices, because Node can stop a worker thread only while it is in JavaScript.
  const slice = 0.1;
  while (check(tp.worker_enter(workerData.pool, dispatch, slice, null)) === 0);
  koffi.unregister(dispatch);
}

module.exports = {
  Pool, NativeFunction, TpoolError, serve,
  version: tp.version(),
  workerIndex: () => tp.worker_index(),
  stopRequested: () => tp.task_stop_requested() === 1,
};
