// SPDX-License-Identifier: MIT
// Stage 7: the outcome of an imap job, one value after the other.
#ifndef TPOOL_IMAP_HPP
#define TPOOL_IMAP_HPP

#include "detail/prologue.hpp"

#include <tpool/pool.h>
#include <tpool/result.h>

#include <cstddef>
#include <iterator>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

#include "detail/call.hpp"
#include "detail/cell.hpp"
#include "detail/copyable.hpp"
#include "detail/values.hpp"
#include "error.hpp"
#include "result.hpp"

namespace tp {
inline namespace v1 {
namespace detail {
template <class T>
class StreamAwaiter;
}  // namespace detail

// The stream of values that imap and imap_unordered return, of a callable that returns T. For void
// a value is an empty std::monostate. Many threads may read one stream; each value goes to one.
//
// The end of the object is the end of the stream, read or not: it cancels what has not started, the
// source too, and waits for what runs. So a loop may be left by break or by an exception: nothing
// uses what the stream has borrowed any more. Where that wait would be TP_EDEADLK, inside the stream's
// own items or what these wait for, it only cancels. What is moved over the object ends it, too;
// release() only gives the C result away.
template <class T>
class ImapIterator : public Result {
 public:
  using value_type = detail::Stored<T>;

  // Takes over a C result that such an object has released, of a job of the pool.
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

  // Lets the stream run on to the end of its source, without a window and without a reader: what it
  // yields is dropped. The object is empty then. Throws Error (TP_EINVAL) when it is so already, and
  // for a BorrowingIterator that was moved to this type.
  void detach() {
    if (this->borrows() || capi() == nullptr) throw Error(TP_EINVAL);
    tp_result_release(this->release());
  }

  // Waits for the next value; std::nullopt after the last, again and again.
  //
  // Throws what a task threw in place of its value, Error (TP_ELOST) for one that ended its thread,
  // and the stream goes on: ask again. What the range threw comes once, after the values before it;
  // for a stream that was cut short Canceled, Terminated or Error (TP_EINIT) once, then the end.
  std::optional<value_type> next() const { return next_within(TP_FOREVER); }

  // The same, but throws TimeoutError when no value is there in time; ask again later.
  std::optional<value_type> next(Timeout timeout) const { return next_within(timeout.count()); }

  // Reads the stream by next(), for a range-for. An lvalue of a value that can be copied, else an
  // rvalue. An exception leaves the loop; another loop over the same stream goes on after it.
  class iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = typename ImapIterator::value_type;
    using difference_type = std::ptrdiff_t;
    using pointer = value_type*;
    using reference = detail::Lent<value_type>;

    iterator() = default;
    explicit iterator(const ImapIterator& stream) : stream_(&stream), value_(stream.next()) {}

    reference operator*() const { return static_cast<reference>(*value_); }
    pointer operator->() const { return &*value_; }

    iterator& operator++() {
      value_.reset();
      detail::check_last(stream_->pull(TP_FOREVER, value_));  // values that can't be assigned, too
      return *this;
    }
    void operator++(int) { ++*this; }

    // Only the end is equal to the end.
    friend bool operator==(const iterator& a, const iterator& b) { return !a.value_ && !b.value_; }
    friend bool operator!=(const iterator& a, const iterator& b) { return !(a == b); }

   private:
    const ImapIterator* stream_ = nullptr;
    mutable std::optional<value_type> value_;
  };

  // The end of values that can't be copied is of another type, for views of C++20: theirs need one
  // that can be copied. So do algorithms of C++17, which take two iterators of one type.
  struct End {
    friend bool operator==(const iterator& at, End) { return at == iterator(); }
    friend bool operator!=(const iterator& at, End end) { return !(at == end); }
  };
  using sentinel = std::conditional_t<detail::is_copyable<value_type>, iterator, End>;

  iterator begin() const { return iterator(*this); }
  sentinel end() const { return {}; }

 private:
  friend class detail::StreamAwaiter<T>;

  // Where the library moves a value to.
  class Slot {
   public:
    explicit Slot(void* filled) : cell_(static_cast<detail::Cell<T>*>(filled)) {}
    ~Slot() { detail::drop<detail::Cell<T>>(cell_); }
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;

    T&& value() { return std::move(detail::open_cell<T>(cell_)); }

   private:
    detail::Cell<T>* cell_;
  };

  std::optional<value_type> next_within(double timeout) const {
    std::optional<value_type> next;
    detail::check_last(pull(timeout, next));
    return next;
  }

  // next(), but returns false when nothing is there yet. A stream that was ready has no time-out
  // but that of its deadline.
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

  int pull(double timeout, std::optional<value_type>& next) const {
    if constexpr (std::is_void_v<T>) {
      const int status = tp_result_next(capi(), timeout, nullptr);
      if (status == TP_OK) next.emplace();
      return status;
    } else {
      alignas(detail::Cell<T>) unsigned char memory[sizeof(detail::Cell<T>)];
      const int status = tp_result_next(capi(), timeout, memory);
      if (status == TP_OK) next.emplace(Slot(memory).value());
      return status;
    }
  }
};

// The stream of an lvalue range, which has to be there as long as this object. It is an
// ImapIterator, and may be moved to one, but can't be detached.
template <class T>
class BorrowingIterator : public ImapIterator<T> {
 public:
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

}  // namespace v1
}  // namespace tp

#include "detail/epilogue.hpp"

#endif
