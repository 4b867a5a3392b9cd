// SPDX-License-Identifier: MIT
// Does not compile: each line that has a mistake says what mistakes.sh wants the compiler to say.
#include <functional>
#include <string>
#include <tpool/keep_errors.hpp>
#include <tpool/tpool.hpp>
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
  pool.map(Count(), n);                           // says: the range is none
  pool.map(Count(), range);                       // says: the range is none
  pool.map_async(Count(), range);                 // says: the range is none
  pool.map_async(Count(), std::ref(n));           // says: the range is none
  pool.imap(Count(), 5);                          // says: the range is none
  pool.imap_unordered(Count(), std::pair(n, n));  // says: the range is none
  pool.starmap(Sum(), n);                         // says: the range is none
}

void wrong_callable(tp::ThreadPool& pool, Ints& range) {
  pool.map(Length(), range);                           // says: the callable doesn't take an element
  pool.map([] { return 1; }, range);                   // says: the callable doesn't take an element
  pool.map(5, range);                                  // says: the callable doesn't take an element
  pool.map(tp::keep_errors, Sum(), range);             // says: the callable doesn't take an element
  pool.map_async(Sum(), range);                        // says: the callable doesn't take an element
  pool.map_async(Length(), std::ref(range));           // says: the callable doesn't take an element
  pool.imap(Length(), range);                          // says: the callable doesn't take an element
  pool.imap_unordered(Count(), std::as_const(range));  // says: the callable doesn't take an element
}

void wrong_loop(tp::ThreadPool& pool, Ints& range, int* out) {
  pool.for_each(range, Length());               // says: the callable doesn't take an element
  pool.for_index(3, Length());                  // says: the callable doesn't take an index
  pool.for_range(3, Length());                  // says: the callable doesn't take the two indices
  pool.map_into(out, Sum(), range);             // says: the callable doesn't take an element
  pool.map_into(range, Count(), 5);             // says: the range is none
  pool.reduce(5, 0, Sum());                     // says: the range is none
  pool.reduce(range, Sum(), 0);                 // says: the operation doesn't take
  pool.reduce(range, 0, Length());              // says: the operation doesn't take
  pool.transform_reduce(range, 0, Sum(), 5.0);  // says: the callable doesn't take an element
}

void wrong_row(tp::ThreadPool& pool, Ints& range, Rows& rows) {
  pool.starmap(Sum(), range);          // says: the callable doesn't take the parts of a row
  pool.starmap(Length(), rows);        // says: the callable doesn't take the parts of a row
  pool.starmap_async(Length(), rows);  // says: the callable doesn't take the parts of a row
}

void wrong_item(tp::ThreadPool& pool) {
  pool.feed<int>(Length());                   // says: the callable doesn't take an item
  pool.feed_unordered<std::string>(Count());  // says: the callable doesn't take an item
  pool.feed<int&>(Count());                   // says: the type of an item is no reference
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
