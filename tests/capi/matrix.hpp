// SPDX-License-Identifier: MIT
// What the matrix tests share: a pool in a given state, objects to call with, and calls to judge.
#pragma once

#include "support/call.hpp"
#include "support/test.hpp"

namespace matrix {

// What a call is made with. Its hooks count, so that a refused call can be seen to have run none.
class Env {
 public:
  Env() {
    task.ctx = this;
    task.item_drop = [](void*) { ++hooks(); };
    task.value_drop = [](void*) { ++hooks(); };
    task.ctx_drop = [](void*) { ++hooks(); };
  }

  // Ends a map of one item and a stream of one item in the pool, for the calls that take a result.
  void prepare(tp_pool_t* in) {
    pool = in;
    tp_task_t plain = TP_TASK(run, nullptr, int, int);
    REQUIRE(tp_pool_map_async(pool, &plain, &item, 1, nullptr, map.out()) == TP_OK);
    REQUIRE(tp_pool_imap(pool, &plain, one, &pulled, nullptr, stream.out()) == TP_OK);
    REQUIRE(map.wait() == TP_OK);
    REQUIRE(stream.wait() == TP_OK);
    tp_result_t* const results[] = {map, stream};
    REQUIRE(tp_as_completed(results, 2, &completed) == TP_OK);
    REQUIRE(tp_group_create(in, nullptr, &group) == TP_OK);
  }
  ~Env() {
    tp_completed_release(completed);
    tp_group_release(group);
  }

  // A group of another pool than that of the calls; a serial queue, and its pool.
  tp_group_t* foreign() const { return other_.serial; }
  tp_group_t* serial() const { return other_.serial; }
  tp_pool_t* serial_pool() const { return other_.pool; }

  // tp_as_completed, which has to leave NULL when it is refused.
  int watch(tp_result_t* const* results, std::size_t n) {
    tp_completed_t* made = completed;
    const int status = tp_as_completed(results, n, &made);
    if (status == TP_OK)
      tp_completed_release(made);
    else if (made != nullptr)
      return TP_OK;
    return status;
  }

  int wait_any(std::vector<tp_result_t*> results, double timeout, std::size_t* index) {
    return tp_wait_any(results.data(), results.size(), timeout, index);
  }
  int wait_all(std::vector<tp_result_t*> results, double timeout) {
    return tp_wait_all(results.data(), results.size(), timeout);
  }

  // Where a refused submit has to put NULL.
  tp_result_t** out() { return handle = map, &handle; }

  static std::atomic<int>& hooks() {
    static std::atomic<int> count{0};
    return count;
  }

  static int run(void*, const void* item, void* value) {
    return *static_cast<int*>(value) = *static_cast<const int*>(item), 0;
  }
  static int one(void* pulled, void* item) {
    *static_cast<int*>(item) = 0;
    return (*static_cast<int*>(pulled))++ == 0 ? 1 : 0;
  }
  static int nothing(void*, void*) { return 0; }
  static int twice(int x) { return 2 * x; }
  static int loop(void*, std::size_t, std::size_t) { return 0; }
  static int add(void*, std::size_t, std::size_t, void*) { return 0; }
  static int combine(void*, void*, void*) { return 0; }
  static void called(void*, tp_result_t*) { ++hooks(); }

  tp_pool_t* pool = nullptr;
  support::Result map, stream;
  tp_result_t* handle = nullptr;
  tp_completed_t* completed = nullptr;
  tp_group_t* group = nullptr;
#ifdef TPOOL_FFI
  support::TypedCall call{twice, "int(int)"};
#endif
  tp_task_t task = TP_TASK(run, nullptr, int, int);
  int item = 11, value = 22, pulled = 0, source = 0;
  std::size_t size = 33;

 private:
  struct Other {
    support::Pool pool{1};
    support::Group serial{pool, support::GroupOptions().running(1)};
  } other_;
};

// A call as a function of an Env, e.
#define CALL(...) [=]([[maybe_unused]] Env& e) { return __VA_ARGS__; }

// A call, and whether it is one of those that set tp_last_error for each failure, not only for a refusal.
struct Call {
  std::string name;
  std::function<int(Env&)> run;
  bool notes_error = false;
};

// What a call did. Made where the call is made, judged on the thread of the test.
struct Outcome {
  std::string name;
  int status = 0;
  bool handle_is_null = true;  // or was not asked for
  bool error_is_noted = true;  // tp_last_error says the status, or nothing, as it should
  std::string sentence;        // its message
  bool env_is_unchanged = true;
};

// Whether a call of every kind says in tp_last_error what it was not content with.
inline bool is_refusal(int status) {
  return status == TP_EINVAL || status == TP_EOVERFLOW || status == TP_ENOTSUP ||
         status == TP_EFORKED;
}

inline Outcome observe(Env& env, const Call& call) {
  tp_clear_error();
  env.handle = nullptr;
  Outcome outcome;
  outcome.name = call.name;
  const int hooks = Env::hooks();
  outcome.status = call.run(env);
  const tp_error_t* error = tp_last_error();
  const int noted = error == nullptr ? TP_OK : tp_error_status(error);
  outcome.handle_is_null = env.handle == nullptr;
  const bool notes = call.notes_error || is_refusal(outcome.status);
  outcome.error_is_noted = noted == (notes && outcome.status < 0 ? outcome.status : 0);
  if (error != nullptr) outcome.sentence = tp_error_message(error);
  outcome.env_is_unchanged = Env::hooks() == hooks && env.item == 11 && env.value == 22 &&
                             env.size == 33 && env.source == 0;
  return outcome;
}

// A pool of two workers that is brought into a state after some jobs have run in it.
enum State { kRunning, kClosed, kTerminated, kJoined, kBroken, kStates };

class StatePool {
 public:
  explicit StatePool(State state) : state_(state), pool_(options()) {
    env.prepare(pool_);
    if (state == kClosed || state == kJoined) REQUIRE(tp_pool_close(pool_) == TP_OK);
    if (state == kTerminated) REQUIRE(tp_pool_terminate(pool_) == TP_OK);
    if (state == kJoined) REQUIRE(tp_pool_join(pool_, support::kLong) == TP_OK);
    if (state == kBroken) {
      break_.open();
      support::await("the pool to break", [&] { return stats().state == 4; });
    }
  }

  tp_pool_stats_t stats() const { return support::stats_of(pool_); }

  Env env;

 private:
  // To be broken later, the pool has one good worker first.
  tp_pool_options_t options() {
    tp_pool_options_t options = support::pool_options(2);
    options.arg = this;
    options.initializer = [](void* arg) {
      auto* self = static_cast<StatePool*>(arg);
      if (self->state_ != kBroken || self->calls_++ == 0) return 0;
      self->break_.wait();
      return 1;
    };
    return options;
  }

  State state_;
  support::Gate break_;
  std::atomic<int> calls_{0};
  support::Pool pool_;
};

}  // namespace matrix
