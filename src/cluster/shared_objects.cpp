// SPDX-License-Identifier: MIT
// What rank 0 shares with all ranks. Stage: base, used by cluster/*.
#include "cluster/shared_objects.h"

#include <cstdint>
#include <exception>
#include <new>
#include <utility>

#include "cluster/identity.h"
#include "cluster/packing.h"
#include "cluster/traffic.h"

namespace tp::cluster {
namespace {

/// A copy that a failed call has made goes with the call.
struct DropAtEnd {
  UnusedCopies& unused;
  ~DropAtEnd() { unused.drop_own(); }
};

}  // namespace

SharedObjects::~SharedObjects() {
  objects_.clear();
  unused_.drop_all();
}

int SharedObjects::add(const void* object, std::size_t size, const tp_codec_t* codec, void** shared,
                       std::string& why) {
  Writer writer(Kind::share);
  const Place place = Identity::here().place(codec, Sort::constant);
  if (codec && place.name.is_null()) return TP_ENOTSUP;
  const DropAtEnd at_end{unused_};
  Shared made;
  {
    std::lock_guard lock(mutex_);
    made.id = next_id_++;
  }
  writer.put(made.id);
  writer.put(std::uint64_t{size});
  place.write(writer);
  const std::size_t head = writer.bytes().size();
  if (!codec) writer.put_bytes(object, size);
  if (const char* const wrong = codec ? pack(writer.bytes(), *codec, object) : nullptr) {
    why = wrong;
    return TP_EINVAL;
  }
  if (traffic_) made.message = std::make_shared<const Bytes>(writer.bytes());
  made.copy = unused_.watch(std::make_unique<Copy>(size, place, writer.take(), head));
  void* const copied = make(made, why);
  if (!copied) return made.copy->is_unmakeable() ? TP_EINVAL : TP_ENOMEM;
  std::lock_guard lock(mutex_);
  objects_.emplace(copied, std::move(made));
  *shared = copied;
  return TP_OK;
}

int SharedObjects::bind(void* shared, void (*fn)(), void** bound) {
  const Place place = Identity::here().place(reinterpret_cast<const void*>(fn), Sort::code);
  if (place.name.is_null()) return TP_ENOTSUP;
  const DropAtEnd at_end{unused_};
  Shared made;
  made.bound_to = shared;
  {
    std::lock_guard lock(mutex_);
    const Shared* const object = find_object(shared);
    if (!object) return TP_EINVAL;
    made.copy = unused_.watch(std::make_unique<Copy>(object->copy, place));
  }
  std::string why;
  void* const copied = make(made, why);
  if (!copied) return TP_ENOMEM;
  std::lock_guard lock(mutex_);
  Shared* const object = find_object(shared);
  if (!object) return TP_EINVAL;
  made.id = next_id_++;
  Writer writer(Kind::bind);
  writer.put(made.id);
  writer.put(object->id);
  place.write(writer);
  made.message = std::make_shared<const Bytes>(writer.take());
  objects_.emplace(copied, std::move(made));
  ++object->uses;
  *bound = copied;
  return TP_OK;
}

/// What a function can be bound to; nullptr: it is not there. REQUIRES: mutex_.
SharedObjects::Shared* SharedObjects::find_object(const void* shared) {
  const auto found = objects_.find(shared);
  if (found == objects_.end() || found->second.is_removed || found->second.bound_to) return nullptr;
  return &found->second;
}

/// Rank 0's copy; nullptr: it can't be made, and why says it.
void* SharedObjects::make(Shared& made, std::string& why) {
  made.has.resize(ranks_);
  void* const copied = made.copy->object(&why);
  if (copied) made.copy->set_owner(this);
  return copied;
}

bool SharedObjects::has(const void* address) const {
  std::lock_guard lock(mutex_);
  const auto found = objects_.find(address);
  return found != objects_.end() && !found->second.is_removed;
}

const void* SharedObjects::function_of(const void* ctx) const {
  std::lock_guard lock(mutex_);
  const auto found = objects_.find(ctx);
  if (found == objects_.end() || !found->second.bound_to) return ctx;
  return reinterpret_cast<const void*>(static_cast<const tp_cluster_bound_t*>(ctx)->fn);
}

/// A task with a hook of its own has the object stay as long as the pool.
core::Taker::Release* SharedObjects::lease(const tp_task_t& task) {
  std::lock_guard lock(mutex_);
  const auto found = objects_.find(task.ctx);
  if (found == objects_.end()) return nullptr;
  ++found->second.uses;
  return task.ctx_drop ? nullptr : release;
}

/// The codec's drop runs when the mutex is free. Without memory to tell the ranks the object stays as long as the pool.
void SharedObjects::release(void* ctx) {
  auto& self = *static_cast<SharedObjects*>(Copy::owner_of(ctx));
  std::unique_lock lock(self.mutex_);
  const auto found = self.objects_.find(ctx);
  --found->second.uses;
  try {
    self.end_unused(found);
  } catch (const std::bad_alloc&) {
  }
  lock.unlock();
  self.unused_.drop_own();
}

bool SharedObjects::remove(void* shared) {
  std::unique_lock lock(mutex_);
  const auto found = objects_.find(shared);
  if (found == objects_.end() || std::exchange(found->second.is_removed, true)) return false;
  end_unused(found);
  lock.unlock();
  unused_.drop_own();
  return true;
}

/// REQUIRES: mutex_.
void SharedObjects::end_unused(Table::iterator at) {
  Shared& shared = at->second;
  if (!shared.is_removed || shared.uses) return;
  for (std::size_t rank = 1; rank < ranks_; ++rank) {
    if (!shared.has[rank]) continue;
    Writer writer(Kind::unshare);
    writer.put(shared.id);
    traffic_->push(static_cast<int>(rank), writer.take());
  }
  const auto object = objects_.find(shared.bound_to);
  objects_.erase(at);
  if (object == objects_.end()) return;
  --object->second.uses;
  end_unused(object);
}

/// Under the mutex, so that nobody has the rank run items before it has the object.
std::uint64_t SharedObjects::bring(const void* ctx, std::size_t rank) {
  std::lock_guard lock(mutex_);
  const auto found = objects_.find(ctx);
  return found == objects_.end() ? 0 : bring(found, rank);
}

/// REQUIRES: mutex_.
std::uint64_t SharedObjects::bring(Table::iterator at, std::size_t rank) {
  Shared& shared = at->second;
  if (shared.has[rank]) return shared.id;
  if (shared.bound_to) bring(objects_.find(shared.bound_to), rank);
  traffic_->push(static_cast<int>(rank), shared.message);
  shared.has[rank] = true;
  return shared.id;
}

bool read_share(Bytes message, Copies& copies, int rank) {
  Reader reader(message);
  reader.get<Kind>();
  const auto id = reader.get<std::uint64_t>();
  const auto size = static_cast<std::size_t>(reader.get<std::uint64_t>());
  Place codec = Place::read(reader, rank);
  const std::size_t packed = reader.left();
  if (!reader.ok() || size > PTRDIFF_MAX || (codec.name.is_null() && packed != size)) return false;
  const std::size_t from = message.size() - packed;
  auto copy = std::make_unique<Copy>(size, std::move(codec), std::move(message), from);
  return copies.by_number.emplace(id, copies.unused.watch(std::move(copy))).second;
}

bool read_bind(const Bytes& message, Copies& copies, int rank) {
  Reader reader(message);
  reader.get<Kind>();
  const auto id = reader.get<std::uint64_t>();
  const auto object = copies.by_number.find(reader.get<std::uint64_t>());
  Place fn = Place::read(reader, rank);
  if (!reader.is_at_end() || object == copies.by_number.end()) return false;
  auto copy = std::make_unique<Copy>(object->second, std::move(fn));
  return copies.by_number.emplace(id, copies.unused.watch(std::move(copy))).second;
}

}  // namespace tp::cluster
