// SPDX-License-Identifier: MIT
// Callbacks in a loop of GLib.
#include <glib-unix.h>

#include "jobs.hpp"

namespace {

struct Loop {
  Jobs jobs;
  GMainLoop* loop = g_main_loop_new(nullptr, FALSE);
};

gboolean readable(gint, GIOCondition, gpointer data) {
  auto* loop = static_cast<Loop*>(data);
  loop->jobs.drain();
  if (!loop->jobs.done()) return G_SOURCE_CONTINUE;
  g_main_loop_quit(loop->loop);
  return G_SOURCE_REMOVE;
}

}  // namespace

int main() {
  Loop loop;
  g_unix_fd_add(loop.jobs.fd(), G_IO_IN, readable, &loop);
  g_main_loop_run(loop.loop);
  g_main_loop_unref(loop.loop);
}
