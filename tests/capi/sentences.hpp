// SPDX-License-Identifier: MIT
// What tp_last_error says of each bad input: which argument, what it was, and what is allowed.
#pragma once

#include <regex.h>

#include <string>
#include <vector>

#include "support/test.hpp"

namespace matrix {

// A bad input, as the names of the calls have it behind "call: ", and its sentence, as a pattern.
struct Sentence {
  const char *input, *pattern;
};

inline const std::vector<Sentence>& sentences() {
  static const std::vector<Sentence> all = {
      {"NULL", "(pool|result|results|call|completed|fd|group) is NULL; this call needs one"},
      {"pool NULL", "pool is NULL; this call needs one"},
      {"task NULL", "task is NULL; this call needs one"},
      {"task or fn NULL", "(task|fn|call|reduce) is NULL; this call needs one"},
      {"spawned NULL", "spawned is NULL; this call needs one"},
      {"source and result NULL",
       "source and result are NULL; a stream without a source needs a result"},
      {"group NULL", "group is NULL; this call needs one"},
      {"options.group of another pool",
       "options\\.group is a group of another pool; it must be one of this pool"},
      {"options.group with max_running and CALLER_RUNS",
       "options\\.group has max_running, and options\\.flags TP_JOB_CALLER_RUNS; a job that its "
       "caller runs would not keep to max_running"},
      {"shape NULL", "shape is NULL; this call needs one"},
      {"promise NULL", "promise is NULL; this call needs one"},
      {"result NULL", "result is NULL; this call needs one"},
      {"source NULL", "source is NULL; this call needs one"},
      {"shape.size 0", "shape\\.size is 0; it must be the sizeof of the struct"},
      {"value_size", "value_size is [0-9]+; a value has at most [0-9]+ bytes"},
      {"of none", "n is 0; the result is the first of at least 1 that is ready"},
      {"task.fn NULL", "task\\.fn is NULL; only a pool with TP_POOL_NO_THREADS runs .*"},
      {"task.item_size 3", "task\\.item_size is 3; the item is a tp_result_t \\*, of [0-9]+ bytes"},
      {"task.item_drop", "task has item_move or item_drop; the library makes and drops the item"},
      {"options.flags TRY", "options\\.flags is 0x2, and 0x2 of it is not allowed here;.*"},
      {"options.chunksize", "options\\.chunksize is set; a continuation has none"},
      {"options.buffersize", "options\\.buffersize is set; a continuation has none"},
      {"options.source_drop", "options\\.source_drop is set; a continuation has none"},
      {"options.ctx_drop", "options\\.ctx_drop is set; a continuation has none"},
      {"options.submit_timeout", "options\\.submit_timeout is set; a continuation has none"},
      {"index NULL", "index is NULL; this call needs one"},
      {"path NULL", "path is NULL; this call needs one"},
      {"out NULL", "(completed|stats|workers) is NULL; this call needs one"},
      {"fn NULL",
       "(fn|call|reduce\\.fn) is NULL; this call needs one"
       "|task\\.fn is NULL; only a pool with TP_POOL_NO_THREADS runs tasks without one"},
      {"item NULL", "item is NULL; it must lead to 1 x 4 bytes"},
      {"value NULL", "value is NULL; it must lead to 1 x 4 bytes"},
      {"items NULL", "items is NULL; it must lead to 1 x 4 bytes"},
      {"values NULL", "values is NULL; it must lead to 1 x 4 bytes"},
      {"rows NULL", "rows is NULL; it must lead to 1 x 4 bytes"},
      {"one NULL", "results\\[1\\] of 2 is NULL; each must be a result"},
      {"reduce.combine NULL", "reduce\\.combine is NULL; this call needs one"},
      {"reduce.identity NULL", "reduce\\.identity is NULL; it must lead to 1 x 4 bytes"},
      {"reduce.size 0", "reduce\\.size is 0; it must be the sizeof of the struct"},
      {"reduce too new",
       "reduce\\.size is [0-9]+, and a field behind the first [0-9]+ bytes is set;.*"},
      {"reduce.value_size", "reduce\\.value_size is [0-9]+; a partial has at most [0-9]+ bytes"},
      {"nothing", "n is 0; the call waits for one of at least 1 result"},
      {"NaN", "timeout is NaN; it must be seconds, where 0 polls and TP_FOREVER has no limit"},
      {"task.size 0", "task\\.size is 0; it must be the sizeof of the struct"},
      {"options.size 0", "options\\.size is 0; it must be the sizeof of the struct"},
      {"size 0", "stats\\.size is 0; it must be the sizeof of the struct"},
      {"task too new",
       "task\\.size is [0-9]+, and a field behind the first [0-9]+ bytes is set; this "
       "library, version 1\\.[0-9]+, does not know that field"},
      {"options too new",
       "options\\.size is [0-9]+, and a field behind the first [0-9]+ bytes is set;.*"},
      {"too new", "stats\\.size is [0-9]+, and a field behind the first [0-9]+ bytes is set;.*"},
      {"task.flags 2",
       "task\\.flags is 0x2, and 0x2 of it is not allowed here; allowed: TP_TASK_CONFIRM"},
      {"task.flags high",
       "task\\.flags is 0x80000000, and 0x80000000 of it is not allowed here;.*"},
      {"options.flags high",
       "options\\.flags is 0x40000000, and 0x40000000 of it is not allowed here; allowed: "
       "(TP_JOB_FAIL_FAST, TP_JOB_TRY, )?TP_JOB_URGENT, TP_JOB_BACKGROUND, .*"},
      {"options.flags high and 1",
       "options\\.flags is 0x40000001, and 0x40000000 of it is not allowed here; allowed: .*"},
      {"options.flags FAIL_FAST and KEEP_ERRORS",
       "options\\.flags is 0x11, and 0x10 of it is not allowed here; allowed: .*"
       "|options\\.flags has TP_JOB_FAIL_FAST and TP_JOB_KEEP_ERRORS; a job may have one of them"},
      {"options.flags KEEP_ERRORS",
       "options\\.flags is 0x10, and 0x10 of it is not allowed here; allowed: .*"},
      {"two levels",
       "options\\.flags has TP_JOB_URGENT and TP_JOB_BACKGROUND; a job may have one of them"},
      {"options.deadline negative", "options\\.deadline is -1; it must be a number of seconds, .*"},
      {"options.deadline NaN",
       "options\\.deadline is nan; it must be a number of seconds, where 0 means none"},
      {"options.start_after negative", "options\\.start_after is -1; it must be a number .*"},
      {"options.start_after NaN", "options\\.start_after is nan; it must be a number .*"},
      {"options.item_deadline negative", "options\\.item_deadline is -1; it must be a number .*"},
      {"options.item_deadline NaN", "options\\.item_deadline is nan; it must be a number .*"},
      {"options.submit_timeout negative", "options\\.submit_timeout is -1; it must be a number .*"},
      {"options.submit_timeout NaN", "options\\.submit_timeout is nan; it must be a number .*"},
      {"options.flags CALLER_RUNS and TRY",
       "options\\.flags has TP_JOB_TRY and TP_JOB_CALLER_RUNS; a job may have one of them"},
      {"options.flags CALLER_RUNS",
       "options\\.flags is 0x20, and 0x20 of it is not allowed here;.*"},
      {"options.start_after with CALLER_RUNS",
       "options\\.start_after is 1 with TP_JOB_CALLER_RUNS; a caller that runs its job does not "
       "wait"},
      {"callback", "options has a callback; calls that wait and streams have none"},
      {"error_callback", "options has a callback; calls that wait and streams have none"},
      {"n x size", "(items|rows) are [0-9]+ of 4 bytes each; an array has at most [0-9]+ bytes"},
      {"n x item_size", "items are [0-9]+ of 4 bytes each; an array has at most [0-9]+ bytes"},
      {"n x value_size", "values are [0-9]+ of 4 bytes each; an array has at most [0-9]+ bytes"},
      {"n", "index is 1; the (items of this job have smaller ones|signature has 1 arguments)"},
      {"SIZE_MAX", "(workers|index) is [0-9]{10,}; .*"},
      {"4097", "workers is 4097; at most 4096 are allowed, and 0 means one for each CPU"},
      {"stream", "result is a stream; tp_result_next has its values and errors"},
      {"no stream", "result is no stream; tp_result_get has its values"},
      {"not a stream",
       "result is no stream; only a stream of tp_pool_imap without a source takes items"},
      {"a stream with a source",
       "result is a stream with a source; only a stream of tp_pool_imap without a source takes "
       "items"},
      {"without the flag",
       "the pool has no TP_POOL_MANUAL_CALLBACKS; its callbacks run by themselves"},
      {"a pool with threads",
       "the pool has threads of its own; only TP_POOL_NO_THREADS lets others enter"},
      {"no such folder",
       "path is \"/no/such/folder/file\", which can't be opened for writing: No such file or "
       "directory"},
  };
  return all;
}

// Whether all of the text is as the extended regular expression says.
inline bool matches(const std::string& text, const char* pattern) {
  regex_t compiled;
  const std::string whole = std::string("^(") + pattern + ")$";
  if (regcomp(&compiled, whole.c_str(), REG_EXTENDED | REG_NOSUB) != 0) return false;
  const bool found = regexec(&compiled, text.c_str(), 0, nullptr, 0) == 0;
  regfree(&compiled);
  return found;
}

// Whether the sentence is that of the call's bad input.
inline bool says(const std::string& call, const std::string& sentence) {
  const std::string input = call.substr(call.find(": ") + 2);
  for (const Sentence& known : sentences())
    if (input == known.input) return matches(sentence, known.pattern);
  return false;
}

}  // namespace matrix
