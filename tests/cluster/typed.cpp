// SPDX-License-Identifier: MIT
// Typed calls in all ranks: the function crosses with its signature, and the rows as they are.
#include "rank.hpp"

#include <cmath>
#include <cstdint>

using namespace rank;

namespace {

struct Row {
  double x;
  std::int8_t by;
  std::uint16_t and_by;
};

double product(double x, std::int8_t by, std::uint16_t and_by) { return x * by * and_by; }
bool is_odd(unsigned long long x) { return x % 2 == 1; }
int seen = 0;
void see() { __atomic_add_fetch(&seen, 1, __ATOMIC_SEQ_CST); }

template <class Fn>
tp_call_t* typed(Fn* fn, const char* signature) {
  tp_call_t* call = nullptr;
  CHECK(tp_call_create(reinterpret_cast<void (*)()>(fn), signature, &call) == TP_OK);
  return call;
}

void typed_rows(tp_pool_t* pool) {
  tp_call_t* const call = typed(product, "double(double, int8, uint16)");
  std::vector<Row> rows;
  for (int i = 0; i < 500; ++i)
    rows.push_back({i / 2.0, static_cast<std::int8_t>(-i % 100), static_cast<std::uint16_t>(i)});
  std::vector<double> values(rows.size());
  CHECK(tp_pool_starmap(pool, call, rows.data(), values.data(), rows.size(), nullptr) == TP_OK);
  for (std::size_t i = 0; i < rows.size(); ++i)
    CHECK(values[i] == product(rows[i].x, rows[i].by, rows[i].and_by));
  tp_call_release(call);

  tp_call_t* const odd = typed(is_odd, "bool(ullong)");
  tp_task_t task = sized<tp_task_t>();
  CHECK(tp_call_task(odd, &task) == TP_OK);
  for (unsigned long long x = 0; x < 20; ++x) {
    bool value = false;
    tp_result_t* result = nullptr;
    CHECK(tp_pool_apply(pool, &task, &x, &value) == TP_OK && value == is_odd(x));
    if (x > 0) continue;
    CHECK(tp_pool_apply_async(pool, &task, &x, nullptr, &result) == TP_OK);
    CHECK(tp_result_wait(result, kLong) == TP_OK);
    tp_result_release(result);
  }
  tp_call_release(odd);
}

void typed_of_libraries(tp_pool_t* pool) {
  tp_call_t* const call = typed(static_cast<double (*)(double)>(std::cbrt), "double(double)");
  std::vector<double> roots;
  for (int i = 0; i < 200; ++i) roots.push_back(i);
  std::vector<double> cubes, values(roots.size());
  for (const double x : roots) cubes.push_back(x * x * x);
  CHECK(tp_pool_starmap(pool, call, cubes.data(), values.data(), cubes.size(), nullptr) == TP_OK);
  for (std::size_t i = 0; i < roots.size(); ++i) CHECK(std::fabs(values[i] - roots[i]) < 1e-9);
  tp_call_release(call);

  tp_call_t* const nothing = typed(see, "void()");
  CHECK(tp_pool_starmap(pool, nothing, nullptr, nullptr, 30, nullptr) == TP_OK);
  CHECK(count() > 1 || seen == 30);
  tp_call_release(nothing);
}

constexpr Case kCases[] = {{"typed_rows", typed_rows}, {"typed_of_libraries", typed_of_libraries}};

}  // namespace

int main(int argc, char** argv) { return run(argc, argv, kCases); }
