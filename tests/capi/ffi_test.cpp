// SPDX-License-Identifier: MIT
// Typed calls: what makes one, what it tells, and who may use it when.
#include "support/call.hpp"
#include "support/test.hpp"

using namespace support;

#ifdef TPOOL_FFI

static double half(double x) { return x / 2; }
static double scale(double x, int power) { return std::ldexp(x, power); }

static int create(NativeFn fn, const char* signature) {
  int any = 0;
  auto* call = reinterpret_cast<tp_call_t*>(&any);
  const int status = tp_call_create(fn, signature, &call);
  CHECK(call == nullptr);
  return status;
}

static std::string last_message() { return tp_error_message(tp_last_error()); }

TEST_CASE("tp_call_create refuses NULL, and says so") {
  tp_call_t* call = nullptr;
  tp_clear_error();
  CHECK(create(nullptr, "double(double)") == TP_EINVAL);
  CHECK(tp_error_status(tp_last_error()) == TP_EINVAL);
  tp_clear_error();
  CHECK(create(native(half), nullptr) == TP_EINVAL);
  CHECK(tp_error_status(tp_last_error()) == TP_EINVAL);
  CHECK(tp_call_create(native(half), "double(double)", nullptr) == TP_EINVAL);
  CHECK(tp_call_create(nullptr, nullptr, nullptr) == TP_EINVAL);
  CHECK(tp_call_create(nullptr, "double(foo)", &call) == TP_EINVAL);
}

TEST_CASE("tp_call_create refuses a bad signature with its column in the last error") {
  struct Row {
    const char *signature, *message;
    int status;
  };
  const Row rows[] = {
      {"", "column 1: expected a type, found the end", TP_EINVAL},
      {"double", "column 7: expected '(', found the end", TP_EINVAL},
      {"double(double", "column 14: expected ',' or ')', found the end", TP_EINVAL},
      {"double double)", "column 8: expected '(', found 'double'", TP_EINVAL},
      {"double(flout)", "column 8: unknown type 'flout'", TP_EINVAL},
      {"double(double) x", "column 16: expected the end, found 'x'", TP_EINVAL},
      {"double(void)", "column 8: void is no argument; a function without any is written with ()",
       TP_EINVAL},
      {"double(struct p)", "column 8: a struct by value is not supported", TP_ENOTSUP},
      {"struct p(double)", "column 1: a struct by value is not supported", TP_ENOTSUP},
      {"int(string, ...)", "column 13: variadic functions are not supported", TP_ENOTSUP},
  };
  for (const Row& row : rows) {
    INFO(row.signature);
    tp_clear_error();
    CHECK(create(native(half), row.signature) == row.status);
    CHECK(tp_error_status(tp_last_error()) == row.status);
    CHECK(last_message() == row.message);
  }
  std::string many = "int(int";
  for (int i = 0; i < 127; ++i) many += ",int";
  CHECK(create(native(half), (many + ")").c_str()) == TP_EINVAL);
  CHECK(last_message() == "column 513: too many arguments");
  tp_clear_error();
}

TEST_CASE("A call that is made leaves the last error alone") {
  CHECK(create(native(half), "double(") == TP_EINVAL);
  const std::string message = last_message();
  const TypedCall call(half, "double(double)");
  CHECK(last_message() == message);
  tp_clear_error();
  const TypedCall other(half, "double(double)");
  CHECK(tp_last_error() == nullptr);
}

TEST_CASE("A call tells the layout of its rows and values") {
  struct Row {
    char a;
    double b;
    short c;
  };
  const TypedCall call(
      +[](char, double, short) { return true; }, "bool(char, double, short)");
  std::size_t row = 0, n = 0, value = 0;
  CHECK(tp_call_row(call, &row, &n, &value) == TP_OK);
  CHECK(row == sizeof(Row));
  CHECK(n == 3);
  CHECK(value == sizeof(bool));
  const std::size_t offsets[] = {offsetof(Row, a), offsetof(Row, b), offsetof(Row, c)};
  const std::size_t sizes[] = {sizeof(char), sizeof(double), sizeof(short)};
  for (std::size_t i = 0; i < 3; ++i) {
    std::size_t offset = 99, size = 99;
    CHECK(tp_call_arg(call, i, &offset, &size) == TP_OK);
    CHECK(offset == offsets[i]);
    CHECK(size == sizes[i]);
  }
}

TEST_CASE("What nobody wants to know may be NULL") {
  const TypedCall call(scale, "double(double, int)");
  std::size_t row = 0, n = 0, value = 0, offset = 0, size = 0;
  CHECK(tp_call_row(call, nullptr, nullptr, nullptr) == TP_OK);
  CHECK(tp_call_row(call, &row, nullptr, nullptr) == TP_OK);
  CHECK(tp_call_row(call, nullptr, &n, nullptr) == TP_OK);
  CHECK(tp_call_row(call, nullptr, nullptr, &value) == TP_OK);
  CHECK(tp_call_arg(call, 1, nullptr, nullptr) == TP_OK);
  CHECK(tp_call_arg(call, 1, &offset, nullptr) == TP_OK);
  CHECK(tp_call_arg(call, 1, nullptr, &size) == TP_OK);
  CHECK(row == 2 * sizeof(double));
  CHECK(n == 2);
  CHECK(value == sizeof(double));
  CHECK(offset == sizeof(double));
  CHECK(size == sizeof(int));
}

