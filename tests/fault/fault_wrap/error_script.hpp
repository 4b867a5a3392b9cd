// SPDX-License-Identifier: MIT
// A script of calls about tasks, sources and callbacks that fail and say why.
#pragma once

#include "fault/fault_wrap/answers.hpp"

namespace failing {

using support::Job;
using support::kLong;
using support::Result;
using support::Source;
using support::Step;
using support::Task;

// Where memory fails an error keeps its status, and loses what was said about it.
class ErrorScript : public Answers {
 public:
  ErrorScript() {
    telling_.listen([this](tp_result_t* result) {
      expect(tp_error_status(tp_result_error(result)) == TP_ETASK, "the error in a callback");
      tell();
    });
  }
  ~ErrorScript() { tp_pool_destroy(pool_); }

  void run() {
    tp_pool_options_t options = support::pool_options(2);
    options.arg = this;
    options.unobserved = [](void* self, const tp_error_t* error) {
      static_cast<ErrorScript*>(self)->expect(tp_error_status(error) == TP_ETASK, "unobserved");
    };
    if (!accepted(tp_pool_create(&options, &pool_), "create")) return;
    break_a_pool();
    fail_calls();
    fail_jobs();
    fail_streams();
    works(tp_pool_wait_idle(pool_, kLong), "wait_idle");
    tp_clear_error();
    expect(tp_last_error() == nullptr, "clear_error");
  }

  // When there is memory again. At the end every payload that the library took is gone.
  void run_on() {
    if (pool_ == nullptr) return;
    expect(tp_pool_apply(pool_, &failing_, nullptr, nullptr) == TP_ETASK, "a task that fails");
    const tp_error_t* const error = tp_last_error();
    expect(tp_error_code(error) == 7 && tp_error_payload(error) == &dropped_ &&
               std::strcmp(tp_error_message(error), "why") == 0,
           "the error when there is memory");
    tp_clear_error();
    tp_pool_destroy(std::exchange(pool_, nullptr));
    expect(taken_ == dropped_, "the payloads");
  }

 private:
  static constexpr std::size_t kItems = 20;

  struct Thrown : std::exception {
    const char* what() const noexcept override { return "why"; }
  };

  // Inside user code: an accepted payload is the library's.
  void tell() {
    const int status = tp_task_set_error("why", &dropped_, support::count_drop);
    taken_ += accepted(status, "set_error");
  }

  int fail() { return tell(), 7; }

  // This thread's last error is that of the call that answered status, with or without the rest. A refusal says more
  // than the status, but where there was no memory for it.
  void expect_last(int status) {
    const tp_error_t* const error = tp_last_error();
    expect(error != nullptr && tp_error_status(error) == status, "last_error");
    const char* const message = tp_error_message(error);
    const char* const own = status == TP_EINVAL ? "task is NULL; this call needs one" : "why";
    expect(std::strcmp(message, own) == 0 || std::strcmp(message, tp_strerror(status)) == 0,
           "the message");
    void* const payload = tp_error_payload(error);
    expect(payload == nullptr || payload == &dropped_, "the payload");
    const int code = tp_error_code(error);
    expect(code == 7 || code == 0, "the code");
    expect(tp_error_index(error) < kItems, "the index");
  }

  // A job of which something fails, unless it is refused.
  bool failed(int status, const char* what) {
    expect(status == TP_ETASK || status == TP_ENOMEM, what);
    return status == TP_ETASK;
  }

  void fail_calls() {
    int status = tp_pool_apply(pool_, &failing_, nullptr, nullptr);
    failed(status, "apply of a task that fails");
    expect_last(status);
    status = tp_pool_apply(pool_, &throwing_, nullptr, nullptr);
    failed(status, "apply of a task that throws");
    expect_last(status);
    status = tp_pool_map(pool_, &failing_item_, items_.data(), values_.data(), kItems, nullptr);
    if (failed(status, "map of items that fail")) expect_last(status);
    const int refused = tp_pool_apply(pool_, nullptr, nullptr, nullptr);
    expect(refused == TP_EINVAL, "a refused call");
    expect_last(refused);
  }

