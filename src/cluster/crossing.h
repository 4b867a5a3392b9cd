// SPDX-License-Identifier: MIT
// Which tasks may cross to other ranks, and how a batch of their items becomes a message. Stage: base, used by
// cluster/*.
#pragma once

#include <tpool/tpool.h>

#include <cstdint>
#include <string>

#include "cluster/batch_run.h"
#include "cluster/copy.h"
#include "cluster/identity.h"
#include "cluster/shared_objects.h"
#include "cluster/wire.h"
#include "result/taker.h"

namespace tp::cluster {

/// TP_OK; or the thread's last error says why the task can't cross. shared: what may be its ctx.
int check_task(const tp_task_t& task, const SharedObjects& shared);
/// The same for a codec, and for a function or NULL. field: its name.
int check_code(const char* field, const void* fn);
int check_codec(const char* field, const tp_codec_t* codec);

/// The message that has a rank run the items. shared: the number of the object that is the task's ctx, or 0. Runs pack
/// of the codec; throws std::bad_alloc, and what pack throws.
Bytes pack_run(std::uint64_t batch, const core::TakenItems& taken, std::uint64_t shared);

/// Of what a task is made, in the order in which they cross.
enum { kFn, kBatch, kCtx, kItemCodec, kValueCodec, kPlaces };

/// What a rank has been asked to run.
class ReceivedRun : public BatchRun {
 public:
  std::uint64_t batch = 0;
  Bytes message;  // the items lie in it

 protected:
  /// False: the message is broken. copies: of shared objects. rank: that it has come to.
  bool read(const Copies& copies, int rank);
  /// Finds what the task is made of, where objects may have to be loaded: their constructors are user code.
  void prepare(std::string& why) override;

 private:
  bool has(int which) const noexcept { return !places_[which].name.is_null(); }
  bool read_task(Reader& reader, const Copies& copies, int rank);
  bool find_task(std::string& why);
  bool find_typed(std::string& why);
  bool make_typed(void (*fn)(), tp_task_t& typed);
  bool are_sizes_typed();
  bool read_items(Reader& reader);
  Place places_[kPlaces];
  std::string signature_;  // of a typed call; empty: it is none
  Bytes done_;             // the answer if all succeed: room for a head, then the values
  struct Release {
    void operator()(tp_call_t* call) const { tp_call_release(call); }
  };
  std::unique_ptr<tp_call_t, Release> typed_;
  friend Bytes pack_done(ReceivedRun& run);
};

/// The message with the ends and values of what has been run. The values of the run may go with it.
Bytes pack_done(ReceivedRun& run);
/// The same when nothing could run.
Bytes pack_failed(std::uint64_t batch, std::uint64_t count, int status, const std::string& why);

/// How a batch has ended, as its rank says. The values lie in the message.
struct ReceivedEnds {
  Bytes message;
  std::uint64_t batch = 0, busy_ns = 0;
  std::vector<End> ends;
  std::vector<std::pair<const char*, std::size_t>> values;  // of each item that succeeded
};
/// The batch of the message; 0: it is broken.
std::uint64_t batch_of(const Bytes& message);
/// False: the message is broken, for a batch of so many items whose values have so many bytes, or are packed.
bool read_done(ReceivedEnds& ends, std::size_t count, std::size_t value_size, bool packed);

}  // namespace tp::cluster
