// SPDX-License-Identifier: MIT
// The worker threads of program.js: what they run for its pool.
'use strict';

const { serve, stopRequested, workerIndex } = require('tpool');
const { threadId, workerData } = require('node:worker_threads');

if (workerData.data === 'broken') throw new Error('no such model');

const meeting = workerData.data;  // a counter that all threads share

serve({
  square: (x) => x * x,
  sum: (numbers) => numbers.reduce((total, x) => total + x, 0),
  doubled: (numbers) => numbers.map((x) => 2 * x),
  refuse: (x) => { throw new RangeError(`${x} is out of range`); },
  // Returns when its caller has given up.
  linger: () => { while (!stopRequested()); },
  // Returns once two calls are in here at the same time, so only where two threads serve.
  meet: () => {
    Atomics.add(meeting, 0, 1);
    Atomics.notify(meeting, 0);
    while (Atomics.load(meeting, 0) < 2) Atomics.wait(meeting, 0, 1, 10000);
    return { worker: workerIndex(), thread: threadId };
  },
});
