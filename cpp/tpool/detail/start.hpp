// SPDX-License-Identifier: MIT
// How a map that owns its range, and a stream, are started.
#ifndef TPOOL_DETAIL_START_HPP
#define TPOOL_DETAIL_START_HPP

#include "prologue.hpp"

#include <tpool/submit.h>

#include <type_traits>
#include <utility>

#include "../imap.hpp"
#include "../options.hpp"
#include "../result.hpp"
#include "fit.hpp"
#include "items.hpp"
#include "range_job.hpp"
#include "stage_items.hpp"

namespace tp::v1::detail {

// Starts a map, with the callbacks of how; Values reads its result.
template <template <class> class Values, class F, class Range, class C, class E>
auto start_map(tp_pool_t* pool, F&& f, Range&& range, options<C, E>& how, tp_job_options_t to) {
  if constexpr (fits<OwnedMapFit<std::decay_t<F>, Range>>()) {
    using Job = RangeJob<std::decay_t<F>, OwnedItems<Range>>;
    using Reader = Values<typename Job::Value>;
    auto callbacks = attach_callbacks<Reader>(how, to);
    const auto submit = [&](const tp_task_t& task, auto& items, tp_result_t** result) {
      return tp_pool_map_async(pool, &task, items.data(), items.size(), &to, result);
    };
    tp_result_t* const result =
        start_job<Job>(std::forward<F>(f), std::forward<Range>(range), OwnRange(), submit);
    static_cast<void>(callbacks.release());
    return AsyncResult<typename Reader::Type, Reader>(result, pool);
  }
}

// start: tp_pool_imap or tp_pool_imap_unordered.
template <class F, class Range>
auto start_stream(decltype(tp_pool_imap)* start, tp_pool_t* pool, F&& f, Range&& range,
                  const tp_job_options_t& to) {
  if constexpr (fits<StreamFit<std::decay_t<F>, Range>>()) {
    using Items = StreamedItems<Range>;
    using Job = RangeJob<std::decay_t<F>, Items>;
    using T = typename Job::Value;
    using Stream = std::conditional_t<Items::borrows, BorrowingIterator<T>, ImapIterator<T>>;
    const auto submit = [&](const tp_task_t& task, Items& items, tp_result_t** result) {
      return start(pool, &task, Items::pull, &items, &to, result);
    };
    tp_result_t* const result =
        start_job<Job>(std::forward<F>(f), std::forward<Range>(range), BorrowRange(), submit);
    return Stream(result, pool);
  }
}

}  // namespace tp::v1::detail

#include "epilogue.hpp"

#endif