  void fail_jobs() {
    Result single, mapped, kept;
    if (accepted(tp_pool_apply_async(pool_, &failing_, nullptr, &telling_, single.out()), "apply"))
      look_at(single);
    if (accepted(tp_pool_map_async(pool_, &failing_item_, items_.data(), kItems, &telling_,
                                   mapped.out()),
                 "map_async"))
      look_at(mapped);
    accepted(tp_pool_apply_async(pool_, &failing_, nullptr, nullptr, nullptr), "forgotten");
    keeping_.flags = TP_JOB_KEEP_ERRORS;
    if (accepted(
            tp_pool_map_async(pool_, &failing_item_, items_.data(), kItems, &keeping_, kept.out()),
            "map_async with kept errors"))
      look_at_kept(kept);
  }

  void look_at_kept(tp_result_t* result) {
    works(tp_result_get(result, kLong, nullptr), "get of a map with kept errors");
    expect(tp_result_error(result) == nullptr, "error of a map with kept errors");
    for (std::size_t i = 0; i < kItems; ++i) {
      expect(tp_result_item_status(result, i) == TP_ETASK, "item_status of a kept error");
      expect(tp_error_status(tp_result_item_error(result, i)) == TP_ETASK, "item_error");
    }
  }

  void look_at(tp_result_t* result) {
    expect(tp_result_get(result, kLong, nullptr) == TP_ETASK, "get of a failed job");
    expect(tp_result_successful(result) == 0, "successful");
    const int item =
        tp_result_item_status(result, 0);  // it may be that there was no memory to note it
    expect(item == TP_ETASK || item == TP_ENOMEM, "item_status");
    expect(tp_error_status(tp_result_error(result)) == TP_ETASK, "error");
  }

  void fail_streams() {
    Result items, source;
    if (accepted(
            tp_pool_imap(pool_, &failing_item_, Source<int>::pull, &numbers_, nullptr, items.out()),
            "imap"))
      read(items, static_cast<int>(kItems));
    if (accepted(tp_pool_imap_unordered(pool_, &failing_item_, Source<int>::pull, &failing_source_,
                                        nullptr, source.out()),
                 "imap_unordered"))
      read(source, 1);
  }

  // All that comes are failures. Where memory ends a stream early that is one, too.
  void read(tp_result_t* stream, int most) {
    for (int i = 0; i <= most; ++i) {
      const int status = tp_result_next(stream, kLong, nullptr);
      if (status == TP_END) return expect(i > 0, "a stream that fails");
      failed(status, "next of a failed item");
    }
    expect(tp_result_next(stream, kLong, nullptr) == TP_END, "the end of a stream");
  }

  // An initializer that fails and says why.
  void break_a_pool() {
    tp_pool_options_t options = support::pool_options(1);
    options.arg = this;
    options.initializer = [](void* self) { return static_cast<ErrorScript*>(self)->fail(); };
    tp_pool_t* pool = nullptr;
    if (!accepted(tp_pool_create(&options, &pool), "create of a pool that breaks")) return;
    const int status = tp_pool_apply(pool, &failing_, nullptr, nullptr);
    expect(status == TP_EINIT || status == TP_ENOMEM, "apply in a broken pool");
    tp_pool_destroy(pool);
    tp_clear_error();
  }

  std::atomic<int> dropped_{0};
  std::atomic<int> taken_{0};
  std::array<int, kItems> items_{}, values_{};
  int left_ = kItems;
  Task<void, void> failing_{[this](const void*, void*) { return fail(); }};
  Task<int, int> failing_item_{[this](const int*, int*) { return fail(); }};
  Step throwing_{[] { throw Thrown(); }};
  Source<int> numbers_{[this](int* item) { return *item = 0, left_-- > 0 ? 1 : 0; }};
  Source<int> failing_source_{[this](int*) { return tell(), -1; }};
  Job telling_, keeping_;
  tp_pool_t* pool_ = nullptr;
};

}  // namespace failing
