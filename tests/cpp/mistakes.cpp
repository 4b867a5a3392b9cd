// SPDX-License-Identifier: MIT
// Does not compile: each line that has a mistake says what mistakes.sh wants the compiler to say, in its comment or in
// the line above. One line of each kind also says what the compiler tells to do.
#include <functional>
#include <list>
#include <string>
#include <tpool/future.hpp>
#include <tpool/keep_errors.hpp>
#include <tpool/tpool.hpp>
#include <tpool/when.hpp>
#include <tuple>
#include <utility>
#include <vector>

struct Count {
  int operator()(int& n) const { return ++n; }
};
struct Length {
  int operator()(const std::string& text) const { return static_cast<int>(text.size()); }
};
struct Sum {
  int operator()(int n, int m) const { return n + m; }
};

struct alignas(64) Wide {
  int x;
};

using Ints = std::vector<int>;
using Rows = std::vector<std::pair<int, int>>;

void swapped(tp::ThreadPool& pool, Ints& range, Rows& rows) {
  pool.map(range, Count());                   // says: swap the callable and the range
  pool.map_async(range, Count());             // says: swap the callable and the range
  pool.map(tp::keep_errors, range, Count());  // says: swap the callable and the range
  pool.imap(range, Count());                  // says: swap the callable and the range
  pool.starmap(rows, Sum());                  // says: swap the callable and the range
  pool.starmap_async(rows, Sum());            // says: swap the callable and the range
  pool.for_each(Count(), range);              // says: swap the callable and the range
}

void no_range(tp::ThreadPool& pool, int n, Ints* range) {
  // says: the range is none: pass what a range-for takes
  pool.map(Count(), n);
  pool.map(Count(), range);                       // says: the range is none
  pool.map_async(Count(), range);                 // says: the range is none
  pool.map_async(Count(), std::ref(n));           // says: the range is none
  pool.imap(Count(), 5);                          // says: the range is none
  pool.imap_unordered(Count(), std::pair(n, n));  // says: the range is none
  pool.starmap(Sum(), n);                         // says: the range is none
}

void wrong_callable(tp::ThreadPool& pool, Ints& range) {
  // says: the callable doesn't take an element of the range: give it one parameter, of the element's type or a const
  pool.map(Length(), range);
  pool.map([] { return 1; }, range);                   // says: the callable doesn't take an element
  pool.map(5, range);                                  // says: the callable doesn't take an element
  pool.map(tp::keep_errors, Sum(), range);             // says: the callable doesn't take an element
  pool.map_async(Sum(), range);                        // says: the callable doesn't take an element
  pool.map_async(Length(), std::ref(range));           // says: the callable doesn't take an element
  pool.imap(Length(), range);                          // says: the callable doesn't take an element
  pool.imap_unordered(Count(), std::as_const(range));  // says: the callable doesn't take an element
}

void wrong_loop(tp::ThreadPool& pool, Ints& range, int* out) {
  pool.for_each(range, Length());  // says: the callable doesn't take an element
  // says: the callable doesn't take an index: give it one parameter, a std::size_t
  pool.for_index(3, Length());
  pool.team(3, Length());  // says: the callable doesn't take an index
  // says: the callable doesn't take the two indices where a chunk begins and ends: give it two parameters
  pool.for_range(3, Length());
  pool.map_into(out, Sum(), range);  // says: the callable doesn't take an element
  pool.map_into(range, Count(), 5);  // says: the range is none
  pool.reduce(5, 0, Sum());          // says: the range is none
  // says: the operation doesn't take a T and an element, or two T: pass init, whose type is T, and then an operation
  pool.reduce(range, Sum(), 0);
  pool.reduce(range, 0, Length());              // says: the operation doesn't take
  pool.transform_reduce(range, 0, Sum(), 5.0);  // says: the callable doesn't take an element
}

void wrong_out(tp::ThreadPool& pool, Ints& range, std::list<int>& out, std::vector<bool>& bits) {
  // says: map_into needs random access: pass a std::vector, an array or a pointer
  pool.map_into(out, Count(), range);
  // says: map_into needs random access
  pool.map_into(out.begin(), Count(), range);
  pool.map_into(5, Count(), range);  // says: map_into needs random access
  // says: threads that assign to a std::vector<bool> would share bytes: pass a std::vector<char>
  pool.map_into(bits, Count(), range);
}

void wrong_future(const tp::Future<int>& future) {
  future.then(Length());  // says: the continuation doesn't take the value: give it one parameter
  tp::when_any();         // says: one of none is never ready: pass one result or more
}

void wrong_row(tp::ThreadPool& pool, Ints& range, Rows& rows) {
  // says: the callable doesn't take the parts of a row as its arguments: give it one parameter for each
  pool.starmap(Sum(), range);
  pool.starmap(Length(), rows);        // says: the callable doesn't take the parts of a row
  pool.starmap_async(Length(), rows);  // says: the callable doesn't take the parts of a row
}

void wrong_item(tp::ThreadPool& pool) {
  // says: the callable doesn't take an item: give it one parameter, of the item's type or a const reference
  pool.feed<int>(Length());
  pool.feed_unordered<std::string>(Count());  // says: the callable doesn't take an item
  // says: an item is a copy: name its type without & and const
  pool.feed<int&>(Count());
  // says: an item is aligned for std::max_align_t, and no more: name a type without alignas, or a std::unique_ptr
  pool.feed<Wide>([](const Wide& wide) { return wide.x; });
}

void wrong_call(tp::ThreadPool& pool, int n) {
  pool.apply(n, Count());        // says: the callable comes first, then the arguments
  pool.apply(Sum(), n);          // says: the callable comes first, then the arguments
  pool.apply_async(n, Count());  // says: behind tp::forget and options comes the callable
  pool.apply_async(Count(), n);  // says: behind tp::forget and options comes the callable
  pool.apply_async(tp::options<>(), Sum(), n);  // says: behind tp::forget and options comes the
  pool.apply_async(tp::forget, Length(), n);    // says: behind tp::forget and options comes the
  pool.apply_async(tp::forget, tp::options<>(), n);  // says: behind tp::forget and options comes
}
