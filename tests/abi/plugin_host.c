/* SPDX-License-Identifier: MIT */
/* Opens a plugin, calls it and closes it; plugin.sh has made it. Exits with 0 when it is gone then. */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char** argv) {
  int (*use_all)(void) = NULL;
  void* const plugin = argc > 1 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
  void* const symbol = plugin ? dlsym(plugin, "use_all") : NULL;
  if (!symbol) {
    puts(plugin ? "no use_all" : dlerror());
    return 1;
  }
  memcpy(&use_all, &symbol, sizeof use_all);
  if (use_all() != 0) return puts("the plugin failed"), 1;
  dlclose(plugin);
  if (dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD)) return puts("the plugin stays in memory"), 1;
  return 0;
}
