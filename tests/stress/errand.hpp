// SPDX-License-Identifier: MIT
// One job of a sequence: how it is submitted, what its items do, and the books of all its parts.
#pragma once

#include "stress/choices.hpp"
#include "support/test.hpp"

namespace stress {

class Life;
class Errand;
struct Bunch;

// The call that submits it. The first six wait for it.
enum class Kind : std::uint8_t {
  apply,
  map,
  range,
  starmap,
  team,
  typed_apply,
  apply_async,
  forget,  // a task without hooks and without a handle
  map_async,
  range_async,
  starmap_async,
  imap,
  imap_unordered,
  fed,  // a stream whose items are pushed
};
constexpr std::uint32_t kKinds = 14;

// What an item, a callback or a source does.
enum class Deed : std::uint8_t {
  nothing,
  block,
  fail,
  explain,
  change_mind,
  throw_it,
  end_thread,
  submit,
  submit_and_wait,
  call,
  wait_for_other,
  cancel_other,
  cancel_all,
  close,
  terminate,
  control,  // pauses and resumes the pool, resizes it, or changes its bound
  misuse,
  visit,   // has another pool's worker call back into this one
  spawn,   // spawns others, and syncs them
  group,   // waits for a group, cancels or pauses it
  follow,  // makes a result of another one, and waits for it or cancels it
};

struct Order {
  Deed deed = Deed::nothing;
  std::uint8_t extra = 0;
};

// Deeds as often as a sequence needs them.
Order draw_order(Choices& choices);

// An item or a value of one of its items.
struct Thing {
  static void make(void* slot, Errand& errand, std::size_t index);
  static void move(void* to, void* from);
  bool alive() const { return state == kAlive; }
  // Marks it as gone; false when it is no object.
  bool end();

  static constexpr std::uint32_t kAlive = 0x600d600d, kGone = 0xdeaddead;
  Errand* errand;
  std::uint32_t index;
  std::uint32_t state;
};

class Errand {
 public:
  Errand(Life& life, Kind kind, std::size_t n);
  Errand(const Errand&) = delete;
  Errand& operator=(const Errand&) = delete;

  // Draws everything that is to be decided about it.
  void draw(Choices& choices, bool bounded);

  // Joins a group, if its call takes options.
  void join(Bunch& bunch);
  const Bunch* bunch() const { return bunch_; }

  // Submits it; result as in the ABI. The status has been checked.
  int start(tp_result_t** result);

  // Pushes the items of a fed stream, as far as it has room for them in time, and their end.
  void push_all(tp_result_t* stream);

  bool is_stream() const { return kind_ >= Kind::imap; }
  bool is_blocking() const { return kind_ <= Kind::typed_apply; }
  // What has to hold of the outcome of a ready job, as far as its handle shows it.
  void check(tp_result_t* result);
  // What has to hold when nothing of it is left. complete: nothing may have been cut.
  void check_end(bool complete);
  void cancel(tp_result_t* result);
  // The same if nothing of it has started.
  void cancel_pending(tp_result_t* result);
  // Another thread may cancel it.
  void may_be_cut() { cancelled_ = true; }
  // Adds a done callback.
  void listen(tp_result_t* result);
  bool has_deadline() const { return options_.deadline > 0; }
  bool limits_items() const { return options_.item_deadline > 0; }
  bool has_time() const { return has_deadline() || limits_items(); }

  std::atomic<int> accepted{0};  // 1 or 0; 2 when the status leaves it open
  Order& order(std::size_t index) { return entries_[index].order; }
  std::size_t runs() const;

  // Of its items and values, told by their hooks.
  void dropped(const Thing& item) { entries_[item.index].drops++; }
  void value_made() { values_++; }
  void value_dropped() { values_--; }
  void wrong(const char* what);

 private:
  struct Entry {
    Order order;
    std::atomic<int> runs{0};
    std::atomic<int> drops{0};
    std::atomic<int> status{TP_OK};  // that its run has led to
  };

  int submit(tp_result_t** result);
  int submit_reduce();
  int submit_fed(tp_result_t** result);
  int submit_typed(tp_result_t** result);
  bool fails_by_callback() const;
  bool keeps_errors() const { return options_.flags & TP_JOB_KEEP_ERRORS; }
  bool all_well() const;
  void check_items(tp_result_t* result);
  void check_status(int status, std::size_t index);
  void finish_call(int status);
  bool gives_up() const;
  bool is_refusal(int status) const;
  bool is_bounded() const;
  bool is_group_cancelled() const;

  int run(std::size_t index, void* value);
  int run_range(std::size_t begin, std::size_t end);
  int pull(void* item);
  void called(bool success, tp_result_t* result);
  void told(tp_result_t* result);
  static int run_item(void* self, const void* item, void* value);
  static int run_batch(void* self, const void* items, void* values, std::size_t n, std::size_t* at);
  static int run_index(void* self, const void* item, void* value);
  static std::uint32_t run_typed(Errand* self, std::uint32_t index);
  friend class Life;

  Life& life_;
  const Kind kind_;
  std::vector<Entry> entries_;
  std::vector<Thing> items_;    // lent to maps
  std::vector<Thing> results_;  // of a blocking call
  std::vector<char> rows_;      // of a typed call
  tp_job_options_t options_{};
  tp_task_t task_{};
  Bunch* bunch_ = nullptr;
  Order callback_;
  Order done_;
  Order source_;
  std::size_t source_fails_at_ = SIZE_MAX;
  bool confirms_ = false;
  std::atomic<bool> cancelled_{false};
  std::atomic<bool> taken_back_{false};  // before it has started
  std::atomic<std::size_t> pulled_{0};
  std::atomic<int> contexts_dropped_{0}, sources_dropped_{0};
  std::atomic<int> successes_{0}, failures_{0};
  std::atomic<int> done_due_{0};  // done callbacks that were added and not called
  std::atomic<int> values_{0};    // that live
};

}  // namespace stress