TEST_CASE("A refused question leaves what it was given as it was") {
  const TypedCall call(half, "double(double)");
  std::size_t a = 7, b = 7, c = 7;
  CHECK(tp_call_row(nullptr, &a, &b, &c) == TP_EINVAL);
  CHECK(tp_call_arg(nullptr, 0, &a, &b) == TP_EINVAL);
  CHECK(tp_call_arg(call, 1, &a, &b) == TP_EINVAL);
  CHECK(tp_call_arg(call, SIZE_MAX, &a, &b) == TP_EINVAL);
  CHECK(a + b + c == 21);
  tp_task_t task;
  std::memset(&task, 0xee, sizeof task);
  const tp_task_t before = task;
  CHECK(tp_call_task(nullptr, &task) == TP_EINVAL);
  CHECK(tp_call_task(call, nullptr) == TP_EINVAL);
  CHECK(std::memcmp(&task, &before, sizeof task) == 0);
  tp_call_release(nullptr);
}

TEST_CASE("tp_call_task fills the whole task, whatever it held") {
  const TypedCall call(scale, "double(double, int)");
  tp_task_t task;
  std::memset(&task, GENERATE(0x00, 0xee), sizeof task);
  REQUIRE(tp_call_task(call, &task) == TP_OK);
  CHECK(task.size == offsetof(tp_task_t, batch));  // all that a program of version 1.0 has room for
  CHECK(task.item_size == 2 * sizeof(double));
  CHECK(task.value_size == sizeof(double));
  CHECK(task.item_move == nullptr);
  CHECK(task.item_drop == nullptr);
  CHECK(task.value_move == nullptr);
  CHECK(task.value_drop == nullptr);
  CHECK(task.flags == 0);
  const struct {
    double x;
    int power;
  } row{1.5, 4};
  double value = 0;
  Pool pool(1);
  CHECK(tp_pool_apply(pool, &task, &row, &value) == TP_OK);
  CHECK(value == 24);
}

TEST_CASE("A forked child may only release a call, and make its own") {
  const TypedCall call(half, "double(double)");
  tp_task_t task = call.task();
  Pool pool(1);
  const int wrong = in_child([&] {
    tp_task_t out;
    std::size_t n = 0;
    double x = 3, y = 0;
    if (tp_call_task(call, &out) != TP_EFORKED) return 1;
    if (tp_call_row(call, &n, &n, &n) != TP_EFORKED) return 2;
    if (tp_call_arg(call, 0, &n, &n) != TP_EFORKED) return 3;
    if (kThreadSanitizer) return 0;  // it allows a child no threads
    tp_pool_t* own = nullptr;
    const tp_pool_options_t options = pool_options(1);
    if (tp_pool_create(&options, &own) != TP_OK) return 4;
    if (tp_pool_starmap(own, call, &x, &y, 1, nullptr) != TP_EFORKED) return 5;
    if (tp_pool_apply(own, &task, &x, &y) != TP_EFORKED) return 6;
    if (tp_pool_map_async(own, &task, &x, 1, nullptr, nullptr) != TP_EFORKED) return 7;
    tp_call_release(call);
    tp_call_t* other = nullptr;
    if (tp_call_create(native(half), "double(double)", &other) != TP_OK) return 8;
    if (tp_pool_starmap(own, other, &x, &y, 1, nullptr) != TP_OK || y != 1.5) return 9;
    tp_call_release(other);
    tp_pool_destroy(own);
    return 0;
  });
  CHECK(wrong == 0);
}

#else

TEST_CASE("A library without libffi has no typed calls, and says so") {
  int any = 0;
  auto* call = reinterpret_cast<tp_call_t*>(&any);
  double item = 0, value = 7;
  std::size_t size = 7;
  tp_result_t* result = reinterpret_cast<tp_result_t*>(&any);
  tp_task_t task;
  Pool pool(1);
  tp_clear_error();
  CHECK(tp_call_create(native(+[](double x) { return x; }), "double(double)", &call) == TP_ENOTSUP);
  CHECK(call == nullptr);
  CHECK(tp_error_status(tp_last_error()) == TP_ENOTSUP);
  CHECK(tp_call_task(call, &task) == TP_ENOTSUP);
  CHECK(tp_call_row(call, &size, &size, &size) == TP_ENOTSUP);
  CHECK(tp_call_arg(call, 0, &size, &size) == TP_ENOTSUP);
  CHECK(tp_pool_starmap(pool, call, &item, &value, 1, nullptr) == TP_ENOTSUP);
  CHECK(tp_pool_starmap_async(pool, call, &item, 1, nullptr, &result) == TP_ENOTSUP);
  CHECK(result == nullptr);
  CHECK(size == 7);
  CHECK(value == 7);
  tp_call_release(nullptr);
}

#endif
