/* SPDX-License-Identifier: MIT */
/* SHA-256 of every regular file under the given folders, hashed by a pool of threads, printed as
 * sha256sum prints it and sorted by path.
 *
 * Shows imap_unordered over what is no list, what a worker keeps from task to task, errors of single
 * items, and a trace of it all.
 *
 * cc checksum.c $(pkg-config --cflags --libs tpool libcrypto) */
#define _DEFAULT_SOURCE 1 /* fts, strdup, clock_gettime */

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <getopt.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <tpool/tpool.h>
#include <unistd.h>

enum { sum_size = 32, buffer_size = 128 * 1024 };

/* What one worker hashes with, so that no file has to set it up. */
struct hasher {
  EVP_MD_CTX *digest;
  unsigned char buffer[buffer_size];
};

struct checksum {
  char *path;
  uint64_t bytes;
  unsigned char sum[sum_size];
};

struct report {
  struct checksum *checksums;
  size_t n, capacity, n_errors;
  uint64_t bytes;
  double start, drawn; /* when the progress line was drawn last */
  int on_terminal;
};

static double now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void *checked(void *memory) {
  if (memory == NULL) {
    fputs("checksum: out of memory\n", stderr);
    exit(2);
  }
  return memory;
}

/* The source: walks the folders only as far as the pool asks for files. What can't be entered or
 * looked at goes to a worker as if it were a file: reading it tells why. */
static int next_path(void *ctx, void *item) {
  FTS *walk = ctx;
  FTSENT *entry;
  while (errno = 0, (entry = fts_read(walk)) != NULL) {
    const int given = entry->fts_level == FTS_ROOTLEVEL;
    switch (entry->fts_info) {
      case FTS_DEFAULT: /* neither a regular file nor a folder nor a link */
      case FTS_SLNONE:
        if (!given) continue;
        break;
      case FTS_F:
      case FTS_DNR:
      case FTS_NS:
      case FTS_ERR:
        break;
      default:
        continue;
    }
    *(char **)item = checked(strdup(entry->fts_path));
    return 1;
  }
  if (errno == 0) return 0;
  tp_task_set_error("the walk ended early", NULL, NULL);
  return -errno;
}

static int hash_stream(int file, struct hasher *hasher, struct checksum *checksum) {
  ssize_t got;
  checksum->bytes = 0;
  if (!EVP_DigestInit_ex(hasher->digest, EVP_sha256(), NULL)) return ENOTSUP;
  while ((got = read(file, hasher->buffer, buffer_size)) != 0) {
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    if (!EVP_DigestUpdate(hasher->digest, hasher->buffer, (size_t)got)) return EIO;
    checksum->bytes += (uint64_t)got;
  }
  return EVP_DigestFinal_ex(hasher->digest, checksum->sum, NULL) ? 0 : EIO;
}

/* The task: its code is the errno, its message the path. */
static int hash_file(void *ctx, const void *item, void *value) {
  struct hasher *hasher = (struct hasher *)ctx + tp_worker_index();
  const char *path = *(char *const *)item;
  struct checksum *checksum = value;
  int error;
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    error = errno;
  } else {
    error = hash_stream(file, hasher, checksum);
    close(file);
  }
  if (error != 0) {
    tp_task_set_error(path, NULL, NULL);
    return error;
  }
  checksum->path = checked(strdup(path));
  return 0;
}

static void drop_path(void *item) { free(*(char **)item); }

static void drop_checksum(void *value) { free(((struct checksum *)value)->path); }

static void clear_progress(const struct report *report) {
  if (report->on_terminal) fputs("\r\033[K", stderr);
}

static void draw_progress(struct report *report, const tp_result_t *stream) {
  size_t done = 0, total = 0;
  const double seconds = now() - report->start;
  if (!report->on_terminal || seconds - report->drawn < 0.1) return;
  report->drawn = seconds;
  tp_result_progress(stream, &done, &total);
  clear_progress(report);
  fprintf(stderr, "%zu/%zu files, %.1f MB/s", done, total, 1e-6 * (double)report->bytes / seconds);
}

static void add_error(struct report *report, int status) {
  const tp_error_t *error = tp_last_error();
  const int code = tp_error_code(error); /* the source's are negative */
  clear_progress(report);
  fprintf(stderr, "checksum: %s: %s\n", tp_error_message(error),
          code == 0 ? tp_strerror(status) : strerror(abs(code)));
  ++report->n_errors;
}

static void add_checksum(struct report *report, const struct checksum *checksum) {
  if (report->n == report->capacity) {
    report->capacity = report->capacity == 0 ? 1024 : 2 * report->capacity;
    report->checksums =
        checked(realloc(report->checksums, report->capacity * sizeof *report->checksums));
  }
  report->checksums[report->n++] = *checksum;
  report->bytes += checksum->bytes;
}

static void read_results(tp_result_t *stream, struct report *report) {
  struct checksum checksum;
  int status;
  while ((status = tp_result_next(stream, TP_FOREVER, &checksum)) != TP_END) {
    if (status == TP_OK) {
      add_checksum(report, &checksum);
    } else {
      add_error(report, status);
    }
    draw_progress(report, stream);
  }
  clear_progress(report);
}

