// SPDX-License-Identifier: MIT
// Stage 2: groups of jobs; from include/tpool, to src/result/group.
#include "tpool/group.h"

#include "handles.h"
#include "refusal.h"
#include "worker/group_wait.h"

using namespace tp::core;
using namespace tp::capi;

extern "C" {

int tp_group_create(tp_pool_t* pool, const tp_group_options_t* options, tp_group_t** group) {
  if (const int status = check_given(group, "group"); status != TP_OK) return status;
  *group = nullptr;
  if (const int status = check(pool); status != TP_OK) return status;
  Sized<tp_group_options_t> known;
  if (const int status = known.read(options, "options"); status != TP_OK) return status;
  Group* made = nullptr;
  const int status = Group::make(*to_pool(pool), *known, made);
  if (status == TP_OK) *group = to_handle(made);
  return status;
}

int tp_group_wait(tp_group_t* group, double timeout) {
  if (const int status = check(group, timeout); status != TP_OK) return status;
  const int status = wait(*to_group(group), Deadline::in(timeout));
  order::acquire(to_group(group));
  return status;
}

int tp_group_cancel(tp_group_t* group) {
  if (const int status = check(group); status != TP_OK) return status;
  cancel(*to_group(group));
  return TP_OK;
}

int tp_group_pause(tp_group_t* group) {
  const int status = check(group);
  return status == TP_OK ? to_group(group)->pause() : status;
}

int tp_group_resume(tp_group_t* group) {
  if (const int status = check(group); status != TP_OK) return status;
  to_group(group)->resume();
  return TP_OK;
}

int tp_group_stats(const tp_group_t* group, tp_group_stats_t* stats) {
  if (const int status = check(group, stats, "stats"); status != TP_OK) return status;
  return fill_sized(stats, "stats", [&](tp_group_stats_t& now) { to_group(group)->stats(now); });
}

void tp_group_release(tp_group_t* group) {
  if (is_valid(group)) to_group(group)->give_up();
}

}  // extern "C"
