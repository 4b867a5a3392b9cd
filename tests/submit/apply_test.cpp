// SPDX-License-Identifier: MIT
// apply and apply_async: where the task runs, what it is given, and in which order tasks start.
#include "support/test.hpp"

using namespace support;

TEST_CASE("apply runs the task on a worker and returns its value") {
  std::atomic<int> index{-1};
  Task<int, double> task([&](const int* x, double* y) {
    index = tp_worker_index();
    return *y = *x / 2.0, 0;
  });
  const std::size_t workers = worker_counts();
  Pool pool(workers);
  const int item = 5;
  double value = 0;
  CHECK(tp_pool_apply(pool, &task, &item, &value) == TP_OK);
  CHECK(value == 2.5);
  CHECK(index >= 0);
  CHECK(index < static_cast<int>(workers));
}

TEST_CASE("apply on a worker runs the task itself") {
  std::atomic<int> outer_index{-1}, inner_index{-2}, status{1};
  Step inner([&] { inner_index = tp_worker_index(); });
  Step outer([&] {
    outer_index = tp_worker_index();
    status = tp_pool_apply(tp_worker_pool(), &inner, nullptr, nullptr);
  });
  Pool pool(1);
  CHECK(tp_pool_apply(pool, &outer, nullptr, nullptr) == TP_OK);
  CHECK(status == TP_OK);
  CHECK(inner_index == outer_index);
}

TEST_CASE("apply lends the item itself and runs no item or value hook") {
  Live items, values;
  const Tracked* seen = nullptr;
  Task<Tracked, Tracked> task([&](const Tracked* item, Tracked* value) {
    seen = item;
    return Tracked::make(value, values, item->number), 0;
  });
  task.item_move = Tracked::move;
  task.item_drop = Tracked::drop;
  task.value_drop = Tracked::drop;
  task.count_drops();
  Pool pool(worker_counts());
  Tracked item, value;
  Tracked::make(&item, items, 3);
  CHECK(tp_pool_apply(pool, &task, &item, &value) == TP_OK);
  CHECK(seen == &item);
  CHECK(value.alive());
  CHECK(value.number == 3);
  CHECK(items.moved + items.dropped == 0);
  CHECK(values.dropped == 0);
  CHECK(task.drops == 1);
  Tracked::drop(&item);
  Tracked::drop(&value);
}

TEST_CASE("A failed apply says why, and constructs nothing") {
  Task<void, int> task([](const void*, int*) {
    tp_task_set_error("bad weather", nullptr, nullptr);
    return 12;
  });
  Pool pool(worker_counts());
  int value = 77;
  CHECK(tp_pool_apply(pool, &task, nullptr, &value) == TP_ETASK);
  CHECK(tp_error_status(tp_last_error()) == TP_ETASK);
  CHECK(tp_error_code(tp_last_error()) == 12);
  CHECK(tp_error_index(tp_last_error()) == 0);
  CHECK(tp_error_message(tp_last_error()) == std::string("bad weather"));
  CHECK(value == 77);
}

TEST_CASE("Without sizes the task gets NULL") {
  std::atomic<int> nulls{0};
  Task<void, void> task([&](const void* item, void* value) {
    nulls = (item == nullptr) + (value == nullptr);
    return 0;
  });
  Pool pool(1);
  const int any = 0;
  int other = 0;
  CHECK(tp_pool_apply(pool, &task, &any, &other) == TP_OK);
  CHECK(nulls == 2);
  Result result = apply_item(pool, task, any);
  CHECK(result.get() == TP_OK);
  CHECK(nulls == 2);
}

TEST_CASE("apply_async has copied the item and the task when it returns") {
  const std::size_t workers = worker_counts();
  Pool pool(workers);
  Odd odd;
  Result result;
  {
    Busy busy(pool, workers);
    int item = 21;
    tp_task_t task = odd;
    REQUIRE(tp_pool_apply_async(pool, &task, &item, nullptr, result.out()) == TP_OK);
    item = -1;
    std::memset(static_cast<void*>(&task), 0xff, sizeof(task));
  }
  CHECK(*result.values<int>() == 43);
}

TEST_CASE("Items and values of any size reach the other side") {
  struct Big {
    unsigned char bytes[5000];
  };
  Task<Big, Big> task([](const Big* x, Big* y) {
    for (std::size_t i = 0; i < sizeof(Big); ++i) y->bytes[i] = x->bytes[sizeof(Big) - 1 - i];
    return 0;
  });
  Pool pool(2);
  Big item{};
  item.bytes[0] = 1;
  item.bytes[4998] = 2;
  Result result = apply_item(pool, task, item);
  const Big* value = result.values<Big>();
  CHECK(value->bytes[4999] == 1);
  CHECK(value->bytes[1] == 2);
}

TEST_CASE("Items and values are aligned for every type") {
  std::atomic<int> misaligned{0};
  const auto check = [&](const void* pointer) {
    if (reinterpret_cast<std::uintptr_t>(pointer) % alignof(std::max_align_t) != 0) ++misaligned;
  };
  struct Odd17 {
    char bytes[17];
  };
  Task<Odd17, Odd17> task([&](const Odd17* x, Odd17* y) {
    check(x);
    check(y);
    return *y = *x, 0;
  });
  Pool pool(2);
  for (int i = 0; i < 50; ++i) {
    const Odd17 item{};
    Result result = apply_item(pool, task, item);
    check(result.values<Odd17>());
  }
  CHECK(misaligned == 0);
}

TEST_CASE("Results may be ignored: close and join run everything") {
  std::atomic<int> ran{0};
  Step task([&] { ++ran; });
  Pool pool(worker_counts());
  apply_times(pool, task, 1000);
  pool.finish();
  CHECK(ran == 1000);
}

TEST_CASE("One worker starts tasks in the order of their submission, over all kinds of jobs") {
  std::vector<int> order;  // one worker: no lock
  Task<int, int> task([&](const int* x, int* y) { return order.push_back(*x), *y = 0; });
  Body body([&](std::size_t begin, std::size_t end) {
    for (; begin < end; ++begin) order.push_back(100 + int(begin));
    return 0;
  });
  Pool pool(1);
  Busy busy(pool, 1);
  std::vector<int> wanted;
  const int items[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  for (int i = 0; i < 3; ++i) {
    forget_item(pool, task, i);
    REQUIRE(tp_pool_map_async(pool, &task, items, 10, nullptr, nullptr) == TP_OK);
    REQUIRE(tp_pool_for_async(pool, Body::run, &body, 5, nullptr, nullptr) == TP_OK);
    wanted.push_back(i);
    wanted.insert(wanted.end(), items, items + 10);
    for (int k = 0; k < 5; ++k) wanted.push_back(100 + k);
  }
  busy.open();
  pool.finish();
  CHECK(order == wanted);
}

TEST_CASE("One worker starts thousands of tasks in the order of their submission") {
  std::vector<int> order;
  Task<int, void> task([&](const int* x, void*) { return order.push_back(*x), 0; });
  Pool pool(1);
  for (int i = 0; i < 20000; ++i) forget_item(pool, task, i);
  pool.finish();
  CHECK((order == range(20000)));
}