static int by_path(const void *left, const void *right) {
  return strcmp(((const struct checksum *)left)->path, ((const struct checksum *)right)->path);
}

/* As sha256sum: a line starts with a backslash when its path has something to escape. */
static void print_checksum(const struct checksum *checksum) {
  static const char special[] = "\\\n\r";
  if (strpbrk(checksum->path, special) != NULL) putchar('\\');
  for (int i = 0; i < sum_size; ++i) printf("%02x", checksum->sum[i]);
  fputs("  ", stdout);
  for (const char *c = checksum->path; *c != '\0'; ++c) {
    if (strchr(special, *c) != NULL) putchar('\\');
    putchar(*c == '\n' ? 'n' : *c == '\r' ? 'r' : *c);
  }
  putchar('\n');
}

static const char *plural(uint64_t n) { return n == 1 ? "" : "s"; }

static void print_report(struct report *report) {
  const double seconds = now() - report->start;
  const double megabytes = 1e-6 * (double)report->bytes;
  if (report->n > 0) qsort(report->checksums, report->n, sizeof *report->checksums, by_path);
  for (size_t i = 0; i < report->n; ++i) {
    print_checksum(&report->checksums[i]);
    drop_checksum(&report->checksums[i]);
  }
  free(report->checksums);
  if (fflush(stdout) != 0 || ferror(stdout)) {
    perror("checksum: stdout");
    ++report->n_errors;
  }
  fprintf(stderr, "%zu file%s, %" PRIu64 " byte%s in %.3f s, %.1f MB/s, %zu error%s\n", report->n,
          plural(report->n), report->bytes, plural(report->bytes), seconds, megabytes / seconds,
          report->n_errors, plural(report->n_errors));
}

/* Gives each worker a hasher; returns NULL without memory. */
static struct hasher *make_hashers(size_t n) {
  struct hasher *hashers = checked(malloc(n * sizeof *hashers));
  for (size_t i = 0; i < n; ++i) hashers[i].digest = checked(EVP_MD_CTX_new());
  return hashers;
}

static void free_hashers(struct hasher *hashers, size_t n) {
  for (size_t i = 0; i < n; ++i) EVP_MD_CTX_free(hashers[i].digest);
  free(hashers);
}

/* Ends a trace of the pool; what it shows is one more thing that can fail. */
static void stop_trace(tp_pool_t *pool, const char *path, struct report *report) {
  if (tp_pool_trace_stop(pool) == TP_OK) return;
  perror(path);
  ++report->n_errors;
}

static int run(FTS *walk, size_t workers, const char *trace, struct report *report) {
  const tp_pool_options_t options = {.size = sizeof options, .workers = workers};
  const tp_job_options_t job = {.size = sizeof job, .name = "checksum"}; /* as traces call it */
  tp_task_t task = TP_TASK(hash_file, NULL, char *, struct checksum);
  tp_pool_t *pool;
  tp_result_t *stream = NULL;
  int status = tp_pool_create(&options, &pool);
  if (status != TP_OK) return status;
  if (trace != NULL && tp_pool_trace_start(pool, trace) != TP_OK) {
    perror(trace);
    exit(2);
  }
  tp_pool_workers(pool, &workers);
  struct hasher *hashers = make_hashers(workers);
  task.ctx = hashers;
  task.item_drop = drop_path;
  task.value_drop = drop_checksum;
  status = tp_pool_imap_unordered(pool, &task, next_path, walk, &job, &stream);
  if (status == TP_OK) read_results(stream, report);
  tp_result_release(stream);
  if (trace != NULL) stop_trace(pool, trace, report);
  tp_pool_destroy(pool);
  free_hashers(hashers, workers);
  return status;
}

/* Reads "-j N" and "--trace FILE"; returns whether the command line is well formed. */
static int parse_options(int argc, char **argv, size_t *workers, const char **trace) {
  static const struct option options[] = {{"trace", required_argument, NULL, 't'}, {0}};
  int option;
  while ((option = getopt_long(argc, argv, "j:", options, NULL)) != -1) {
    char *end;
    if (option == 't') {
      *trace = optarg;
      continue;
    }
    if (option != 'j') return 0;
    *workers = strtoul(optarg, &end, 10);
    if (*end != '\0' || *workers < 1 || *workers > 4096) return 0;
  }
  return 1;
}

int main(int argc, char **argv) {
  char *default_roots[] = {"/usr/include", NULL};
  struct report report = {.start = now(), .on_terminal = isatty(STDERR_FILENO)};
  size_t workers = 0; /* one for each CPU */
  const char *trace = NULL;
  if (!parse_options(argc, argv, &workers, &trace)) {
    fputs(
        "usage: checksum [-j WORKERS] [--trace FILE] [FOLDER or FILE]..., WORKERS from 1 to 4096\n",
        stderr);
    return 2;
  }
  char **roots = optind < argc ? argv + optind : default_roots;
  FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, NULL);
  if (walk == NULL) {
    perror("checksum");
    return 2;
  }
  const int status = run(walk, workers, trace, &report);
  fts_close(walk);
  if (status != TP_OK) {
    fprintf(stderr, "checksum: %s\n", tp_strerror(status));
    return 2;
  }
  print_report(&report);
  return report.n_errors == 0 ? 0 : 1;
}
