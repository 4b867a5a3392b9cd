// SPDX-License-Identifier: MIT
// Many results in the order in which they become ready.
#ifndef TPOOL_AS_COMPLETED_HPP
#define TPOOL_AS_COMPLETED_HPP

#include "detail/prologue.hpp"

#include <tpool/result.h>

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "detail/traits.hpp"
#include "error.hpp"
#include "result.hpp"
#include "timeout.hpp"

namespace tp::v1 {

// for (auto& result : tp::as_completed(results)) use(result.get());
//
// Lends each result of a range once, when it is ready, whatever its outcome. The range holds
// AsyncResults or streams of any pools. An lvalue range must outlive this object, and its elements
// must stay where they are; an rvalue is moved in. Since 1.1.
//
// Gives up its hold on a result when it yields it (since 1.2). To free what the result holds before
// the others come, move it out of the range, const auto done = std::move(result), or assign to it.
template <class Range>
class Completed {
  static_assert(detail::has_lasting_elements<Range>,
                "as_completed refers to the results: pass a container of them");

 public:
  using Element = std::remove_reference_t<detail::ReferenceOf<Range>>;
  static_assert(std::is_base_of_v<Result, Element>,
                "as_completed takes the results of jobs: pass futures to when_any");

  // Throws Error (TP_EINVAL) for an empty result, std::bad_alloc.
  explicit Completed(Range&& range) {
    std::vector<tp_result_t*> results;
    for (Element& element : range) results.push_back(element.capi());
    elements_.reserve(results.size());
    tp_completed_t* completed = nullptr;
    detail::check(tp_as_completed(results.data(), results.size(), &completed));
    completed_.reset(completed);
    held_.reset(new Held{std::forward<Range>(range)});  // moves the range once no result can fail
    for (Element& element : held_->range) elements_.push_back(std::addressof(element));
  }

  // Waits until a further result is ready and lends it; after the last one returns NULL, each time.
  // Threads that ask at the same time get different results. Throws Error (TP_EDEADLK) as
  // Result::wait does; TimeoutError when none is ready within timeout, and then may be asked again.
  Element* next(Timeout timeout = detail::kForever) {
    std::size_t index = 0;
    const int status = tp_completed_next(completed_.get(), timeout.count(), &index);
    return detail::check(status) == TP_END ? nullptr : elements_[index];
  }

  // Reads the results by next(), for one range-for.
  using iterator = detail::NextIterator<Completed, Element*, Element&>;

  // begin() waits for a result and throws as next().
  iterator begin() { return iterator(*this); }
  iterator end() { return iterator(); }

 private:
  friend iterator;

  void read_next(Element*& at) { at = next(); }

  // Lies on the heap, so that its address stays when this object moves.
  struct Held {
    Range range;
  };

  std::unique_ptr<Held> held_;
  std::vector<Element*> elements_;
  detail::Owned<tp_completed_t, tp_completed_release> completed_;
};

// Returns the results of a range in the order in which they become ready. Throws as Completed().
template <class Range>
Completed<Range> as_completed(Range&& range) {
  return Completed<Range>(std::forward<Range>(range));
}

}  // namespace tp::v1

#include "detail/epilogue.hpp"

#endif
