/* SPDX-License-Identifier: MIT */
/* What the examples share, in C and C++: checks that stay on in every build, time in tenths of a
 * second, and random numbers that are the same in each run. */
#ifndef EXAMPLES_CHECK_H
#define EXAMPLES_CHECK_H

#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L /* clock_gettime, nanosleep: this header comes before all others */
#endif

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Ends the program with a message unless the condition holds. */
#define CHECK(...) ((__VA_ARGS__) ? (void)0 : check_failed(#__VA_ARGS__, __FILE__, __LINE__))

/* For what depends on time: a busy machine is late now and then, a wrong library every time. */
#define CHECK_TIMED(...)                                                 \
  do {                                                                   \
    int tries_left = 5;                                                  \
    while (tries_left > 0 && !(__VA_ARGS__)) --tries_left;               \
    if (tries_left == 0) check_failed(#__VA_ARGS__, __FILE__, __LINE__); \
  } while (0)

static inline void check_failed(const char *condition, const char *file, int line) {
  fflush(stdout);
  fprintf(stderr, "%s:%d: failed: %s\n", file, line, condition);
  _Exit(EXIT_FAILURE);
}

/* Seconds of the Python originals are tenths of a second here. */
static inline double now_tenths(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return 1e1 * (double)now.tv_sec + 1e-8 * (double)now.tv_nsec;
}

static inline void sleep_tenths(double tenths) {
  struct timespec rest;
  rest.tv_sec = (time_t)(tenths / 10);
  rest.tv_nsec = (long)((tenths - 10 * (double)rest.tv_sec) * 1e8);
  while (nanosleep(&rest, &rest) != 0) continue; /* a signal woke it early */
}

/* From 0 to 1, as Python's random(); the same in each run, so that outcomes can be checked. */
static inline double random_of(int number) {
  unsigned mixed = (unsigned)(number + 1) * 2654435761u;
  return (double)((mixed ^ mixed >> 15) % 1000u) / 1000;
}

#endif
