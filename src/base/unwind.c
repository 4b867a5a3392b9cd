/* SPDX-License-Identifier: MIT */
/* A clean-up in which user code may end the thread once more. Stage: base, used by all.
 * In C, because C++ ends the process when unwinding leaves a clean-up. Clang does so in C, too. */

struct cleanup {
  void (*run)(void *arg);
  void *arg;
};

void tp_core_call(void (*body)(void *arg), void (*cleanup)(void *arg), void *arg);

static void clean_up(const struct cleanup *cleanup) {
  if (cleanup->run) cleanup->run(cleanup->arg);
}

void tp_core_call(void (*body)(void *arg), void (*cleanup)(void *arg), void *arg) {
  __attribute__((cleanup(clean_up))) struct cleanup on_unwind = {cleanup, arg};
  body(arg);
  on_unwind.run = 0;
}
