// SPDX-License-Identifier: MIT
// Native functions, JavaScript in worker threads, streams, errors, timeouts and terminate.
'use strict';

const assert = require('node:assert/strict');
const path = require('node:path');

const { NativeFunction, Pool, TpoolError, version } = require('tpool');

const pow = new NativeFunction('libm.so.6', 'pow', 'double(double, double)');
const crc32 = new NativeFunction('libz.so.1', 'crc32', 'ulong(ulong, pointer, uint)');
const usleep = new NativeFunction(null, 'usleep', 'int(uint)');
const script = path.join(__dirname, 'worker.js');

const fails = (code, message) => (error) => {
  assert(error instanceof TpoolError, error);
  assert.equal(error.code, code);
  assert.match(error.message, message);
  return true;
};

async function nativeFunctions(pool) {
  assert.equal(await pool.apply(pow, [2, 10]), 1024);

  const pairs = Array.from({ length: 10000 }, (_, i) => [i / 7, i % 5]);
  const powers = await pool.starmap(pow, pairs);
  pairs.forEach(([x, y], i) => assert(Math.abs(powers[i] - x ** y) <= 1e-12 * x ** y));
  assert.deepEqual(await pool.starmap(pow, Float64Array.from(pairs.flat())), powers);

  // Byte by byte and from scratch, so that nothing of zlib checks itself.
  const table = Uint32Array.from({ length: 256 }, (_, n) => {
    for (let bit = 0; bit < 8; bit++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
    return n;
  });
  const serial = (data) => BigInt(
    (data.reduce((crc, byte) => table[(crc ^ byte) & 255] ^ (crc >>> 8), -1) ^ -1) >>> 0);
  const buffers = Array.from({ length: 500 }, (_, i) => Buffer.alloc(1000 + i, `buffer ${i} `));
  const sums = await pool.starmap(crc32, buffers.map((data) => [0, data, data.length]));
  buffers.forEach((data, i) => assert.equal(sums[i], serial(data)));
  console.log('starmap: pow of 10000 pairs, crc32 of 500 buffers, as one by one');
}

async function streams(pool) {
  async function* pairs(count) {
    for (let i = 0; i < count; i++) yield [i, 2];
  }
  let next = 0;
  for await (const square of pool.imap(pow, pairs(1000), { chunksize: 7 })) {
    assert.equal(square, next ** 2);
    next++;
  }
  assert.equal(next, 1000);

  let total = 0;
  for await (const square of pool.imapUnordered(pow, pairs(100))) total += square;
  assert.equal(total, 328350);

  // A value comes as soon as it is there, though the source has nothing more to give.
  let asked = 0;
  const reluctant = { async* [Symbol.asyncIterator]() {
    yield [3, 2];
    asked++;
    await new Promise(() => {});
  } };
  for await (const square of pool.imap(pow, reluctant)) {
    assert.equal(square, 9);
    break;
  }
  assert.equal(asked, 1);

  let pulled = 0;
  function* endless() {
    for (;;) yield [pulled++, 2];
  }
  for await (const square of pool.imap(pow, endless(), { buffersize: 8 })) {
    if (square === 100) break;
  }
  assert(pulled <= 10 + 8 + 1, `${pulled} pulled`);

  const broken = (function* () {
    yield [2, 2];
    throw new Error('disk on fire');
  })();
  const got = [];
  await assert.rejects(async () => {
    for await (const square of pool.imap(pow, broken)) got.push(square);
  }, /disk on fire/);
  assert.deepEqual(got, [4]);
  console.log('imap: in order, unordered, within its window, past a source that fails');
}

async function errors(pool) {
  assert.throws(() => new NativeFunction('libm.so.6', 'pow', 'double(dubble, double)'),
    fails('TP_EINVAL', /column 8.*dubble/));
  assert.throws(() => new Pool({ workers: 5000 }), fails('TP_EINVAL', /Invalid argument/));
  await assert.rejects(pool.apply(pow, [2]), /takes 2 arguments/);
  await assert.rejects(pool.join(), fails('TP_ERUNNING', /still running/));

  const signal = AbortSignal.timeout(20);
  const naps = Array.from({ length: 100 }, () => [10000]);
  const napping = naps.slice(0, 20).map((nap) => pool.apply(usleep, nap, { signal }));
  await assert.rejects(pool.starmap(usleep, naps, { signal, chunksize: 1 }),
    { name: 'TimeoutError' });
  for (const nap of await Promise.allSettled(napping)) {
    assert(nap.status === 'fulfilled' || nap.reason.name === 'TimeoutError');
  }
  await assert.rejects(pool.apply(pow, [2, 2], { signal }), { name: 'TimeoutError' });
  console.log('errors: a signature, an argument, too early a join, a timeout');
}

async function ends() {
  const pool = new Pool({ workers: 1 });
  const running = pool.apply(usleep, [20000]);
  const waiting = Array.from({ length: 50 }, () => pool.apply(usleep, [1000000]));
  pool.terminate();
  await Promise.all(waiting.map((promise) =>
    assert.rejects(promise, fails('TP_ETERMINATED', /terminated/))));
  assert(pool.stats.cancelled >= 50);
  await Promise.allSettled([running]);
  await pool.join();
  await assert.rejects(pool.apply(pow, [2, 2]), fails('TP_ECLOSED', /not running/));

  const closed = new Pool({ workers: 2 });
  const accepted = closed.starmap(pow, [[2, 2], [3, 2]]);
  closed.close();
  await assert.rejects(closed.apply(pow, [2, 2]), fails('TP_ECLOSED', /not running/));
  await closed.join();
  assert.deepEqual(await accepted, Float64Array.of(4, 9));
  console.log('terminate ends what waits, close runs what was accepted');
}

async function workerThreads() {
  const meeting = new Int32Array(new SharedArrayBuffer(4));
  const pool = new Pool({ workers: 2, serve: script, data: meeting });
  const [one, two] = await Promise.all([pool.apply('meet'), pool.apply('meet')]);
  assert.deepEqual([one.worker, two.worker].sort(), [0, 1]);
  assert.notEqual(one.thread, two.thread);

  const numbers = Array.from({ length: 1000 }, (_, i) => i);
  assert.deepEqual(await pool.map('square', numbers), numbers.map((x) => x * x));
  assert.equal(await pool.apply('sum', [numbers]), 499500);
  const doubled = await pool.apply('doubled', [Float64Array.of(1, 2, 3)]);
  assert.deepEqual(doubled, Float64Array.of(2, 4, 6));
  const squares = [];
  for await (const x of pool.imap('square', numbers.map((x) => [x]))) squares.push(x);
  assert.deepEqual(squares, numbers.map((x) => x * x));
  assert.equal(await pool.apply(pow, [2, 10]), 1024);

  await assert.rejects(pool.map('refuse', [7]), fails('TP_ETASK', /7 is out of range/));
  const signal = AbortSignal.timeout(20);
  await assert.rejects(pool.apply('linger', [], { signal }), { name: 'TimeoutError' });
  await assert.rejects(pool.apply('missing'), fails('TP_ETASK', /missing is not served/));
  pool.close();
  await pool.join();

  const broken = new Pool({ workers: 2, serve: script, data: 'broken' });
  await assert.rejects(broken.apply('square', [2]), fails('TP_ETERMINATED', /terminated/));
  await assert.rejects(broken.join(), /no such model/);
  console.log('worker threads: two at once, values of all kinds, errors with their messages');
}

async function main() {
  console.log(`libtpool ${version}, Node.js ${process.versions.node}, koffi ${
    require('koffi').version}`);
  assert.match(version, /^\d+\.\d+\.\d+$/);
  const pool = new Pool({ workers: 2 });
  await nativeFunctions(pool);
  await streams(pool);
  await errors(pool);
  await ends();
  await workerThreads();
  console.log('ok');  // the open pool does not keep the process
}

main();
