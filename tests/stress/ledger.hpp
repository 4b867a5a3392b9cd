// SPDX-License-Identifier: MIT
// Jobs whose every item, value, context and callback is counted, from submit to drop.
#pragma once

#include "support/test.hpp"

namespace stress {

using support::Tracked;

// The books of some jobs. Declare it before the pool.
struct Ledger {
  support::Live items;
  support::Live values;
  std::atomic<long> contexts{0};   // of jobs that are not over
  std::atomic<long> callbacks{0};  // that are due
  std::atomic<long> ran{0};        // calls of the task
  std::atomic<long> succeeded{0};  // callbacks of the one kind
  std::atomic<long> failed{0};     // and of the other

  bool balanced() const {
    return items.made == items.dropped && values.made == values.dropped && contexts == 0 &&
           callbacks == 0;
  }

  // Doubles the number of a Tracked item.
  tp_task_t task() {
    tp_task_t task = TP_TASK(run, this, Tracked, Tracked);
    task.item_move = task.value_move = Tracked::move;
    task.item_drop = task.value_drop = Tracked::drop;
    task.ctx_drop = [](void* self) { static_cast<Ledger*>(self)->contexts--; };
    return task;
  }

  // Options with both callbacks.
  support::Job& listen(support::Job& job) {
    job.user = this;
    job.callback = [](void* self, tp_result_t*) { static_cast<Ledger*>(self)->called(true); };
    job.error_callback = [](void* self, tp_result_t*) {
      static_cast<Ledger*>(self)->called(false);
    };
    return job;
  }

  // To be called before each submit of task(); gives back what a refused one does not take.
  void book(const tp_job_options_t* options) { book(options, 1); }
  void refused(const tp_job_options_t* options) { book(options, -1); }

 private:
  void book(const tp_job_options_t* options, long sign) {
    contexts += sign;
    if (options != nullptr && options->callback != nullptr) callbacks += sign;
  }

  void called(bool success) {
    (success ? succeeded : failed)++;
    callbacks--;
  }

  static int run(void* self, const void* item, void* value) {
    auto* ledger = static_cast<Ledger*>(self);
    auto* tracked = static_cast<const Tracked*>(item);
    if (!tracked->alive()) ledger->items.wrong++;
    ledger->ran++;
    Tracked::make(value, ledger->values, tracked->number * 2);
    return 0;
  }
};

// apply_async of the ledger's task on one new item.
inline int submit_one(tp_pool_t* pool, Ledger& ledger, const tp_job_options_t* options,
                      tp_result_t** result) {
  const tp_task_t task = ledger.task();
  Tracked item;
  Tracked::make(&item, ledger.items, 1);
  ledger.book(options);
  const int status = tp_pool_apply_async(pool, &task, &item, options, result);
  if (status != TP_OK) {
    ledger.refused(options);
    Tracked::drop(&item);
  }
  return status;
}

// A source of n items of the ledger.
struct Items : support::Source<Tracked> {
  Items(Ledger& ledger, int n)
      : Source([this, &ledger, n](Tracked* item) {
          if (pulled == n) return 0;
          Tracked::make(item, ledger.items, pulled++);
          return 1;
        }) {}

  int pulled = 0;
};

}  // namespace stress
