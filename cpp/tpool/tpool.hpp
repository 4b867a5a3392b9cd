// SPDX-License-Identifier: MIT
// Stage 7: the whole C++ layer, Python's ThreadPool over the C contract. C++17.
//
// Rules of all of it
//  1. A class holds one owning pointer (results also know their pool) and moves, never copies;
//     capi() lends the C handle for what is not wrapped. What the C header says of threads,
//     blocking and order holds unchanged.
//  2. A callable is whatever std::invoke takes: functions, lambdas, function objects, member
//     pointers. Blocking calls use it where it lies; others keep a decay copy (std::ref to refer).
//  3. A value is the decay copy of what the callable returns; return std::ref to refer. It may be
//     move-only, over-aligned or without a default constructor.
//  4. A range is whatever a range-for takes. An rvalue is moved into the job, or used where it is by a
//     call that blocks. An lvalue is borrowed by a blocking call and by a stream, whose end waits for
//     what runs; map_async and starmap_async, which may be forgotten, keep a copy (std::ref(range) to
//     borrow). Elements reach the callable as lvalues, or as rvalues when the job owns them and the
//     callable takes them so.
//  5. An exception of a task, source or callback is the very one that get() or next() throws, each
//     time. Everything else that fails is a tp::Error.
//  6. A refused call throws and has done nothing. What it was given as an rvalue is as it was: it is
//     moved when the job is accepted, or moved back, unless that may throw. Not so what was given by
//     value (options, callbacks), and a range that can be gone through only once.
//
// Not included here, but each for itself: when.hpp (when_all, when_any), as_completed.hpp,
// keep_errors.hpp, progress.hpp; executor.hpp, asio.hpp; with C++20 stop_token.hpp.
#ifndef TPOOL_TPOOL_HPP
#define TPOOL_TPOOL_HPP

#include "coroutine.hpp"
#include "error.hpp"
#include "future.hpp"
#include "imap.hpp"
#include "options.hpp"
#include "pool.hpp"
#include "result.hpp"
#include "task.hpp"

#endif
