// SPDX-License-Identifier: MIT
// Stage 4: a job that the program ends by itself; from submit/future and capi/future, to result/job.
#pragma once

#include <atomic>
#include <cstddef>

#include "base/handle_tag.h"
#include "result/job.h"
#include "tpool/future.h"

namespace tp::core {

class PromiseJob;

/// The handle of a promise. It has a reference of its job, and is a member of it.
struct Promise {
  explicit Promise(PromiseJob& of) noexcept : job(of) {}

  HandleTag tag{HandleTag::promise};
  PromiseJob& job;

  const HandleTag& handle_tag() const noexcept { return tag; }
};

/// A result that is set or failed once. It counts as running until then.
class PromiseJob final : public Job {
 public:
  static constexpr bool kCanOpen = false;

  /// nullptr without memory.
  static PromiseJob* make(PoolContext& pool, const tp_task_t& shape) noexcept;
  /// The pool has accepted the job.
  void begin() noexcept { pool().set_promised(true); }
  /// Frees a job that was not admitted. No hook runs.
  void discard() noexcept { destroy(); }

  /// TP_OK; TP_EINVAL when it was set before, TP_ECANCELED when it was cut. TP_ETASK when value_move has thrown: then
  /// error says more, with a reference.
  int set(const void* value, Error*& error);
  /// The same for a failure. TP_ENOMEM.
  int fail(int code, const char* message, void* payload, void (*payload_drop)(void*));
  /// The promise is gone, with its reference: if nobody has set it, the job fails.
  void release();

  Promise& promise() noexcept { return promise_; }
  bool has_value() const noexcept { return value_size_ != 0; }

  void run() override { unref(); }
  void cut(int status) override;
  void progress(std::size_t& done, std::size_t& total) const noexcept override {
    done = remaining() ? 0 : 1;
    total = 1;
  }
  int item_status(std::size_t index) const noexcept override {
    return index == 0 ? outcome() : TP_EINVAL;
  }
  void* values() noexcept override { return value_size_ ? value_ : nullptr; }

 protected:
  void drop_outputs() override {
    if (is_made_) call_hook(value_drop_, value_);
  }
  void drop_ctx() override { call_hook(ctx_drop_, ctx_); }
  void destroy() noexcept override;

 private:
  enum class Phase : unsigned char { open, moving, kept, cut };

  PromiseJob(PoolContext& pool, const tp_task_t& shape, void* value) noexcept;
  ~PromiseJob() override = default;
  int begin_set(Phase next) noexcept;
  int move_in(const void* value, Error*& error);
  void open_again();
  void end(Counters::Counter Counters::*counter);

  Extras own_extras_;
  Promise promise_{*this};
  std::atomic<Phase> phase_{Phase::open};
  bool is_made_ = false;  // value_ holds a value
  const std::size_t value_size_;
  void* const value_;
  void* const ctx_;
  void (*const value_move_)(void*, void*);
  void (*const value_drop_)(void*);
  void (*const ctx_drop_)(void*);
};

/// The handle of the C ABI is the promise's address.
inline tp_promise_t* to_handle(Promise* promise) noexcept {
  return reinterpret_cast<tp_promise_t*>(promise);
}
inline Promise* to_promise(const tp_promise_t* handle) noexcept {
  return reinterpret_cast<Promise*>(const_cast<tp_promise_t*>(handle));
}

}  // namespace tp::core
