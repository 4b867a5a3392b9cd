/* SPDX-License-Identifier: MIT */
/* Python's range(n) for the examples: in C a source for imap and items for map, in C++ a vector. */
#ifndef EXAMPLES_RANGE_H
#define EXAMPLES_RANGE_H

#ifdef __cplusplus

#include <numeric>
#include <vector>

inline std::vector<int> range(int n) {
  std::vector<int> numbers(static_cast<std::size_t>(n));
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

#else

#include <stddef.h>

struct range {
  int next, end;
};

/* A tp_source_fn; its ctx is a struct range. */
static inline int range_next(void *ctx, void *item) {
  struct range *range = ctx;
  if (range->next == range->end) return 0;
  *(int *)item = range->next++;
  return 1;
}

static inline void range_fill(int *items, size_t n) {
  for (size_t i = 0; i < n; ++i) items[i] = (int)i;
}

#endif
#endif
