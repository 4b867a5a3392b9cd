// SPDX-License-Identifier: MIT
// Items and values that cross by codecs, and codecs that can't.
#include <string>
#include <utility>
#include <vector>

#include "rank.hpp"

using namespace rank;

namespace {

// Strings by a codec. Each object lives on the heap of its rank.
std::size_t pack_text(const void* object, void* to, std::size_t room) {
  const std::string& text = *static_cast<const std::string*>(object);
  if (text == "unpackable") return SIZE_MAX;
  if (text.size() <= room) std::memcpy(to, text.data(), text.size());
  return text.size();
}
int unpack_text(void* object, const void* from, std::size_t bytes) {
  new (object) std::string(static_cast<const char*>(from), bytes);
  return 0;
}
void drop_text(void* object) { static_cast<std::string*>(object)->~basic_string(); }
void move_text(void* to, void* from) {
  new (to) std::string(std::move(*static_cast<std::string*>(from)));
  drop_text(from);
}
const tp_codec_t kText = {sizeof(tp_codec_t), pack_text, unpack_text, drop_text};

int twice(void*, const void* item, void* value) {
  const std::string& text = *static_cast<const std::string*>(item);
  if (text == "not this") return 4;
  new (value) std::string(text + text);
  return 0;
}

void codecs(tp_pool_t* pool) {
  tp_task_t task = TP_TASK(twice, nullptr, std::string, std::string);
  task.item_codec = task.value_codec = &kText;
  task.item_drop = task.value_drop = drop_text;
  task.value_move = move_text;
  std::vector<std::string> items;
  for (int i = 0; i < 400; ++i) items.push_back(std::string(static_cast<std::size_t>(i), 'x'));
  tp_result_t* result = nullptr;
  CHECK(tp_pool_map_async(pool, &task, items.data(), items.size(), nullptr, &result) == TP_OK);
  void* found = nullptr;
  CHECK(tp_result_get(result, kLong, &found) == TP_OK);
  const std::string* const texts = static_cast<std::string*>(found);
  for (std::size_t i = 0; i < items.size(); ++i) CHECK(texts[i] == items[i] + items[i]);
  tp_result_release(result);
  items[7] = "not this";
  items[9] = "unpackable";
  tp_job_options_t keep = sized<tp_job_options_t>();
  keep.flags = TP_JOB_KEEP_ERRORS;
  CHECK(tp_pool_map_async(pool, &task, items.data(), items.size(), &keep, &result) == TP_OK);
  CHECK(tp_result_wait(result, kLong) == TP_OK);
  CHECK(tp_result_item_status(result, 7) == TP_ETASK);
  CHECK(tp_result_item_status(result, 8) == TP_OK ||
        count() > 1);  // it may have crossed with an item that can't
  tp_result_release(result);
}

int next(void*, const void* item, void* value) {
  *static_cast<int*>(value) = *static_cast<const int*>(item) + 1;
  return 0;
}
const tp_task_t kNext = TP_TASK(next, nullptr, int, int);

std::size_t pack_even(const void* object, void* to, std::size_t room) {
  const int x = *static_cast<const int*>(object);
  if (x % 4 == 1) return SIZE_MAX;
  if (x % 4 == 3) throw 42;
  if (to && room >= sizeof x) std::memcpy(to, &x, sizeof x);
  return sizeof x;
}
int unpack_even(void* object, const void* from, std::size_t bytes) {
  if (bytes != sizeof(int)) return 1;
  std::memcpy(object, from, bytes);
  if (*static_cast<int*>(object) % 20 == 2) throw 42;
  return 0;
}
constexpr tp_codec_t kEven = {sizeof(tp_codec_t), pack_even, unpack_even, nullptr};

void codecs_that_fail(tp_pool_t* pool) {
  tp_task_t task = kNext;
  task.item_size = 0;
  task.item_codec = &kEven;
  int item = 0, value = 0;
  CHECK(tp_pool_apply(pool, &task, &item, &value) == TP_ENOTSUP && says("task.item_size is 0"));
  task = kNext;
  const auto check = [&](const auto& may_fail) {
    const std::vector<int> items = range(400);
    tp_job_options_t options = sized<tp_job_options_t>();
    options.flags = TP_JOB_KEEP_ERRORS;
    options.chunksize = 40;
    tp_result_t* result = nullptr;
    CHECK(tp_pool_map_async(pool, &task, items.data(), items.size(), &options, &result) == TP_OK);
    CHECK(tp_result_wait(result, kLong) == TP_OK);
    void* values = nullptr;
    CHECK(tp_result_get(result, 0, &values) == TP_OK);
    for (int i = 0; i < 400; ++i) {
      const int status = tp_result_item_status(result, std::size_t(i));
      CHECK(status == TP_OK || (status == TP_ETASK && may_fail(i)));
      if (status == TP_OK) CHECK(static_cast<int*>(values)[i] == i + 1);
    }
    tp_result_release(result);
  };
  task.item_codec = &kEven;  // in rank 0 items are run where they lie
  check([](int i) { return i % 2 == 1 || i % 20 == 2; });
  task.item_codec = nullptr;
  task.value_codec = &kEven;
  check([](int i) { return i % 2 == 0 || (i + 1) % 20 == 2; });
}

constexpr Case kCases[] = {{"codecs", codecs}, {"codecs_that_fail", codecs_that_fail}};

}  // namespace

int main(int argc, char** argv) { return run(argc, argv, kCases); }
