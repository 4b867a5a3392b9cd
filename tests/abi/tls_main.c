/* SPDX-License-Identifier: MIT */
/* Loads libtpool when other libraries have taken all static TLS there is but the last 64 bytes, or 128 with what their
 * alignment costs. Usage: tls_main <libtpool.so> <filler>... */
#include <dlfcn.h>
#include <stdio.h>

typedef int (*create_fn)(const void *options, void **pool);
typedef void (*destroy_fn)(void *pool);

int main(int argc, char **argv) {
  void *fillers[2] = {0, 0};
  int i = 2;
  for (; i < argc; ++i) {
    void *const more = dlopen(argv[i], RTLD_NOW);
    if (!more) break;
    fillers[0] = fillers[1];
    fillers[1] = more;
  }
  if (i == argc) return puts("the static TLS does not end"), 77;
  if (!fillers[0]) return puts("no static TLS for anybody"), 77;
  dlclose(fillers[1]);
  dlclose(fillers[0]);
  void *const tpool = dlopen(argv[1], RTLD_NOW);
  if (!tpool) return puts(dlerror()), 1;
  create_fn create;
  destroy_fn destroy;
  *(void **)&create = dlsym(tpool, "tp_pool_create");
  *(void **)&destroy = dlsym(tpool, "tp_pool_destroy");
  void *pool = NULL;
  if (!create || !destroy || create(NULL, &pool)) return puts("no pool"), 1;
  destroy(pool);
  return 0;
}
