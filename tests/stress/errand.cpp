// SPDX-License-Identifier: MIT
// What the hooks of an errand note, and what they must have noted at its end.
#include "stress/errand.hpp"

#include "stress/life.hpp"

namespace stress {
static thread_local bool is_listening = false;

void Thing::make(void* slot, Errand& errand, std::size_t index) {
  new (slot) Thing{&errand, static_cast<std::uint32_t>(index), kAlive};
}

void Thing::move(void* to, void* from) {
  auto* thing = static_cast<Thing*>(from);
  const Thing copy = *thing;
  if (thing->end()) new (to) Thing(copy);
}

bool Thing::end() {
  if (!alive()) errand->wrong("a hook got an object that is gone");
  const bool was = alive();
  state = kGone;
  return was;
}

Order draw_order(Choices& choices) {
  static constexpr Deed kDeeds[] = {
      Deed::nothing,      Deed::nothing,     Deed::nothing,         Deed::nothing,
      Deed::nothing,      Deed::nothing,     Deed::nothing,         Deed::control,
      Deed::block,        Deed::block,       Deed::block,           Deed::fail,
      Deed::explain,      Deed::change_mind, Deed::throw_it,        Deed::end_thread,
      Deed::submit,       Deed::submit,      Deed::submit_and_wait, Deed::submit_and_wait,
      Deed::call,         Deed::call,        Deed::wait_for_other,  Deed::wait_for_other,
      Deed::cancel_other, Deed::close,       Deed::terminate,       Deed::misuse,
      Deed::visit,        Deed::group,       Deed::spawn,           Deed::spawn,
      Deed::follow,       Deed::follow,      Deed::cancel_all};
  const std::uint32_t which = choices.below(sizeof kDeeds / sizeof *kDeeds);
  return {kDeeds[which], static_cast<std::uint8_t>(choices.below(256))};
}

Errand::Errand(Life& life, Kind kind, std::size_t n)
    : life_(life), kind_(kind), entries_(n), items_(n) {
  options_.size = sizeof options_;
  options_.user = this;
  task_.size = sizeof task_;
  task_.ctx = this;
  task_.fn = run_item;
  for (std::size_t i = 0; i < n; ++i) Thing::make(&items_[i], *this, i);
}

void Errand::wrong(const char* what) { life_.wrong(what); }

std::size_t Errand::runs() const {
  std::size_t all = 0;
  for (const Entry& entry : entries_) all += static_cast<std::size_t>(entry.runs);
  return all;
}

int Errand::run(std::size_t index, void* value) {
  Entry& entry = entries_[index];
  if (entry.runs++ != 0) wrong("an item ran twice");
  if (entry.drops != 0) wrong("an item ran after its drop");
  const int code = life_.perform(entry.order, entry.status);
  if (code == 0 && value) {
    Thing::make(value, *this, index);
    value_made();
  }
  if (code == 0 && confirms_) tp_task_confirm();
  return code;
}

int Errand::run_item(void*, const void* item, void* value) {
  const auto* thing = static_cast<const Thing*>(item);
  if (!thing->alive()) thing->errand->wrong("an item ran that is gone");
  return thing->errand->run(thing->index, value);
}

int Errand::run_batch(void* self, const void* items, void* values, std::size_t n, std::size_t* at) {
  const bool has_values = static_cast<Errand*>(self)->task_.value_size != 0;
  for (std::size_t i = 0; i < n; ++i) {
    *at = i;
    void* const value = has_values ? static_cast<Thing*>(values) + i : nullptr;
    if (const int code = run_item(self, static_cast<const Thing*>(items) + i, value)) return code;
  }
  return 0;
}

int Errand::run_index(void* self, const void* item, void*) {
  const std::uint64_t index = *static_cast<const std::uint64_t*>(item);
  return static_cast<Errand*>(self)->run(static_cast<std::size_t>(index), nullptr);
}

std::uint32_t Errand::run_typed(Errand* self, std::uint32_t index) {
  self->run(index, nullptr);
  self->entries_[index].status = TP_OK;  // whatever it returns
  return index;
}

int Errand::run_range(std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < end; ++i)
    if (entries_[i].runs++ != 0) wrong("a chunk's item ran twice");
  struct Copy {
    Entry *first, *last;
    ~Copy() {
      for (Entry* entry = first + 1; entry < last; ++entry) entry->status = first->status.load();
    }
  } copy{&entries_[begin], &entries_[0] + end};
  return life_.perform(entries_[begin].order, entries_[begin].status);
}

int Errand::pull(void* item) {
  const std::size_t index = pulled_;
  if (sources_dropped_ != 0) wrong("a source was called after its drop");
  if (index == source_fails_at_) {
    std::atomic<int> status;
    return life_.perform(source_, status) ? -3 : 0;
  }
  if (index == entries_.size()) return 0;
  Thing::make(item, *this, index);
  pulled_ = index + 1;
  return 1;
}

void Errand::called(bool success, tp_result_t* result) {
  (success ? successes_ : failures_)++;
  if (success && !keeps_errors() && !all_well())
    wrong("the callback of success for a job that failed");
  if (contexts_dropped_ != (task_.ctx_drop || options_.ctx_drop ? 1 : 0))
    wrong("a callback before the drop of the context");
  const int status = tp_result_get(result, 0, nullptr);
  if ((status == TP_OK) != success || (status == TP_ETIMEDOUT && !has_time()))
    wrong("get inside a callback");
  if (!success && !tp_result_error(result)) wrong("a failed job without an error");
  const InCallback inside;
  std::atomic<int> ignored;
  life_.perform(callback_, ignored);
}

