// SPDX-License-Identifier: MIT
// Objects that rank 0 shares with all ranks.
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <set>
#include <vector>

#include "rank.hpp"

using namespace rank;

namespace {

using Table = std::array<double, 1000>;

int look_up(void* ctx, const void* item, void* value) {
  const Table& table = *static_cast<const Table*>(ctx);
  *static_cast<double*>(value) = table[static_cast<std::size_t>(*static_cast<const int*>(item))];
  return 0;
}

Table table_of(double factor) {
  Table table{};
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = factor * static_cast<double>(i);
  return table;
}

tp_task_t look_up_in(void* shared) {
  tp_task_t task = TP_TASK(look_up, nullptr, int, double);
  task.ctx = shared;
  return task;
}

void check_table(tp_pool_t* pool, void* shared, double factor) {
  const tp_task_t task = look_up_in(shared);
  const std::vector<int> items = range(1000);
  std::vector<double> values(items.size());
  CHECK(tp_pool_map(pool, &task, items.data(), values.data(), items.size(), nullptr) == TP_OK);
  for (std::size_t i = 0; i < values.size(); ++i)
    CHECK(values[i] == factor * static_cast<double>(i));
}

void plain(tp_pool_t* pool) {
  void *one = nullptr, *two = nullptr;
  {
    Table table = table_of(2);
    CHECK(tp_cluster_share(pool, &table, sizeof table, nullptr, &one) == TP_OK);
    table = table_of(3);
    CHECK(tp_cluster_share(pool, &table, sizeof table, nullptr, &two) == TP_OK);
    table = table_of(4);
  }
  CHECK(one != two && reinterpret_cast<std::uintptr_t>(one) % 64 == 0);
  for (int round = 0; round < 3; ++round) {
    check_table(pool, one, 2);
    check_table(pool, two, 3);
  }
  // Each way to submit.
  const tp_task_t task = look_up_in(one);
  const int item = 7;
  double value = 0;
  CHECK(tp_pool_apply(pool, &task, &item, &value) == TP_OK && value == 14);
  tp_result_t* result = nullptr;
  CHECK(tp_pool_apply_async(pool, &task, &item, nullptr, &result) == TP_OK);
  CHECK(tp_cluster_unshare(pool, one) == TP_OK);  // while the job may run
  void* found = nullptr;
  CHECK(tp_result_get(result, kLong, &found) == TP_OK && *static_cast<double*>(found) == 14);
  tp_result_release(result);
  CHECK(tp_cluster_unshare(pool, one) == TP_EINVAL && says("shared is no object"));
  CHECK(tp_pool_apply(pool, &task, &item, &value) == TP_ENOTSUP && says("task.ctx is"));
  check_table(pool, two, 3);
}

// A function and an object in one ctx.
double twice(double x) { return 2 * x; }
double negated(double x) { return -x; }

int look_up_and_call(void* ctx, const void* item, void* value) {
  const auto& bound = *static_cast<const tp_cluster_bound_t*>(ctx);
  const Table& table = *static_cast<const Table*>(bound.object);
  const auto fn = reinterpret_cast<double (*)(double)>(bound.fn);
  *static_cast<double*>(value) =
      fn(table[static_cast<std::size_t>(*static_cast<const int*>(item))]);
  return 0;
}

void* bind(tp_pool_t* pool, void* shared, double (*fn)(double)) {
  void* bound = nullptr;
  CHECK(tp_cluster_bind(pool, shared, reinterpret_cast<void (*)()>(fn), &bound) == TP_OK);
  return bound;
}

tp_task_t call_in(void* bound) {
  tp_task_t task = TP_TASK(look_up_and_call, nullptr, int, double);
  task.ctx = bound;
  return task;
}

void check_bound(tp_pool_t* pool, void* bound, double factor) {
  const tp_task_t task = call_in(bound);
  const std::vector<int> items = range(1000);
  std::vector<double> values(items.size());
  CHECK(tp_pool_map(pool, &task, items.data(), values.data(), items.size(), nullptr) == TP_OK);
  for (std::size_t i = 0; i < values.size(); ++i)
    CHECK(values[i] == factor * static_cast<double>(i));
}

void binds(tp_pool_t* pool) {
  void *one = nullptr, *two = nullptr;
  const Table table = table_of(3), other = table_of(5);
  CHECK(tp_cluster_share(pool, &table, sizeof table, nullptr, &one) == TP_OK);
  CHECK(tp_cluster_share(pool, &other, sizeof other, nullptr, &two) == TP_OK);
  void* const doubled = bind(pool, one, twice);
  void* const negative = bind(pool, one, negated);
  void* const far = bind(pool, two, twice);
  check_bound(pool, doubled, 6);
  check_bound(pool, negative, -3);
  check_bound(pool, far, 10);
  check_table(pool, one, 3);
  // What is bound keeps its object, and a job keeps what is bound.
  CHECK(tp_cluster_unshare(pool, one) == TP_OK);
  check_bound(pool, doubled, 6);
  const tp_task_t task = call_in(negative);
  const int item = 7;
  tp_result_t* result = nullptr;
  CHECK(tp_pool_apply_async(pool, &task, &item, nullptr, &result) == TP_OK);
  CHECK(tp_cluster_unshare(pool, negative) == TP_OK);
  void* found = nullptr;
  CHECK(tp_result_get(result, kLong, &found) == TP_OK && *static_cast<double*>(found) == -21);
  tp_result_release(result);
  double value = 0;
  CHECK(tp_pool_apply(pool, &task, &item, &value) == TP_ENOTSUP && says("task.ctx is"));
  CHECK(tp_cluster_unshare(pool, negative) == TP_EINVAL);
  check_bound(pool, doubled, 6);
  CHECK(tp_cluster_unshare(pool, doubled) == TP_OK);
  // The rest goes with the pool.
}

void bind_refused(tp_pool_t* pool) {
  const Table table = table_of(2);
  void *shared = nullptr, *bound = &shared;
  const auto fn = reinterpret_cast<void (*)()>(twice);
  CHECK(tp_cluster_share(pool, &table, sizeof table, nullptr, &shared) == TP_OK);
  CHECK(tp_cluster_bind(pool, &bound, fn, &bound) == TP_EINVAL && says("shared is no object"));
  CHECK(bound == nullptr);
  CHECK(tp_cluster_bind(pool, nullptr, fn, &bound) == TP_EINVAL && says("shared is no object"));
  CHECK(tp_cluster_bind(pool, shared, nullptr, &bound) == TP_EINVAL && says("fn or bound is NULL"));
  CHECK(tp_cluster_bind(pool, shared, fn, nullptr) == TP_EINVAL && says("fn or bound is NULL"));
  CHECK(tp_cluster_bind(nullptr, shared, fn, &bound) == TP_EINVAL && says("pool is not"));
  const auto no_code = reinterpret_cast<void (*)()>(&bound);
  CHECK(tp_cluster_bind(pool, shared, no_code, &bound) == TP_ENOTSUP && says("fn is code of no"));
  CHECK(tp_cluster_bind(pool, shared, fn, &bound) == TP_OK);
  void* again = nullptr;
  CHECK(tp_cluster_bind(pool, bound, fn, &again) == TP_EINVAL && says("shared is no object"));
  CHECK(tp_cluster_unshare(pool, shared) == TP_OK);
  CHECK(tp_cluster_bind(pool, shared, fn, &again) == TP_EINVAL && says("shared is no object"));
}

// A list of texts: its codec counts what it makes and drops, in each rank.
std::atomic<int> made{0}, dropped{0};
struct Words {
  std::vector<std::string>* list;
};
std::size_t pack_words(const void* object, void* to, std::size_t room) {
  std::string all;
  for (const std::string& word : *static_cast<const Words*>(object)->list) all += word + '\n';
  if (to && all.size() <= room) std::memcpy(to, all.data(), all.size());
  return all.size();
}
int unpack_words(void* object, const void* from, std::size_t bytes) {
  if (bytes == 6 && std::memcmp(from, "never\n", 6) == 0) return 1;
  if (bytes == 10 && std::memcmp(from, "elsewhere\n", 10) == 0 && number() != 0) return 1;
  auto* const list = new std::vector<std::string>;
  const std::string all(static_cast<const char*>(from), bytes);
  for (std::size_t at = 0, end; (end = all.find('\n', at)) != std::string::npos; at = end + 1)
    list->push_back(all.substr(at, end - at));
  static_cast<Words*>(object)->list = list;
  ++made;
  return 0;
}
void drop_words(void* object) {
  delete static_cast<Words*>(object)->list;
  ++dropped;
}
constexpr tp_codec_t kWords = {sizeof(tp_codec_t), pack_words, unpack_words, drop_words};

int word(void* ctx, const void* item, void* value) {
  usleep(500);  // all ranks get some
  const auto& list = *static_cast<const Words*>(ctx)->list;
  *static_cast<char*>(value) = list[static_cast<std::size_t>(*static_cast<const int*>(item))][0];
  return 0;
}
int counts(void*, const void*, void* value) {
  usleep(2000);
  int* const found = static_cast<int*>(value);
  found[0] = static_cast<int>(number());
  found[1] = made;
  found[2] = dropped;
  return 0;
}

// How many copies each rank has made and dropped: the last it says.
struct Counts {
  int made = 0, dropped = 0;
};
std::vector<Counts> counts_of(tp_pool_t* pool) {
  const tp_task_t task = TP_TASK(counts, nullptr, char, int[3]);
  std::vector<Counts> ranks(count());
  std::set<int> seen;
  while (seen.size() < ranks.size()) {
    std::vector<char> items(16 * ranks.size());
    std::vector<int> values(3 * items.size());
    CHECK(tp_pool_map(pool, &task, items.data(), values.data(), items.size(), nullptr) == TP_OK);
    for (std::size_t i = 0; i < values.size(); i += 3) {
      Counts& rank = ranks[static_cast<std::size_t>(values[i])];
      rank.made = std::max(rank.made, values[i + 1]);
      rank.dropped = std::max(rank.dropped, values[i + 2]);
      seen.insert(values[i]);
    }
  }
  return ranks;
}

tp_task_t word_in(void* shared) {
  tp_task_t task = TP_TASK(word, nullptr, int, char);
  task.ctx = shared;
  return task;
}

void codec(tp_pool_t* pool) {
  std::vector<std::string> list{"ape", "bee", "cow"};
  Words words{&list};
  void* shared = nullptr;
  CHECK(tp_cluster_share(pool, &words, sizeof words, &kWords, &shared) == TP_OK);
  list.clear();
  const tp_task_t task = word_in(shared);
  std::vector<int> items;
  for (int i = 0; i < 90; ++i) items.push_back(i % 3);
  std::string values(items.size(), ' ');
  for (int round = 0; round < 3; ++round) {
    CHECK(tp_pool_map(pool, &task, items.data(), values.data(), items.size(), nullptr) == TP_OK);
    for (std::size_t i = 0; i < values.size(); ++i) CHECK(values[i] == "abc"[items[i]]);
  }
  for (const Counts& rank : counts_of(pool)) CHECK(rank.made <= 1 && rank.dropped == 0);
  CHECK(tp_cluster_unshare(pool, shared) == TP_OK);
  bool all_dropped = false;
  for (int i = 0; i < 100 && !all_dropped; ++i) {
    all_dropped = true;
    for (const Counts& rank : counts_of(pool))
      all_dropped = all_dropped && rank.made == rank.dropped;
  }
  CHECK(all_dropped);
}

int nothing(void*, const void*, void*) { return 0; }

void refused(tp_pool_t* pool) {
  const Table table = table_of(1);
  std::vector<std::string> list{"never"};
  Words words{&list};
  void* shared = &words;
  const auto share = [&](const void* object, std::size_t bytes, const tp_codec_t* codec) {
    shared = &words;
    return tp_cluster_share(pool, object, bytes, codec, &shared);
  };
  CHECK(share(nullptr, 8, nullptr) == TP_EINVAL && says("object or shared is NULL") && !shared);
  CHECK(share(&table, 0, nullptr) == TP_EINVAL && says("or bytes is 0 or more") && !shared);
  CHECK(share(&table, SIZE_MAX, nullptr) == TP_EINVAL && says("more than an object can have"));
  CHECK(tp_cluster_share(pool, &table, 8, nullptr, nullptr) == TP_EINVAL);
  tp_codec_t changing = kWords;
  CHECK(share(&words, sizeof words, &changing) == TP_ENOTSUP && says("codec is no constant"));
  static constexpr tp_codec_t kHalf = {sizeof(tp_codec_t), pack_words, nullptr, nullptr};
  CHECK(share(&words, sizeof words, &kHalf) == TP_ENOTSUP && says("codec has no pack"));
  static constexpr tp_codec_t kFails = {sizeof(tp_codec_t),
                                        [](const void*, void*, std::size_t) { return SIZE_MAX; },
                                        unpack_words, nullptr};
  CHECK(share(&words, sizeof words, &kFails) == TP_EINVAL && says("can't pack"));
  CHECK(share(&words, sizeof words, &kWords) == TP_EINVAL && says("can't unpack") && !shared);
  const tp_pool_options_t options = sized<tp_pool_options_t>();
  tp_pool_t* other = nullptr;
  CHECK(tp_pool_create(&options, &other) == TP_OK);
  CHECK(tp_cluster_share(other, &table, sizeof table, nullptr, &shared) == TP_EINVAL);
  CHECK(says("pool is not the cluster's pool"));
  CHECK(tp_cluster_unshare(other, &words) == TP_EINVAL);
  tp_pool_destroy(other);
  CHECK(tp_cluster_unshare(pool, nullptr) == TP_EINVAL);

  // A refused call uses nothing.
  CHECK(share(&table, sizeof table, nullptr) == TP_OK);
  tp_task_t task = TP_TASK(nothing, nullptr, int, int);
  task.ctx = shared;
  const int item = 0;
  CHECK(tp_pool_map(pool, &task, nullptr, nullptr, 3, nullptr) == TP_EINVAL);
  tp_job_options_t wrong = sized<tp_job_options_t>();
  wrong.deadline = -1;
  CHECK(tp_pool_apply_async(pool, &task, &item, &wrong, nullptr) == TP_EINVAL);
  CHECK(tp_pool_close(pool) == TP_OK);
  CHECK(tp_pool_apply_async(pool, &task, &item, nullptr, nullptr) == TP_ECLOSED);
  CHECK(tp_cluster_unshare(pool, shared) == TP_OK);
}

// A rank that can't make its copy fails the items, with a reason.
void unmakeable(tp_pool_t* pool) {
  std::vector<std::string> list{"elsewhere"};
  Words words{&list};
  void* shared = nullptr;
  CHECK(tp_cluster_share(pool, &words, sizeof words, &kWords, &shared) == TP_OK);
  const tp_task_t task = word_in(shared);
  std::vector<int> items(20 * count());
  tp_job_options_t options = sized<tp_job_options_t>();
  options.flags = TP_JOB_KEEP_ERRORS;
  tp_result_t* result = nullptr;
  CHECK(tp_pool_map_async(pool, &task, items.data(), items.size(), &options, &result) == TP_OK);
  CHECK(tp_result_wait(result, kLong) == TP_OK);
  for (std::size_t i = 0; i < items.size(); ++i) {
    const int status = tp_result_item_status(result, i);
    CHECK(status == TP_OK || (status == TP_ETASK && count() > 1));
    if (status == TP_ETASK)
      CHECK(!std::strcmp(tp_error_message(tp_result_item_error(result, i)),
                         "the codec can't unpack the shared object"));
  }
  tp_result_release(result);
}

// Nobody unshares them.
void kept(tp_pool_t* pool) {
  std::vector<std::string> list{"ape"};
  Words words{&list};
  for (int i = 0; i < 3; ++i) {
    void* shared = nullptr;
    CHECK(tp_cluster_share(pool, &words, sizeof words, &kWords, &shared) == TP_OK);
    tp_task_t task = word_in(shared);
    static std::atomic<int> drops{0};
    task.ctx_drop = [](void*) { ++drops; };
    const int item = 0;
    char value = 0;
    CHECK(tp_pool_apply(pool, &task, &item, &value) == TP_OK && value == 'a');
    CHECK(drops == i + 1);
    CHECK(i != 1 || tp_cluster_unshare(pool, shared) == TP_OK);
  }
}

constexpr Case kCases[] = {{"share_plain", plain},
                           {"share_codec", codec},
                           {"share_refused", refused},
                           {"share_unmakeable", unmakeable},
                           {"share_kept", kept},
                           {"share_bound", binds},
                           {"share_bound_refused", bind_refused}};

}  // namespace

int main(int argc, char** argv) {
  const int status = run(argc, argv, kCases);
  if (made == dropped) return status;
  std::fprintf(stderr, "%d copies made, %d dropped\n", made.load(), dropped.load());
  return 1;
}
