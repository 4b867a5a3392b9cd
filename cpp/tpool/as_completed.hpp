// SPDX-License-Identifier: MIT
// Stage 7: many results in the order in which they become ready.
#ifndef TPOOL_AS_COMPLETED_HPP
#define TPOOL_AS_COMPLETED_HPP

#include "detail/prologue.hpp"

#include <tpool/pool.h>
#include <tpool/result.h>

#include <cstddef>
#include <iterator>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "detail/range.hpp"
#include "error.hpp"
#include "result.hpp"
#include "timeout.hpp"

namespace tp {
inline namespace v1 {

// for (auto& result : tp::as_completed(results)) use(result.get());
//
// Each result of a range once, when it is ready, whatever its outcome. The range holds AsyncResults
// or streams, of any pools; its elements are lent as they are. An lvalue range must outlive this
// object, and its elements stay where they are; an rvalue is moved in.
//
// This gives up its hold on a result as it tells of it: to free what the result holds while others
// are still to come, move it out of the range, const auto done = std::move(result), or assign to it.
template <class Range>
class Completed {
  static_assert(detail::has_lasting_elements<Range>, "the results have to be stored somewhere");

 public:
  using Element = std::remove_reference_t<detail::ReferenceOf<Range>>;
  static_assert(std::is_base_of_v<Result, Element>,
                "as_completed takes the results of jobs; when_any takes futures");

  // Throws Error (TP_EINVAL) when one of the results is empty.
  explicit Completed(Range&& range) {
    std::vector<tp_result_t*> results;
    for (Element& element : range) results.push_back(element.capi());
    elements_.reserve(results.size());
    tp_completed_t* completed = nullptr;
    detail::check(tp_as_completed(results.data(), results.size(), &completed));
    completed_.reset(completed);
    held_.reset(new Held{std::forward<Range>(range)});  // now that nothing else may fail
    for (Element& element : held_->range) elements_.push_back(std::addressof(element));
  }

  // Waits for the next result to be ready and lends it; NULL after the last, again and again.
  // Threads that ask at the same time get different ones. Throws Error (TP_EDEADLK) as wait() does.
  Element* next() { return next_within(TP_FOREVER); }

  // The same, but throws TimeoutError when none is ready in time; ask again later.
  Element* next(Timeout timeout) { return next_within(timeout.count()); }

  // Reads by next(), for one range-for.
  class iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = std::remove_cv_t<Element>;
    using difference_type = std::ptrdiff_t;
    using pointer = Element*;
    using reference = Element&;

    iterator() = default;
    explicit iterator(Completed& of) : of_(&of), at_(of.next()) {}

    reference operator*() const { return *at_; }
    pointer operator->() const { return at_; }

    iterator& operator++() {
      at_ = of_->next();
      return *this;
    }
    void operator++(int) { ++*this; }

    friend bool operator==(const iterator& a, const iterator& b) { return a.at_ == b.at_; }
    friend bool operator!=(const iterator& a, const iterator& b) { return !(a == b); }

   private:
    Completed* of_ = nullptr;
    Element* at_ = nullptr;
  };

  iterator begin() { return iterator(*this); }
  iterator end() { return iterator(); }

 private:
  struct Release {
    void operator()(tp_completed_t* completed) const { tp_completed_release(completed); }
  };

  // Stays where it is when this object moves.
  struct Held {
    Range range;
  };

  Element* next_within(double timeout) {
    std::size_t index = 0;
    const int status = tp_completed_next(completed_.get(), timeout, &index);
    return detail::check(status) == TP_END ? nullptr : elements_[index];
  }

  std::unique_ptr<Held> held_;
  std::vector<Element*> elements_;
  std::unique_ptr<tp_completed_t, Release> completed_;
};

// Watches the results of a range. What is empty ends at once.
template <class Range>
Completed<Range> as_completed(Range&& range) {
  return Completed<Range>(std::forward<Range>(range));
}

}  // namespace v1
}  // namespace tp

#include "detail/epilogue.hpp"

#endif