void Errand::cancel(tp_result_t* result) {
  cancelled_ = true;
  if (tp_result_cancel(result) != TP_OK) wrong("cancel");
}

void Errand::cancel_pending(tp_result_t* result) {
  const int status = tp_result_cancel_pending(result);
  if (status != 0 && status != 1) wrong("cancel_pending");
  if (status == 1) cancelled_ = taken_back_ = true;
}

bool Errand::is_group_cancelled() const { return bunch_ && bunch_->is_cancelled; }

void Errand::listen(tp_result_t* result) {
  done_due_++;
  const auto done = [](void* self, tp_result_t* ready) { static_cast<Errand*>(self)->told(ready); };
  is_listening = true;
  if (tp_result_add_done_callback(result, done, this) != TP_OK) wrong("add_done_callback");
  is_listening = false;
}

void Errand::told(tp_result_t* result) {
  done_due_--;
  if (tp_result_ready(result) != 1) wrong("a done callback before the end");
  if (is_listening) return;  // the job was ready: the pool may be gone
  const InCallback inside;
  std::atomic<int> ignored;
  life_.perform(done_, ignored);
}

bool Errand::all_well() const {
  for (const Entry& entry : entries_)
    if (entry.runs != 1 || entry.status != TP_OK) return false;
  return true;
}

bool Errand::fails_by_callback() const {
  const Deed deed = callback_.deed;
  return deed == Deed::explain || deed == Deed::change_mind || deed == Deed::throw_it;
}

// How an item of a ready job must have ended.
void Errand::check_status(int status, std::size_t index) {
  const Entry& entry = entries_[index];
  if (has_deadline() && status == TP_ETIMEDOUT) return;
  if (limits_items() && status == TP_ETIMEDOUT && entry.runs == 1) return;
  if (fails_by_callback() && entries_.size() == 1 && status == TP_ETASK) return;
  if (entry.runs == 1) {
    if (status != entry.status) wrong("an item's status is not what it did");
  } else if (status != TP_ECANCELED && status != TP_ETERMINATED && status != TP_EINIT) {
    wrong("the status of an item that did not run");
  }
}

void Errand::check(tp_result_t* result) {
  if (tp_result_ready(result) != 1) return;
  const int successful = tp_result_successful(result);
  if ((tp_result_error(result) == nullptr) != (successful == 1)) wrong("successful, or an error?");
  if (is_stream()) return;
  check_items(result);
  void* values = nullptr;
  const int status = tp_result_get(result, 0, &values);
  if ((status == TP_OK) != (successful == 1)) wrong("get and successful differ");
  if (status != TP_OK) return;
  if (!keeps_errors() && !all_well()) wrong("a success whose items failed");
  const auto* things = static_cast<const Thing*>(values);
  for (std::size_t i = 0; i < entries_.size() && task_.value_drop; ++i) {
    // the value of an item that was too late has gone
    const int ended = limits_items() ? tp_result_item_status(result, i) : entries_[i].status.load();
    if (ended == TP_OK && (!things[i].alive() || things[i].index != i))
      wrong("a value is not the item's");
  }
}

void Errand::check_items(tp_result_t* result) {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const int status = tp_result_item_status(result, i);
    check_status(status, i);
    const bool failed = status == TP_ETASK || status == TP_ELOST;
    if (keeps_errors() && failed && !tp_result_item_error(result, i)) wrong("no error was kept");
  }
  if (tp_result_item_status(result, entries_.size()) != TP_EINVAL) wrong("the status of no item");
}

// The outcome of a blocking call that was not refused.
void Errand::finish_call(int status) {
  const bool may_be_cut =
      (entries_.empty() && status == TP_ETERMINATED) || (has_time() && status == TP_ETIMEDOUT) ||
      ((is_group_cancelled() || life_.is_cancelled()) && status == TP_ECANCELED);
  if ((status == TP_OK) != all_well() && !may_be_cut) wrong("the status of a blocking call");
  if (status != TP_OK && !tp_last_error()) wrong("a failed call without a last error");
  for (Thing& value : results_) {
    if (status != TP_OK) break;
    if (value.end()) value_dropped();
  }
}

void Errand::check_end(bool complete) {
  const std::size_t given = is_stream() ? pulled_.load() : entries_.size();
  const bool owns_items = is_stream() || kind_ == Kind::apply_async;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const bool is_given = accepted != 0 && i < given;
    if (entries_[i].runs > (is_given ? 1 : 0)) wrong("an item ran that was not given");
    if (entries_[i].drops != (is_given && owns_items)) wrong("an item was not dropped once");
    const bool has_to_run = complete && accepted == 1 && is_given && !cancelled_ &&
                            !is_group_cancelled() && !has_deadline() &&
                            !(options_.flags & TP_JOB_FAIL_FAST) && source_fails_at_ == SIZE_MAX;
    if (has_to_run && entries_[i].runs != 1) wrong("an accepted item did not run");
  }
  const bool pulled = pulled_ != 0 && kind_ != Kind::fed;
  if (taken_back_ && (runs() != 0 || pulled)) wrong("a job that was taken back had started");
  if (values_ != 0) wrong("a value was not dropped once");
  if (done_due_ != 0) wrong("a done callback was not called once");
  if (accepted == 2) return;
  const bool has_ctx = task_.ctx_drop || options_.ctx_drop;
  if (contexts_dropped_ != (has_ctx ? accepted.load() : 0)) wrong("a context was not dropped once");
  if (sources_dropped_ != (is_stream() ? accepted.load() : 0)) wrong("a source: not dropped once");
  if (successes_ + failures_ != (options_.callback ? accepted.load() : 0))
    wrong("not one callback");
}

}  // namespace stress
