// SPDX-License-Identifier: MIT
// How an errand is drawn and submitted, through each call of the ABI that takes work.
#include "stress/errand.hpp"
#include "stress/life.hpp"

namespace stress {
namespace {

struct Row {
  Errand* errand;
  std::uint32_t index;
};

}  // namespace

void Errand::draw(Choices& choices, bool bounded) {
  for (Entry& entry : entries_)
    if (entries_.size() < 8 || choices.one_in(16)) entry.order = draw_order(choices);
  if (kind_ == Kind::team) return;
  options_.chunksize = choices.below(4);
  static constexpr std::uint32_t kLevels[] = {0, 0, TP_JOB_URGENT, TP_JOB_BACKGROUND};
  options_.flags = (choices.one_in(4) ? TP_JOB_FAIL_FAST : 0) | (choices.coin() ? TP_JOB_TRY : 0);
  options_.flags |= kLevels[choices.below(4)];
  if (!(options_.flags & TP_JOB_TRY) && choices.one_in(4)) options_.flags |= TP_JOB_UNBOUNDED;
  options_.deadline = choices.one_in(4) ? choices.below(8) * 1e-4 : 0;
  options_.start_after = choices.one_in(8) ? choices.below(8) * 1e-4 : 0;
  options_.submit_timeout = choices.one_in(4) ? choices.below(4) * 1e-4 : 0;
  options_.item_deadline = choices.one_in(8) ? (1 + choices.below(4)) * 1e-4 : 0;
  if (limits_items()) life_.limit_items();
  const bool runs_here = choices.one_in(4) && !(options_.flags & TP_JOB_TRY) && !is_stream();
  if (runs_here && options_.start_after == 0) options_.flags |= TP_JOB_CALLER_RUNS;
  const bool keeps = choices.coin() && !(options_.flags & TP_JOB_FAIL_FAST);
  if (keeps && (kind_ == Kind::map_async || kind_ == Kind::starmap_async))
    options_.flags |= TP_JOB_KEEP_ERRORS;
  const bool calls_back = choices.coin(), has_values = choices.coin(), has_ctx = choices.coin();
  const std::uint32_t window = choices.below(8);
  callback_ = draw_order(choices);
  done_ = draw_order(choices);
  // a done callback has no error
  if (done_.deed == Deed::explain || done_.deed == Deed::change_mind) done_.deed = Deed::nothing;
  source_ = draw_order(choices);
  const bool fails = choices.one_in(4);
  const std::uint32_t fails_at = choices.below(8);
  // a thread that runs its own job has no function for it
  const bool hosted = choices.coin() && life_.is_hosted() && !(options_.flags & TP_JOB_CALLER_RUNS);
  confirms_ = choices.one_in(4) && kind_ != Kind::forget && kind_ != Kind::range;
  if (kind_ == Kind::forget) return;
  if (confirms_) task_.flags = TP_TASK_CONFIRM;
  if (choices.coin()) task_.batch = run_batch;
  if (hosted) task_.fn = nullptr;
  const bool is_range = kind_ == Kind::range || kind_ == Kind::range_async;
  if (has_values && !is_range) task_.value_size = sizeof(Thing);
  if (has_ctx) task_.ctx_drop = [](void* self) { static_cast<Errand*>(self)->contexts_dropped_++; };
  if (is_stream() && kind_ != Kind::fed && fails) source_fails_at_ = fails_at;
  // a stream that nobody reads must not keep the others from coming in
  if (is_stream()) options_.buffersize = bounded ? TP_UNBOUNDED : window;
  if (!calls_back || is_stream() || is_blocking()) return;
  options_.callback = [](void* self, tp_result_t* result) {
    static_cast<Errand*>(self)->called(true, result);
  };
  options_.error_callback = [](void* self, tp_result_t* result) {
    static_cast<Errand*>(self)->called(false, result);
  };
}

void Errand::join(Bunch& bunch) {
  if (kind_ == Kind::apply || kind_ == Kind::typed_apply || kind_ == Kind::team) return;
  bunch_ = &bunch;
  options_.group = bunch.group;
  if (bunch.max_running) options_.flags &= ~TP_JOB_CALLER_RUNS;
  // nobody may read it while others of the group wait for its end
  if (is_stream()) options_.buffersize = TP_UNBOUNDED;
}

bool Errand::is_bounded() const { return life_.is_bounded() || (bunch_ && bunch_->max_pending); }

// Its call does not wait for room, or not for ever.
bool Errand::gives_up() const {
  return (options_.flags & TP_JOB_TRY) || options_.submit_timeout > 0;
}

bool Errand::is_refusal(int status) const {
  return status == TP_ECLOSED || (status == TP_EINIT && life_.may_break()) ||
         (status == TP_ETIMEDOUT && has_deadline() && is_bounded()) ||
         (status == TP_EDEADLK && is_bounded()) ||
         (status == TP_EAGAIN && gives_up() && is_bounded()) ||
         (status == TP_EAGAIN && kind_ == Kind::team);  // too few workers are idle
}

int Errand::start(tp_result_t** result) {
  task_.item_size = sizeof(Thing);
  task_.item_move = task_.value_move = Thing::move;
  task_.item_drop = [](void* item) {
    auto* thing = static_cast<Thing*>(item);
    if (thing->end()) thing->errand->dropped(*thing);
  };
  if (task_.value_size)
    task_.value_drop = [](void* value) {
      auto* thing = static_cast<Thing*>(value);
      if (thing->end()) thing->errand->value_dropped();
    };
  options_.source_drop = [](void* self) { static_cast<Errand*>(self)->sources_dropped_++; };
  accepted = 2;  // until it returns, and should this thread end in there
  const bool typed =
      kind_ == Kind::starmap || kind_ == Kind::starmap_async || kind_ == Kind::typed_apply;
  const int status = typed ? submit_typed(result) : submit(result);
  // how the job of a blocking call may have ended, too
  const bool is_open = is_blocking() && (status == TP_EINIT || status == TP_ETIMEDOUT ||
                                         (status == TP_EDEADLK && bunch_));
  accepted = is_open ? 2 : !is_refusal(status);
  if (is_blocking() && accepted == 1) finish_call(status);
  if (!is_blocking() && accepted == 1 && status != TP_OK) wrong("the status of a submit");
  return status;
}

int Errand::submit(tp_result_t** result) {
  tp_pool_t* const pool = life_.pool();
  const std::size_t n = entries_.size();
  const std::uint64_t number = 0;
  const auto range = [](void* self, std::size_t begin, std::size_t end) {
    return static_cast<Errand*>(self)->run_range(begin, end);
  };
  const auto source = [](void* self, void* item) { return static_cast<Errand*>(self)->pull(item); };
  options_.ctx_drop = task_.ctx_drop;
  if (is_blocking() && task_.value_size) results_.resize(n);
  switch (kind_) {
    case Kind::apply:
      return tp_pool_apply(pool, &task_, items_.data(), results_.data());
    case Kind::map:
      return tp_pool_map(pool, &task_, items_.data(), results_.data(), n, &options_);
    case Kind::range:
      return n % 2 ? submit_reduce() : tp_pool_for(pool, range, this, n, &options_);
    case Kind::team:
      return tp_pool_team(pool, range, this, n);
    case Kind::apply_async:
      return tp_pool_apply_async(pool, &task_, items_.data(), &options_, result);
    case Kind::map_async:
      return tp_pool_map_async(pool, &task_, items_.data(), n, &options_, result);
    case Kind::range_async:
      return tp_pool_for_async(pool, range, this, n, &options_, result);
    case Kind::imap:
      return tp_pool_imap(pool, &task_, source, this, &options_, result);
    case Kind::imap_unordered:
      return tp_pool_imap_unordered(pool, &task_, source, this, &options_, result);
    case Kind::fed:
      return submit_fed(result);
    default:
      break;
  }
  tp_task_t plain = TP_TASK(run_index, this, std::uint64_t, char);
  plain.value_size = 0;
  return tp_pool_apply_async(pool, &plain, &number, &options_, nullptr);
}

int Errand::submit_reduce() {
  const auto add = [](void* self, std::size_t begin, std::size_t end, void* partial) {
    *static_cast<std::size_t*>(partial) += end - begin;
    return static_cast<Errand*>(self)->run_range(begin, end);
  };
  const auto combine = [](void*, void* into, void* from) {
    *static_cast<std::size_t*>(into) += *static_cast<std::size_t*>(from);
    return 0;
  };
  const std::size_t none = 0, n = entries_.size();
  std::size_t count = 0;
  const tp_reduce_t reduce{sizeof reduce, add, combine, this, &none, sizeof none};
  const int status = tp_pool_reduce(life_.pool(), &reduce, n, &options_, &count);
  if (count != (status == TP_OK ? n : 0)) wrong("the value of a reduce");
  return status;
}

int Errand::submit_fed(tp_result_t** result) {
  const auto imap = entries_.size() % 2 ? tp_pool_imap : tp_pool_imap_unordered;
  return imap(life_.pool(), &task_, nullptr, this, &options_, result);
}

void Errand::push_all(tp_result_t* stream) {
  int status = TP_OK;
  for (std::size_t i = 0; i < entries_.size() && status == TP_OK; ++i) {
    pulled_ = i + 1;
    status = tp_result_push(stream, &items_[i], 1e-4);
    if (status != TP_OK) pulled_ = i;
  }
  if (status != TP_OK && status != TP_ETIMEDOUT && status != TP_ECANCELED) wrong("push");
  if (tp_result_push_end(stream) != TP_OK) wrong("push_end");
}

int Errand::submit_typed(tp_result_t** result) {
  task_.ctx_drop = options_.ctx_drop = nullptr;  // it is the call's
  task_.value_size = 0;
  task_.value_drop = nullptr;
  tp_call_t* call = nullptr;
  const auto fn = reinterpret_cast<void (*)()>(run_typed);
  if (tp_call_create(fn, "uint32(pointer, uint32)", &call) != TP_OK) wrong("call_create");
  struct Release {
    tp_call_t* call;
    ~Release() { tp_call_release(call); }
  } release{call};
  std::size_t row = 0, args = 0, value = 0, offset = 0, arg = 0;
  if (tp_call_row(call, &row, &args, &value) != TP_OK || row != sizeof(Row)) wrong("call_row");
  if (tp_call_arg(call, 1, &offset, &arg) != TP_OK || offset != sizeof(void*)) wrong("call_arg");
  rows_.resize(entries_.size() * row);
  auto* const rows = reinterpret_cast<Row*>(rows_.data());
  for (std::uint32_t i = 0; i < entries_.size(); ++i) rows[i] = {this, i};
  std::vector<std::uint32_t> values(entries_.size());
  if (kind_ == Kind::starmap)
    return tp_pool_starmap(life_.pool(), call, rows, values.data(), values.size(), &options_);
  if (kind_ == Kind::starmap_async)
    return tp_pool_starmap_async(life_.pool(), call, rows, values.size(), &options_, result);
  tp_task_t task;
  if (tp_call_task(call, &task) != TP_OK) wrong("call_task");
  return tp_pool_apply(life_.pool(), &task, rows, values.data());
}

}  // namespace stress
