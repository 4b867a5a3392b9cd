// SPDX-License-Identifier: MIT
// What is in the library that tests load: its symbols are of C.
#pragma once

#include <tpool/tpool.h>

// What an item of its tasks learns.
struct Seen {
  int value;              // the item times the factor
  int constructed;        // how often the constructor has run
  int is_made_by_worker;  // on which it has run
};

extern "C" {
extern const int plugin_factor;
int plugin_task(void* ctx, const void* item, void* seen);  // ctx: NULL, or leads to the factor
int plugin_batch(void* ctx, const void* items, void* seen, size_t n, size_t* at);
double plugin_half(double x);
extern const tp_codec_t plugin_codec;  // of an int
}
