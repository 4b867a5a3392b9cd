// SPDX-License-Identifier: MIT
// Each allocation of libtpool-cluster fails in turn: a clean answer, no leak, and the next call works. One rank.
#include <atomic>
#include <memory>
#include <new>

#include "rank.hpp"

namespace {

std::atomic<long> left{-1};   // allocations until one fails; negative: none does
std::atomic<long> blocks{0};  // that are allocated

}  // namespace

void* operator new(std::size_t bytes) {
  void* const block = left-- == 0 ? nullptr : std::malloc(bytes ? bytes : 1);
  if (!block) throw std::bad_alloc();
  ++blocks;
  return block;
}
void* operator new[](std::size_t bytes) { return operator new(bytes); }
void operator delete(void* block) noexcept {
  blocks -= block != nullptr;
  std::free(block);
}
void operator delete(void* block, std::size_t) noexcept { operator delete(block); }
void operator delete[](void* block) noexcept { operator delete(block); }
void operator delete[](void* block, std::size_t) noexcept { operator delete(block); }

using namespace rank;

namespace {

// Calls until no allocation fails any more. Returns in how many calls one did.
template <class Call>
int with_each_failing(Call call) {
  int failed = 0;
  for (long n = 0; n < 10000; ++n) {
    const long before = blocks;
    left = n;
    const int status = call();
    const bool has_failed = left < 0;
    left = -1;
    tp_clear_error();  // which the thread keeps
    CHECK(status == TP_OK || (has_failed && status == TP_ENOMEM));
    CHECK(blocks == before);
    failed += status != TP_OK;
    if (!has_failed) return failed;
  }
  CHECK(false);
  return failed;
}

struct List {
  std::vector<std::string>* texts;
};
std::size_t pack(const void* object, void* to, std::size_t room) {
  std::string all;
  for (const std::string& text : *static_cast<const List*>(object)->texts) all += text + '\n';
  if (to && all.size() <= room) std::memcpy(to, all.data(), all.size());
  return all.size();
}
int unpack(void* object, const void* from, std::size_t bytes) {
  auto texts = std::make_unique<std::vector<std::string>>();
  texts->emplace_back(static_cast<const char*>(from), bytes);
  static_cast<List*>(object)->texts = texts.release();
  return 0;
}
void drop(void* object) { delete static_cast<List*>(object)->texts; }
constexpr tp_codec_t kCodec = {sizeof(tp_codec_t), pack, unpack, drop};

int first(void* ctx, const void*, void* value) {
  *static_cast<char*>(value) = static_cast<const List*>(ctx)->texts->front().front();
  return 0;
}

int create_and_destroy() {
  tp_pool_t* pool = nullptr;
  const int status = tp_cluster_pool_create(nullptr, &pool);
  CHECK((status == TP_OK) == (pool != nullptr));
  CHECK(tp_cluster_rank(nullptr, nullptr) == (status == TP_OK ? TP_OK : TP_EINVAL));
  tp_pool_destroy(pool);
  return status;
}

int share_and_use(tp_pool_t* pool, const void* object, std::size_t bytes, const tp_codec_t* codec) {
  void* shared = nullptr;
  const int status = tp_cluster_share(pool, object, bytes, codec, &shared);
  CHECK((status == TP_OK) == (shared != nullptr));
  if (status != TP_OK) return status;
  const long before = left.exchange(-1);
  tp_task_t task = TP_TASK(first, nullptr, char, char);
  task.ctx = shared;
  char value = 0;
  if (codec) CHECK(tp_pool_apply(pool, &task, "", &value) == TP_OK && value == 'a');
  left = before;
  CHECK(tp_cluster_unshare(pool, shared) == TP_OK);
  return status;
}

int call(void* ctx, const void*, void* value) {
  const auto& bound = *static_cast<const tp_cluster_bound_t*>(ctx);
  *static_cast<char*>(value) = static_cast<const char*>(bound.object)[bound.fn ? 1 : 0];
  return 0;
}

int bind_and_use(tp_pool_t* pool, void* shared) {
  void* bound = nullptr;
  const int status = tp_cluster_bind(
      pool, shared, [] {}, &bound);
  CHECK((status == TP_OK) == (bound != nullptr));
  if (status != TP_OK) return status;
  const long before = left.exchange(-1);
  tp_task_t task = TP_TASK(call, nullptr, char, char);
  task.ctx = bound;
  char value = 0;
  CHECK(tp_pool_apply(pool, &task, "", &value) == TP_OK && value == 'b');
  left = before;
  CHECK(tp_cluster_unshare(pool, bound) == TP_OK);
  return status;
}

}  // namespace

int main() {
  // What is made once: a thread's place for its last error, too.
  CHECK(tp_cluster_rank(nullptr, nullptr) == TP_EINVAL);
  CHECK(create_and_destroy() == TP_OK);
  CHECK(with_each_failing(create_and_destroy) > 0);
  tp_pool_t* pool = nullptr;
  CHECK(tp_cluster_pool_create(nullptr, &pool) == TP_OK);
  std::vector<std::string> texts{"a text that is too long to lie in a string itself", "b"};
  const List list{&texts};
  const auto packed = [&] { return share_and_use(pool, &list, sizeof list, &kCodec); };
  const auto plain = [&] { return share_and_use(pool, texts[0].data(), 20, nullptr); };
  CHECK(packed() == TP_OK && plain() == TP_OK);
  CHECK(with_each_failing(packed) > 0);
  CHECK(with_each_failing(plain) > 0);
  void* shared = nullptr;
  CHECK(tp_cluster_share(pool, "ab", 3, nullptr, &shared) == TP_OK);
  const auto bound = [&] { return bind_and_use(pool, shared); };
  CHECK(bound() == TP_OK);
  CHECK(with_each_failing(bound) > 0);
  tp_pool_destroy(pool);
  return failures ? 1 : 0;
}
