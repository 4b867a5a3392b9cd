// SPDX-License-Identifier: MIT
// The result of an imap job, one value after the other.
#ifndef TPOOL_IMAP_HPP
#define TPOOL_IMAP_HPP

#include "detail/prologue.hpp"

#include <tpool/pool.h>
#include <tpool/result.h>

#include <optional>
#include <type_traits>
#include <utility>

#include "detail/cell.hpp"
#include "detail/traits.hpp"
#include "error.hpp"
#include "result.hpp"
#include "timeout.hpp"

namespace tp::v1 {
namespace detail {
template <class T>
class StreamAwaiter;
template <class Range>
class StageItems;
template <class Range, bool>
class RemoteSource;
}  // namespace detail

// The stream that imap and imap_unordered return for a callable that returns a T. A value of void
// is an empty std::monostate. Many threads may read one stream; each value goes to one of them.
//
// Destroying the object, or assigning to it, ends the stream: cancels what has not started, the
// source included, and waits for what runs (since 1.2). So a loop may be left by break or by an
// exception: afterwards nothing uses what the stream borrowed. Inside the stream's own items, or
// what these wait for, it only cancels, because the wait would deadlock. release() doesn't end it.
template <class T>
class ImapIterator : public Result {
 public:
  using value_type = detail::Stored<T>;

  // Makes an empty object. Since 1.2.
  ImapIterator() noexcept = default;

  // Takes over a C result that an ImapIterator<T> released, and its pool. Never throws.
  explicit ImapIterator(tp_result_t* owned, tp_pool_t* pool = nullptr) noexcept
      : Result(owned, pool) {}
  ImapIterator(ImapIterator&&) noexcept = default;
  ImapIterator& operator=(ImapIterator&& other) noexcept {
    if (this == &other) return *this;
    const ImapIterator ends(std::move(*this));
    Result::operator=(std::move(other));
    return *this;
  }
  ~ImapIterator() {
    if (capi() == nullptr) return;
    tp_result_cancel(capi());
    tp_result_wait(capi(), TP_FOREVER);
  }

  // Lets the stream run on to the end of its source without a reader and without a window, drops
  // what it yields, and becomes empty. Throws Error (TP_EINVAL) when it is empty, and for a stream
  // that was moved here from a BorrowingIterator. Since 1.2.
  void detach() {
    if (this->borrows() || capi() == nullptr) throw Error(TP_EINVAL);
    tp_result_release(this->release());
  }

  // Waits for the next value and returns it; after the last one std::nullopt, each time.
  //
  // Throws the exception of a task in place of its value, Error (TP_ELOST) for a task that ended its thread; the next
  // call goes on behind it. Throws what the range threw once, after the values before it. Throws Canceled, Terminated,
  // TimeoutError (the job's deadline) or Error (TP_EINIT) once for a stream that was cut short; then it is at its end.
  // Throws TimeoutError when no value comes within timeout, and then may be asked again.
  std::optional<value_type> next(Timeout timeout = detail::kForever) const {
    std::optional<value_type> next;
    detail::check_last(pull(timeout.count(), next));
    return next;
  }

  // Reads the stream by next(), for a range-for. * yields an lvalue; an rvalue of what can't be
  // copied. An exception leaves the loop; a further loop over the stream goes on behind it.
  using iterator =
      detail::NextIterator<const ImapIterator, std::optional<value_type>, detail::Lent<value_type>>;

  // The end of a stream of values that can't be copied. Other streams end with an iterator, because
  // algorithms of C++17 need two of one type; but the sentinel of a C++20 view must be copyable.
  struct End {
    friend bool operator==(const iterator& at, End) { return at == iterator(); }
    friend bool operator!=(const iterator& at, End end) { return !(at == end); }
  };
  using sentinel = std::conditional_t<detail::is_copyable<value_type>, iterator, End>;

  // begin() waits for a value and throws as next().
  iterator begin() const { return iterator(*this); }
  sentinel end() const { return {}; }

 private:
  friend class detail::StreamAwaiter<T>;
  template <class Range>
  friend class detail::StageItems;
  template <class Range, bool>
  friend class detail::RemoteSource;
  friend iterator;

  void read_next(std::optional<value_type>& next) const {
    next.reset();
    detail::check_last(pull(TP_FOREVER, next));  // an assignment of next() needs an assignable T
  }

  // As next(), but returns false when no value is there yet. A time-out of a stream that was ready
  // before is that of its deadline.
  bool take_if_there(std::optional<value_type>& next) const {
    const bool was_ready = ready();
    const int status = pull(0, next);
    if (status == TP_ETIMEDOUT && !was_ready) {
      tp_clear_error();
      return false;
    }
    detail::check_last(status);
    return true;
  }

  // Takes the next value. Returns a status.
  int pull(double timeout, std::optional<value_type>& next) const {
    using Cell = detail::Cell<value_type>;
    alignas(Cell) unsigned char memory[sizeof(Cell)];
    const int status = tp_result_next(capi(), timeout, std::is_void_v<T> ? nullptr : memory);
    if (status != TP_OK) return status;
    if constexpr (std::is_void_v<T>) {
      next.emplace();
    } else {
      const detail::Owned<void, detail::destroy<Cell>> cell(memory);
      next.emplace(std::move(detail::open_cell<T>(memory)));
    }
    return status;
  }
};

// The stream of an lvalue range, which must outlive this object. It may be moved to an
// ImapIterator, but can't be detached. Since 1.2.
template <class T>
class BorrowingIterator : public ImapIterator<T> {
 public:
  BorrowingIterator() noexcept = default;
  explicit BorrowingIterator(tp_result_t* owned, tp_pool_t* pool = nullptr) noexcept
      : ImapIterator<T>(owned, pool) {
    this->set_borrows();
  }
  BorrowingIterator(ImapIterator<T>&& other) noexcept : ImapIterator<T>(std::move(other)) {}

  template <class Stream = T>
  void detach() {
    static_assert(!std::is_same_v<Stream, T>,
                  "a stream of an lvalue range borrows it, and must not outlive it: to detach the "
                  "stream, move the range into imap");
  }
};

}  // namespace tp::v1

#include "detail/epilogue.hpp"

#endif
