// SPDX-License-Identifier: MIT
// Which tasks may cross to other ranks, and how a batch of their items becomes a message. Stage: base, used by
// cluster/*.
#include "cluster/crossing.h"

#include <cxxabi.h>

#include <cstdarg>
#include <cstdio>
#include <new>
#include <optional>
#include <utility>

#include "cluster/identity.h"
#include "cluster/packing.h"
#include "result/seam.h"

namespace tp::cluster {
namespace {

[[gnu::format(printf, 1, 2)]] int refuse(const char* format, ...) {
  char sentence[400];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(sentence, sizeof sentence, format, arguments);
  va_end(arguments);
  return tp_seam_refuse(TP_ENOTSUP, sentence);
}

template <class Fn>
const void* address(Fn fn) noexcept {
  return reinterpret_cast<const void*>(fn);
}

int check_size(const char* what, std::size_t size, const tp_codec_t* codec) {
  if (size || !codec) return TP_OK;
  return refuse("task.%s_codec is set, but task.%s_size is 0; give the object's size", what, what);
}

int check_hooks(const char* what, bool has_hooks, const tp_codec_t* codec) {
  if (!has_hooks || codec) return TP_OK;
  return refuse(
      "task.%s_move or task.%s_drop is set, so that %ss are no plain bytes; give the task a "
      "%s_codec, which "
      "makes bytes of them",
      what, what, what, what);
}

template <class Fn>
bool find(const Place& place, Sort sort, Fn& fn, std::string& why) {
  fn = nullptr;
  if (place.name.is_null()) return true;
  const void* const at = Identity::here().find(place, sort, why);
  fn = reinterpret_cast<Fn>(const_cast<void*>(at));
  return at != nullptr;
}

bool find_codec(const Place& place, const tp_codec_t*& codec, std::string& why) {
  codec = nullptr;
  if (place.name.is_null()) return true;
  codec = Identity::here().find_codec(place, why);
  return codec != nullptr;
}

/// What crosses of a typed call, to which a task's ctx leads.
struct Typed {
  explicit Typed(const void* ctx)
      : status(tp_seam_typed(ctx, &native, signature, sizeof signature)) {}
  const void* fn() const { return address(native); }

