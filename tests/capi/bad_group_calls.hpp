// SPDX-License-Identifier: MIT
// The calls of groups, and submits into groups, with every bad input.
#pragma once

#include "capi/bad_call.hpp"

namespace matrix {

// Submits into a group that does not go with the pool or with the flags.
inline void add_bad_groups(std::vector<BadCall>& calls, const NamedSubmit& submit) {
  const Submit run = submit.run;
  calls.emplace_back(
      submit.name + ": options.group of another pool", kBad, TP_EINVAL,
      [run](Env& e) {
        const support::InGroup job(e.foreign());
        return run(e, e.pool, &e.task, &job);
      },
      true);
  if (submit.name.find("imap") == 0) return;  // refuses the flag itself
  calls.emplace_back(
      submit.name + ": options.group with max_running and CALLER_RUNS", kBad, TP_EINVAL,
      [run](Env& e) {
        const support::InGroup job(e.serial(), TP_JOB_CALLER_RUNS);
        return run(e, e.serial_pool(), &e.task, &job);
      },
      true);
}

inline void add_bad_group_calls(std::vector<BadCall>& calls) {
  const auto add = [&](const char* what, Why why, std::function<int(Env&)> f) {
    calls.emplace_back(what, why, TP_EINVAL, std::move(f));
  };
  // tp_group_create, which has to leave NULL.
  const auto create = [](tp_pool_t* pool, const tp_group_options_t* options) {
    auto* made = reinterpret_cast<tp_group_t*>(pool);
    const int status = tp_group_create(pool, options, &made);
    return made == nullptr ? status : int{TP_OK};
  };
  add("group_create: NULL", kNoHandle, CALL(create(nullptr, nullptr)));
  add("group_create: group NULL", kNull, CALL(tp_group_create(e.pool, nullptr, nullptr)));
  add("group_create: options.size 0", kBad, [create](Env& e) {
    const tp_group_options_t options{};
    return create(e.pool, &options);
  });
  add("group_create: options too new", kBad, [create](Env& e) {
    const Larger<tp_group_options_t> options(tp_group_options_t{}, 1);
    return create(e.pool, &options.base);
  });
  add("group_wait: NULL", kNoHandle, CALL(tp_group_wait(nullptr, 0)));
  add("group_wait: NaN", kBad, CALL(tp_group_wait(e.group, NAN)));
  add("group_cancel: NULL", kNoHandle, CALL(tp_group_cancel(nullptr)));
  add("group_pause: NULL", kNoHandle, CALL(tp_group_pause(nullptr)));
  add("group_resume: NULL", kNoHandle, CALL(tp_group_resume(nullptr)));
  add("group_stats: NULL", kNoHandle, [](Env&) {
    tp_group_stats_t stats{};
    stats.size = sizeof stats;
    return tp_group_stats(nullptr, &stats);
  });
  add("group_stats: out NULL", kNull, CALL(tp_group_stats(e.group, nullptr)));
  add("group_stats: size 0", kBad, [](Env& e) {
    tp_group_stats_t stats{};
    return tp_group_stats(e.group, &stats);
  });
  add("group_stats: too new", kBad, [](Env& e) {
    Larger<tp_group_stats_t> stats(tp_group_stats_t{}, 1);
    return tp_group_stats(e.group, &stats.base);
  });
}

}  // namespace matrix
