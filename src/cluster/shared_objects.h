// SPDX-License-Identifier: MIT
// What rank 0 shares with all ranks. Stage: base, used by cluster/*.
#pragma once

#include <tpool/task.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "cluster/copy.h"
#include "cluster/unused_copies.h"
#include "cluster/wire.h"
#include "result/taker.h"

namespace tp::cluster {

class Traffic;

/// The objects, by the address of rank 0's copy. A task whose ctx it is uses the object. Thread-safe.
class SharedObjects {
 public:
  /// traffic: to the other ranks; nullptr when there are none.
  SharedObjects(Traffic* traffic, std::size_t ranks) noexcept : traffic_(traffic), ranks_(ranks) {}
  /// What nobody has removed goes, too.
  ~SharedObjects();

  /// Copies the object: TP_OK; or TP_EINVAL, TP_ENOMEM, and why says it. Runs pack and unpack of the codec.
  int add(const void* object, std::size_t size, const tp_codec_t* codec, void** shared,
          std::string& why);
  /// Makes a tp_cluster_bound_t of what add has made and a function: TP_OK, or TP_EINVAL.
  int bind(void* shared, void (*fn)(), void** bound);
  /// The object goes when no job uses it. False: there is none.
  bool remove(void* shared);
  bool has(const void* address) const;
  /// The function that ctx binds; ctx if it is no tp_cluster_bound_t.
  const void* function_of(const void* ctx) const;
  /// The task's job uses its ctx until the function that is returned is called with it; nullptr: it need not be.
  core::Taker::Release* lease(const tp_task_t& task);
  /// The number of the object that ctx is, which the rank has from now on; 0: it is none. Throws std::bad_alloc.
  std::uint64_t bring(const void* ctx, std::size_t rank);

 private:
  struct Shared {
    std::uint64_t id = 0;
    std::shared_ptr<Copy> copy;
    std::shared_ptr<const Bytes> message;  // has a rank make its copy
    std::vector<bool> has;                 // by rank
    std::size_t uses = 0;                  // by jobs, and by functions that are bound to it
    const void* bound_to = nullptr;        // the object of a tp_cluster_bound_t
    bool is_removed = false;
  };
  using Table = std::unordered_map<const void*, Shared>;

  static void release(void* ctx);
  Shared* find_object(const void* shared);
  void* make(Shared& made, std::string& why);
  std::uint64_t bring(Table::iterator at, std::size_t rank);
  void end_unused(Table::iterator at);

  Traffic* const traffic_;
  const std::size_t ranks_;
  UnusedCopies unused_;
  mutable std::mutex mutex_;
  Table objects_;
  std::uint64_t next_id_ = 1;
};

/// What a rank other than 0 has of them.
struct Copies {
  UnusedCopies unused;  // goes last
  /// By the number that rank 0 gave to the object.
  std::unordered_map<std::uint64_t, std::shared_ptr<Copy>> by_number;
};

/// The rank's copy, as the message of rank 0 describes it. False: the message is broken.
bool read_share(Bytes message, Copies& copies, int rank);
bool read_bind(const Bytes& message, Copies& copies, int rank);

}  // namespace tp::cluster