  void (*native)() = nullptr;
  char signature[tp::core::kTypedText] = "";
  const int status;
};

/// Stands for the size of an item that can't be packed.
constexpr std::uint64_t kUnpacked = UINT64_MAX;

/// What stands before the values when all items have ended alike, without a message.
constexpr std::size_t kDoneHead = 64;

/// False: the codec fails.
bool try_pack(Bytes& bytes, const tp_codec_t& codec, const void* object) try {
  return pack(bytes, codec, object) == nullptr;
} catch (const std::bad_alloc&) {
  throw;
} catch (const abi::__forced_unwind&) {
  throw;
} catch (...) {
  return false;
}

void put_packed(Writer& writer, const tp_codec_t& codec, const void* object) {
  const std::size_t at = writer.bytes().size();
  writer.put(std::uint64_t{0});
  const std::size_t from = writer.bytes().size();
  const bool is_packed = try_pack(writer.bytes(), codec, object);
  if (!is_packed) writer.bytes().resize(from);
  const std::uint64_t size = is_packed ? writer.bytes().size() - from : kUnpacked;
  std::memcpy(writer.bytes().data() + at, &size, sizeof size);
}

}  // namespace

int check_code(const char* field, const void* fn) {
  Name name;
  if (!fn || Identity::here().name(fn, Sort::code, name)) return TP_OK;
  return refuse(
      "%s is code of no loaded object, which other ranks don't have; use a function of the program "
      "or of a "
      "library",
      field);
}

int check_codec(const char* field, const tp_codec_t* codec) {
  Name name;
  if (!codec) return TP_OK;
  if (!Identity::here().name(codec, Sort::constant, name))
    return refuse("%s is no constant of a loaded object; make it a static const tp_codec_t", field);
  if (codec->size < sizeof(tp_codec_t) || !codec->pack || !codec->unpack)
    return refuse("%s has no pack, no unpack or a wrong size; a codec needs all three", field);
  for (const void* const fn : {address(codec->pack), address(codec->unpack), address(codec->drop)})
    if (const int status = check_code(field, fn); status != TP_OK) return status;
  return TP_OK;
}

static int check_typed(const Typed& typed) {
  if (typed.status == TP_OK) return check_code("the function of the typed call", typed.fn());
  return refuse(
      "the typed call takes or returns a pointer, which means nothing in other ranks; give it "
      "numbers");
}

int check_task(const tp_task_t& task, const SharedObjects& shared) {
  if (!task.fn) return TP_OK;  // the pool refuses it
  if (tp_seam_is_typed(&task)) return check_typed(Typed(task.ctx));
  int status = check_code("task.fn", address(task.fn));
  if (status == TP_OK) status = check_code("task.batch", address(task.batch));
  if (status == TP_OK) status = check_codec("task.item_codec", task.item_codec);
  if (status == TP_OK) status = check_codec("task.value_codec", task.value_codec);
  if (status == TP_OK) status = check_size("item", task.item_size, task.item_codec);
  if (status == TP_OK) status = check_size("value", task.value_size, task.value_codec);
  if (status == TP_OK)
    status = check_hooks("item", task.item_move || task.item_drop, task.item_codec);
  if (status == TP_OK)
    status = check_hooks("value", task.value_move || task.value_drop, task.value_codec);
  Name name;
  if (status != TP_OK || !task.ctx || shared.has(task.ctx) ||
      Identity::here().name(task.ctx, Sort::constant, name))
    return status;
  return refuse(
      "task.ctx is %p, which is no constant of a loaded object: other ranks don't have it; share "
      "it (tp_cluster_share, tp_cluster_bind), put it into the items, or make it a constant",
      task.ctx);
}

Bytes pack_run(std::uint64_t batch, const core::TakenItems& taken, std::uint64_t shared) {
  const tp_task_t& task = *taken.task;
  Writer writer(Kind::run);
  auto places = Identity::here().places({{address(task.fn), Sort::code},
                                         {address(task.batch), Sort::code},
                                         {task.ctx, Sort::constant},
                                         {task.item_codec, Sort::constant},
                                         {task.value_codec, Sort::constant}});
  if (shared) places[kCtx].name = Name::of_shared(shared);
  std::optional<Typed> typed;  // of all that is accepted, nothing else has such a ctx
  if (task.ctx && places[kCtx].name.is_null()) {
    typed.emplace(task.ctx);
    places[kFn] = Identity::here().place(typed->fn(), Sort::code);
  }
  writer.put(batch);
  for (const Place& place : places) place.write(writer);
  writer.put(std::uint64_t{task.item_size});
  writer.put(std::uint64_t{task.value_size});
  writer.put(task.flags);
  writer.put(taken.limit_ns);
  writer.put(std::uint64_t{taken.count});
  writer.put(std::uint64_t{taken.chunk});
  writer.put(std::uint32_t{tp_seam_level(&taken)});
  writer.put_text(typed ? typed->signature : "");
  if (!taken.items || !task.item_size) return writer.take();
  if (!task.item_codec) writer.align();
  writer.bytes().reserve(writer.bytes().size() + taken.count * task.item_size);
  if (!task.item_codec && taken.item_stride == task.item_size) {
    writer.put_bytes(taken.items, taken.count * task.item_size);
    return writer.take();
  }
  for (std::size_t i = 0; i < taken.count; ++i) {
    const char* const item = taken.items + i * taken.item_stride;
    if (task.item_codec)
      put_packed(writer, *task.item_codec, item);
    else
      writer.put_bytes(item, task.item_size);
  }
  return writer.take();
}

bool ReceivedRun::read(const Copies& copies, int rank) {
  Reader reader(message);
  reader.get<Kind>();
  batch = reader.get<std::uint64_t>();
  return read_task(reader, copies, rank) && read_items(reader);
}

bool ReceivedRun::read_task(Reader& reader, const Copies& copies, int rank) {
  task.size = sizeof task;
  for (Place& place : places_) place = Place::read(reader, rank);
  task.item_size = reader.get<std::uint64_t>();
  task.value_size = reader.get<std::uint64_t>();
  task.flags = reader.get<std::uint32_t>() & TP_TASK_CONFIRM;
  const auto limit_ns = reader.get<std::uint64_t>();
  if (limit_ns) item_deadline = static_cast<double>(limit_ns) * 1e-9;
  count = reader.get<std::uint64_t>();
  chunk = reader.get<std::uint64_t>();
  level = reader.get<std::uint32_t>();
  signature_ = reader.get_text();
  packs = has(kItemCodec) || has(kValueCodec);
  const bool is_level = level == TP_JOB_URGENT || level == TP_JOB_BACKGROUND || level == 0;
  if (!reader.ok() || !has(kFn) || count == 0 || !is_level) return false;
  if (!signature_.empty()) return !packs && are_sizes_typed();
  if (!places_[kCtx].name.is_shared()) return true;
  const auto found = copies.by_number.find(places_[kCtx].name.offset);
  if (found == copies.by_number.end()) return false;
  shared = found->second;
  return true;
}

/// Where no typed call can be made, prepare says so.
bool ReceivedRun::are_sizes_typed() {
  tp_task_t typed{};
  const auto stands_in = [] {};
  return !make_typed(stands_in, typed) ||
         (typed.item_size == task.item_size && typed.value_size == task.value_size);
}

bool ReceivedRun::make_typed(void (*fn)(), tp_task_t& typed) {
  tp_call_t* call = nullptr;
  if (tp_call_create(fn, signature_.c_str(), &call) != TP_OK) return false;
  typed_.reset(call);
  typed.size = sizeof typed;
  return tp_call_task(call, &typed) == TP_OK;
}

void ReceivedRun::prepare(std::string& why) {
  if (find_task(why)) BatchRun::prepare(why);
}

bool ReceivedRun::find_task(std::string& why) {
  if (!signature_.empty()) return find_typed(why);
  return find(places_[kFn], Sort::code, task.fn, why) &&
         find(places_[kBatch], Sort::code, task.batch, why) &&
         (shared || find(places_[kCtx], Sort::constant, task.ctx, why)) &&
         find_codec(places_[kItemCodec], task.item_codec, why) &&
         find_codec(places_[kValueCodec], task.value_codec, why);
}

bool ReceivedRun::find_typed(std::string& why) {
  void (*fn)() = nullptr;
  tp_task_t typed{};
  if (!find(places_[kFn], Sort::code, fn, why)) return false;
  if (!make_typed(fn, typed)) {
    why = "the rank can't make a typed call of " + signature_;
    return false;
  }
  if (typed.item_size != task.item_size || typed.value_size != task.value_size) {
    why = "the sizes of the typed call are not those of " + signature_;
    return false;
  }
  task.fn = typed.fn;
  task.ctx = typed.ctx;
  return true;
}

/// What the message has is checked before anything is allocated for it. Memory for values is what rank 0 asks for.
bool ReceivedRun::read_items(Reader& reader) {
  std::size_t size = 0, values_size = 0;
  if (__builtin_mul_overflow(count, task.item_size, &size) ||
      __builtin_mul_overflow(count, task.value_size, &values_size) ||
      values_size > PTRDIFF_MAX - kDoneHead)
    return false;
  if (has(kItemCodec)) {
    if (count > reader.left() / sizeof(std::uint64_t)) return false;
    packed_items.reserve(count);
    for (std::size_t i = 0; i < count && reader.ok(); ++i) {
      const auto packed = static_cast<std::size_t>(reader.get<std::uint64_t>());
      const bool is_packed = packed != kUnpacked;
      packed_items.emplace_back(is_packed ? reader.get_bytes(packed) : nullptr, packed);
    }
  } else if (task.item_size) {
    reader.align();
    items = reader.get_bytes(size);
    item_stride = task.item_size;
  }
  if (!reader.is_at_end()) return false;
  if (has(kValueCodec)) {
    packed_values.resize(count);
  } else if (values_size) {
    done_ = Bytes::zeros(kDoneHead + values_size);  // for tasks that leave gaps
    values = done_.data() + kDoneHead;
  }
  value_stride = task.value_size;
  return true;
}

/// How the items have ended. Their values follow.
static Writer pack_ends(std::uint64_t batch, std::uint64_t busy_ns, const End* ends,
                        std::size_t n) {
  Writer writer(Kind::done);
  writer.put(batch);
  writer.put(busy_ns);
  writer.put(std::uint64_t{n});
  for (const End* end = ends; end != ends + n; ++end) {
    writer.put(end->count);
    writer.put(end->status);
    writer.put(end->code);
    writer.put(std::uint32_t{end->unrun});
    writer.put_text(end->message);
  }
  writer.align();
  return writer;
}

Bytes pack_done(ReceivedRun& run) {
  Writer writer = pack_ends(run.batch, run.busy_ns(), run.ends().data(), run.ends().size());
  if (run.values && run.ends().size() == 1 && run.ends()[0].status == TP_OK &&
      writer.bytes().size() == kDoneHead) {
    std::memcpy(run.done_.data(), writer.bytes().data(), kDoneHead);
    return std::move(run.done_);
  }
  for (const End& end : run.ends()) {
    if (end.status != TP_OK || !run.task.value_size) continue;
    if (!run.task.value_codec) {
      writer.put_bytes(run.values + end.at * run.value_stride, end.count * run.value_stride);
      continue;
    }
    for (std::uint64_t i = end.at; i < end.at + end.count; ++i) {
      writer.put(std::uint64_t{run.packed_values[i].size()});
      writer.put_bytes(run.packed_values[i].data(), run.packed_values[i].size());
    }
  }
  return writer.take();
}

Bytes pack_failed(std::uint64_t batch, std::uint64_t count, int status, const std::string& why) {
  const End end{0, count, status, 0, false, why};
  return pack_ends(batch, 0, &end, 1).take();
}

std::uint64_t batch_of(const Bytes& message) {
  Reader reader(message);
  reader.get<Kind>();
  const auto batch = reader.get<std::uint64_t>();
  return reader.ok() ? batch : 0;
}

bool read_done(ReceivedEnds& received, std::size_t count, std::size_t value_size, bool packed) {
  Reader reader(received.message);
  reader.get<Kind>();
  received.batch = reader.get<std::uint64_t>();
  received.busy_ns = reader.get<std::uint64_t>();
  const auto n = static_cast<std::size_t>(reader.get<std::uint64_t>());
  std::size_t at = 0;
  for (std::size_t i = 0; i < n && reader.ok(); ++i) {
    End end{at,
            reader.get<std::uint64_t>(),
            reader.get<std::int32_t>(),
            reader.get<std::int32_t>(),
            false,
            {}};
    end.unrun = reader.get<std::uint32_t>() != 0;
    end.message = reader.get_text();
    if (end.count == 0 || end.count > count - at || end.status > 0 || end.status < TP_ENOTSUP)
      return false;
    at += end.count;
    received.ends.push_back(std::move(end));
  }
  reader.align();
  if (!reader.ok() || at != count) return false;
  if (value_size == 0) return reader.is_at_end();
  received.values.resize(count);
  for (const End& end : received.ends) {
    if (end.status != TP_OK) continue;
    for (std::uint64_t i = end.at; i < end.at + end.count; ++i) {
      const std::size_t size =
          packed ? static_cast<std::size_t>(reader.get<std::uint64_t>()) : value_size;
      received.values[i] = {reader.get_bytes(size), size};
      if (!reader.ok()) return false;
    }
  }
  return reader.is_at_end();
}

}  // namespace tp::cluster
