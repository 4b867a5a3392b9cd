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

// What a codec does wrong is told word for word, from whichever rank it comes. In rank 0, which leads, only it packs
// items and unpacks values.
tp_cluster_options_t leading() {
  tp_cluster_options_t options = sized<tp_cluster_options_t>();
  options.flags = TP_CLUSTER_LEADS;
  return options;
}
std::size_t pack_int(const void* object, void* to, std::size_t room) {
  if (to && room >= sizeof(int)) std::memcpy(to, object, sizeof(int));
  return sizeof(int);
}
std::size_t pack_none(const void*, void*, std::size_t) { return SIZE_MAX; }
std::size_t pack_none_late(const void*, void* to, std::size_t) {
  return to ? SIZE_MAX : sizeof(int);
}
std::size_t pack_throwing(const void*, void*, std::size_t) { throw 42; }
// Takes another size when it is called again: more than there is room for, or less.
std::size_t pack_more(const void*, void* to, std::size_t room) { return to ? room + 1 : 4; }
std::size_t pack_less(const void*, void* to, std::size_t room) { return to ? room - 1 : 4; }
int unpack_int(void* object, const void* from, std::size_t bytes) {
  std::memcpy(object, from, bytes);
  return bytes != sizeof(int);
}
int unpack_none(void*, const void*, std::size_t) { return 1; }
int unpack_throwing(void*, const void*, std::size_t) { throw 42; }
constexpr tp_codec_t kPacksNone = {sizeof(tp_codec_t), pack_none, unpack_int, nullptr};
constexpr tp_codec_t kPacksNoneLate = {sizeof(tp_codec_t), pack_none_late, unpack_int, nullptr};
constexpr tp_codec_t kPackThrows = {sizeof(tp_codec_t), pack_throwing, unpack_int, nullptr};
constexpr tp_codec_t kPacksMore = {sizeof(tp_codec_t), pack_more, unpack_int, nullptr};
constexpr tp_codec_t kPacksLess = {sizeof(tp_codec_t), pack_less, unpack_int, nullptr};
constexpr tp_codec_t kUnpacksNone = {sizeof(tp_codec_t), pack_int, unpack_none, nullptr};
constexpr tp_codec_t kUnpackThrows = {sizeof(tp_codec_t), pack_int, unpack_throwing, nullptr};

void check_sentence(tp_pool_t* pool, const tp_codec_t* item_codec, const tp_codec_t* value_codec,
                    const std::string& sentence) {
  tp_task_t task = kNext;
  task.item_codec = item_codec;
  task.value_codec = value_codec;
  for (const int item : range(20)) {
    int value = 0;
    const int status = tp_pool_apply(pool, &task, &item, &value);
    if (count() == 1) {  // nothing is packed
      CHECK(status == TP_OK && value == item + 1);
      continue;
    }
    CHECK(status == TP_ETASK);
    CHECK(last_message() == sentence);
  }
  const int item = 4;
  int value = 0;
  CHECK(tp_pool_apply(pool, &kNext, &item, &value) == TP_OK && value == 5);
}

void codecs_say_why(tp_pool_t* pool) {
  const std::string codec = "the codec of the task can't ";
  for (const tp_codec_t* each :
       {&kPacksNone, &kPacksNoneLate, &kPackThrows, &kPacksMore, &kPacksLess})
    check_sentence(pool, each, nullptr, codec + "pack the item");
  check_sentence(pool, &kUnpacksNone, nullptr, codec + "unpack the item");
  check_sentence(pool, nullptr, &kPacksNone, "the codec can't pack the object");
  for (const tp_codec_t* each : {&kPacksNoneLate, &kPacksMore, &kPacksLess})
    check_sentence(pool, nullptr, each, "the codec packs the object into another size each time");
  check_sentence(pool, nullptr, &kUnpacksNone, codec + "unpack the value");
  check_sentence(pool, nullptr, &kUnpackThrows, codec + "unpack the value");
}

// A shared object is packed on the calling thread, which is told.
void codecs_of_shared(tp_pool_t* pool) {
  const int object = 3;
  void* shared = nullptr;
  for (const tp_codec_t* each : {&kPacksMore, &kPacksLess, &kPacksNoneLate}) {
    CHECK(tp_cluster_share(pool, &object, sizeof object, each, &shared) == TP_EINVAL && !shared);
    CHECK(last_message() == "the codec packs the object into another size each time");
  }
  CHECK(tp_cluster_share(pool, &object, sizeof object, &kPacksNone, &shared) == TP_EINVAL);
  CHECK(last_message() == "the codec can't pack the object");
  CHECK(tp_cluster_share(pool, &object, sizeof object, &kUnpacksNone, &shared) == TP_EINVAL);
  CHECK(says("can't unpack"));
  CHECK(tp_cluster_share(pool, &object, sizeof object, &kPackThrows, &shared) == TP_EINVAL);
  CHECK(says("the codec threw something that is no std::exception"));
}

constexpr Case kCases[] = {{"codecs", codecs},
                           {"codecs_that_fail", codecs_that_fail},
                           {"codecs_say_why", codecs_say_why, leading},
                           {"codecs_of_shared", codecs_of_shared}};

}  // namespace

int main(int argc, char** argv) { return run(argc, argv, kCases); }
