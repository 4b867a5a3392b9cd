// SPDX-License-Identifier: MIT
// Measures tpool.js beside one thread and Node's worker_threads: crc32 and SHA-256 over 1,000
// buffers of 1 MB, and a million small native calls. All use the zlib and OpenSSL inside of Node.
// Usage: sh koffi.sh node measure.js [buffers]
'use strict';

const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const { availableParallelism } = require('node:os');
const { Worker, isMainThread, parentPort } = require('node:worker_threads');
const zlib = require('node:zlib');
const koffi = require('koffi');

const MB = 1 << 20;
const WORKERS = availableParallelism();
const pow = koffi.load('libm.so.6').func('double pow(double x, double y)');

/** What both sides do with the items first … end-1 of one shared memory. */
const kernels = {
  crc32: ({ data, output }, first, end) => {
    for (let i = first; i < end; i++) output[i] = zlib.crc32(data.subarray(i * MB, (i + 1) * MB));
  },
  sha256: ({ data, output }, first, end) => {
    for (let i = first; i < end; i++) {
      const digest = crypto.createHash('sha256').update(data.subarray(i * MB, (i + 1) * MB));
      output.set(digest.digest(), i * 32);
    }
  },
  pow: ({ data, output }, first, end) => {
    for (let i = first; i < end; i++) output[i] = pow(data[2 * i], data[2 * i + 1]);
  },
};

function worker() {
  parentPort.on('message', ({ kernel, memory, first, end }) => {
    kernels[kernel](memory, first, end);
    parentPort.postMessage(end);
  });
}

/** Worker threads that are sent `grain` items at a time, each the next when it is done. */
class Threads {
  workers = Array.from({ length: WORKERS }, () => new Worker(__filename));

  async run(kernel, memory, count, grain) {
    let next = 0;
    await Promise.all(this.workers.map((thread) => new Promise((resolve) => {
      const send = () => {
        if (next >= count) {
          thread.off('message', send);
          return resolve();
        }
        const first = next;
        next = Math.min(count, next + grain);
        thread.postMessage({ kernel, memory, first, end: next });
      };
      thread.on('message', send);
      send();
    })));
  }

  stop() {
    return Promise.all(this.workers.map((thread) => thread.terminate()));
  }
}

/**
 * Prints the best time of each way, which run in turns so that what else the machine does meets
 * all, and how many times the first way's speed it is.
 */
async function table(title, count, unit, ways) {
  const best = new Map();
  for (let round = 0; round < 8; round++) {
    for (const [name, run, calls = count] of ways) {
      const begin = process.hrtime.bigint();
      await run();
      const time = Number(process.hrtime.bigint() - begin) / calls;
      best.set(name, Math.min(time, best.get(name) ?? Infinity));
    }
  }
  console.log(`\n${title}`);
  const [base] = best.values();
  for (const [name, time] of best) {
    const shown = unit === 'ns' ? time.toFixed(0) : (time * count / 1e6).toFixed(1);
    console.log(`  ${name.padEnd(44)}${shown.padStart(9)} ${unit}${
      (base / time).toPrecision(3).padStart(9)}x`);
  }
}

const shared = (array, count) =>
  new array(new SharedArrayBuffer(count * array.BYTES_PER_ELEMENT));

async function checksums(pool, threads, NativeFunction, count) {
  const data = shared(Uint8Array, count * MB);
  for (let i = 0; i < count; i++) data.fill(i * 7 + 1, i * MB, (i + 1) * MB);
  const buffers = Array.from({ length: count }, (_, i) => data.subarray(i * MB, (i + 1) * MB));

  const crc32 = new NativeFunction(null, 'crc32', 'ulong(ulong, pointer, uint)');
  const rows = buffers.map((buffer) => [0, buffer, MB]);
  let memory = { data, output: shared(Uint32Array, count) };
  kernels.crc32(memory, 0, count);
  const expected = BigUint64Array.from(memory.output, BigInt);
  await table(`crc32 of ${count} buffers of 1 MB`, count, 'ms', [
    ['one thread', () => kernels.crc32(memory, 0, count)],
    ['worker_threads, a message a buffer', () => threads.run('crc32', memory, count, 1)],
    ['worker_threads, an even share each',
      () => threads.run('crc32', memory, count, Math.ceil(count / WORKERS))],
    ['tpool.js, starmap', async () => assert.deepEqual(await pool.starmap(crc32, rows), expected)],
  ]);

  const sha256 = new NativeFunction(null, 'SHA256', 'pointer(pointer, size, pointer)');
  memory = { data, output: shared(Uint8Array, count * 32) };
  kernels.sha256(memory, 0, count);
  const digests = new Uint8Array(count * 32);
  const hashed = buffers.map((buffer, i) => [buffer, MB, digests.subarray(i * 32, (i + 1) * 32)]);
  await table(`SHA-256 of ${count} buffers of 1 MB`, count, 'ms', [
    ['one thread', () => kernels.sha256(memory, 0, count)],
    ['worker_threads, a message a buffer', () => threads.run('sha256', memory, count, 1)],
    ['worker_threads, an even share each',
      () => threads.run('sha256', memory, count, Math.ceil(count / WORKERS))],
    ['tpool.js, starmap', () => pool.starmap(sha256, hashed)],
  ]);
  assert.deepEqual(digests, Uint8Array.from(memory.output));
}

async function smallCalls(pool, threads, NativeFunction) {
  const count = 1e6;
  const few = 1e5;  // of what takes microseconds each
  const memory = { data: shared(Float64Array, 2 * count), output: shared(Float64Array, count) };
  for (let i = 0; i < count; i++) memory.data.set([1 + i / count, i % 7], 2 * i);
  const rows = Array.from({ length: count }, (_, i) => [1 + i / count, i % 7]);
  const call = new NativeFunction('libm.so.6', 'pow', 'double(double, double)');
  kernels.pow(memory, 0, count);
  const expected = Float64Array.from(memory.output);
  await table('a million calls of pow, each', count, 'ns', [
    ['one thread, koffi', () => kernels.pow(memory, 0, count)],
    ['worker_threads, an even share each',
      () => threads.run('pow', memory, count, Math.ceil(count / WORKERS))],
    ['worker_threads, a message a call', () => threads.run('pow', memory, few, 1), few],
    ['tpool.js, starmap of a Float64Array',
      async () => assert.equal((await pool.starmap(call, memory.data)).length, count)],
    ['tpool.js, starmap of arrays', () => pool.starmap(call, rows)],
    ['tpool.js, apply of each',
      () => Promise.all(rows.slice(0, few).map((row) => pool.apply(call, row))), few],
  ]);
  assert.deepEqual(await pool.starmap(call, memory.data), expected);
}

async function main() {
  const { NativeFunction, Pool, version } = require('./tpool.js');
  console.log(`libtpool ${version}, Node.js ${process.versions.node}, ${WORKERS} workers; ` +
    'best of 8');
  const pool = new Pool({ workers: WORKERS });
  const threads = new Threads();
  await checksums(pool, threads, NativeFunction, Number(process.argv[2] ?? 1000));
  await smallCalls(pool, threads, NativeFunction);
  await threads.stop();
  pool.close();
  await pool.join();
}

if (isMainThread) main();
else worker();
