// SPDX-License-Identifier: MIT
// The pool's hook for failures that nobody looked at.
#include "support/test.hpp"

using namespace support;

namespace {

// Notes what the hook was told.
struct Notes {
  tp_pool_options_t options(std::size_t workers) {
    tp_pool_options_t options = pool_options(workers);
    options.arg = this;
    options.unobserved = [](void* arg, const tp_error_t* error) {
      auto* self = static_cast<Notes*>(arg);
      self->status = tp_error_status(error);
      self->code = tp_error_code(error);
      ++self->calls;
    };
    return options;
  }

  std::atomic<int> calls{0}, status{0}, code{0};
};

struct Failing : Task<void, void> {
  Failing() : Task([](const void*, void*) { return 13; }) {}
};

}  // namespace

TEST_CASE("A failed fire-and-forget job is reported once") {
  Notes notes;
  Failing task;
  Pool pool(notes.options(worker_counts()));
  forget(pool, task);
  pool.finish();
  CHECK(notes.calls == 1);
  CHECK(notes.status == TP_ETASK);
  CHECK(notes.code == 13);
}

TEST_CASE("A failed job whose result was released unseen is reported once") {
  Notes notes;
  Failing task;
  Pool pool(notes.options(2));
  Result result = map_async(pool, task, nullptr, 10);
  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(notes.calls == 0);
  result.release();
  pool.finish();
  CHECK(notes.calls == 1);
}

TEST_CASE("A failure that someone looked at is not reported") {
  Notes notes;
  Failing task;
  Job job;
  Pool pool(notes.options(2));
  Result result;
  SECTION("get") {
    REQUIRE(tp_pool_apply_async(pool, &task, nullptr, nullptr, result.out()) == TP_OK);
    CHECK(result.get() == TP_ETASK);
  }
  SECTION("error callback") {
    job.listen();
    REQUIRE(tp_pool_apply_async(pool, &task, nullptr, &job, result.out()) == TP_OK);
  }
  SECTION("blocking call") { CHECK(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_ETASK); }
  pool.finish();
  result.release();
  CHECK(notes.calls == 0);
}

TEST_CASE("Success, cancelled and terminated jobs are not reported") {
  Notes notes;
  Step good([] {});
  Failing bad;
  Pool pool(notes.options(1));
  forget(pool, good);
  Busy busy(pool, 1);
  Result result = apply_async(pool, bad);
  CHECK(tp_result_cancel(result) == TP_OK);
  result.release();
  forget(pool, bad);
  CHECK(tp_pool_terminate(pool) == TP_OK);
  busy.end();
  CHECK(tp_pool_join(pool, kLong) == TP_OK);
  CHECK(notes.calls == 0);
}
