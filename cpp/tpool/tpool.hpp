// SPDX-License-Identifier: MIT
// The whole C++ layer, Python's ThreadPool over the C contract. C++17.
//
// Its rules:
//  1. A class holds one owning pointer (a result also knows its pool); it can be moved but not
//     copied. capi() lends the C handle, for functions that have no wrapper. What the C headers say
//     of threads, blocking and order holds here too.
//  2. A callable is whatever std::invoke takes: a function, function object or member pointer. A
//     blocking call uses it where it is; other calls keep a decay copy (std::ref to refer).
//  3. A value is the decay copy of what the callable returns (return std::ref to refer). It may be
//     move-only, over-aligned or without a default constructor.
//  4. A range is whatever a range-for takes. A blocking call uses it where it is. Other calls move
//     an rvalue in. A stream borrows an lvalue, because its end waits for what runs. map_async and
//     starmap_async copy an lvalue (std::ref(range) to borrow), because a program may ignore their
//     results. The callable gets lvalues; rvalues if the job owns the elements and it takes those.
//  5. get() and next() throw the very exception object that a task, source or callback threw, each
//     time. Every other failure is a tp::Error.
//  6. A refused call throws and has had no effect. An rvalue that it was given is as before: it is
//     moved when the job is accepted, or moved back, unless moving back may throw. This does not
//     hold for arguments by value (options, callbacks), nor for a range that allows only one pass.
//  7. Everything is there since version 1.0 where a comment names no other. tp::v1 is an inline
//     namespace: write tp::ThreadPool.
//
// Headers to include on their own: when.hpp (when_all, when_any), as_completed.hpp,
// keep_errors.hpp, progress.hpp, executor.hpp and asio.hpp; with C++20 stop_token.hpp.
#ifndef TPOOL_TPOOL_HPP
#define TPOOL_TPOOL_HPP

#include "coroutine.hpp"
#include "error.hpp"
#include "future.hpp"
#include "group.hpp"
#include "imap.hpp"
#include "invoke.hpp"
#include "options.hpp"
#include "per_worker.hpp"
#include "pool.hpp"
#include "result.hpp"
#include "task.hpp"

#endif
