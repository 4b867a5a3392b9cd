// SPDX-License-Identifier: MIT
// Handles that were freed or are of another kind. What the library can see, it tells: with
// assertions it ends the process with a message, without it refuses the call.
#include <fcntl.h>

#include "support/test.hpp"

// Memory that was freed, or has another type, is what a sanitizer tells of first.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

using namespace support;

namespace {

// What a child writes to its standard error, and how it ends: a signal is 128 and its number.
struct Ending {
  int code;
  std::string said;
};

template <class Call>
Ending ending_of(Call call) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const int code = in_child([&]() -> int {
    dup2(ends[1], STDERR_FILENO);
    std::signal(SIGABRT, [](int) { _exit(128 + SIGABRT); });
    return call() == TP_EINVAL ? 0 : 1;
  });
  close(ends[1]);
  char text[200];
  const ssize_t length = read(ends[0], text, sizeof text);
  close(ends[0]);
  return {code, std::string(text, length > 0 ? static_cast<std::size_t>(length) : 0)};
}

template <class Call>
void check_seen(Call call) {
  const Ending ending = ending_of(call);
#ifdef NDEBUG
  CHECK(ending.code == 0);
  CHECK(ending.said == "");
#else
  CHECK(ending.code == 128 + SIGABRT);
  CHECK(ending.said ==
        "libtpool: this handle was freed, or is not of the kind that the call takes\n");
#endif
}

// Memory that is no object.
template <class Handle>
Handle* zeroes() {
  static char page[4096];
  return reinterpret_cast<Handle*>(page);
}

}  // namespace

TEST_CASE("A handle to zeroed memory is seen in every kind of call") {
  check_seen([] { return tp_pool_close(zeroes<tp_pool_t>()); });
  check_seen([] { return tp_pool_for(zeroes<tp_pool_t>(), nullptr, nullptr, 0, nullptr); });
  check_seen([] { return tp_result_wait(zeroes<tp_result_t>(), 0); });
  check_seen([] { return tp_pool_destroy(zeroes<tp_pool_t>()), TP_EINVAL; });
  check_seen([] { return tp_result_release(zeroes<tp_result_t>()), TP_EINVAL; });
#ifdef TPOOL_FFI
  check_seen([] { return tp_call_release(zeroes<tp_call_t>()), TP_EINVAL; });
#endif
}

TEST_CASE("A result for a pool and a pool for a result are seen") {
  Step step([] {});
  Pool pool(1);
  Result result = apply_async(pool, step);
  REQUIRE(result.get() == TP_OK);
  tp_result_t* const no_result = reinterpret_cast<tp_result_t*>(static_cast<tp_pool_t*>(pool));
  tp_pool_t* const no_pool = reinterpret_cast<tp_pool_t*>(static_cast<tp_result_t*>(result));
  check_seen([&] { return tp_result_ready(no_result); });
  check_seen([&] { return tp_pool_close(no_pool); });
}

TEST_CASE("A released result is seen while its memory is there") {
  Step step([] {});
  Pool pool(1);
  Result kept = apply_async(pool, step);
  Result result = apply_async(pool, step);
  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
  tp_result_t* const stale = result;
  result.release();
  pool.finish();  // with the worker's own reference
  check_seen([&] { return tp_result_wait(stale, 0); });
  check_seen([&] { return tp_result_release(stale), TP_EINVAL; });
}

#endif
