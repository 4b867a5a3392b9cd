/* SPDX-License-Identifier: MIT */
/* tp_grep [-j WORKERS] PATTERN DIRECTORY: counts the matching lines of each file in a tree, as
 * LC_ALL=C grep -rcI prints them, but sorted by path. A binary file, which is one with a NUL byte,
 * counts 0; links and devices inside of the tree are passed over.
 *
 * Shows imap over what is no list: the walk reads folders only as far as the pool asks for files,
 * counts come in its order while it goes on, and no more than the window is in memory. A file that
 * can't be read is an error in place of its count, and the stream goes on.
 *
 * cc tp_grep.c $(pkg-config --cflags --libs tpool) */
#define _DEFAULT_SOURCE 1 /* fts, getline, getopt, strdup */

#include <errno.h>
#include <fts.h>
#include <inttypes.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <tpool/tpool.h>
#include <unistd.h>

/* What one worker searches with: regexec locks its regex, so all with one would take turns. */
struct matcher {
  regex_t regex;
  char *line;
  size_t capacity;
};

struct count {
  char *path;
  uintmax_t lines;
};

/* The byte behind what two names have in common; a folder's name goes on with a slash. */
static int byte_behind(const FTSENT *entry, size_t common) {
  if (common < entry->fts_namelen) return (unsigned char)entry->fts_name[common];
  return entry->fts_info == FTS_D ? '/' : '\0';
}

static int by_path(const FTSENT **left, const FTSENT **right) {
  size_t common = 0;
  while (common < (*left)->fts_namelen && (*left)->fts_name[common] == (*right)->fts_name[common]) {
    ++common;
  }
  return byte_behind(*left, common) - byte_behind(*right, common);
}

/* The source. What can't be entered or looked at, as a root that leads nowhere, goes to a worker as if
 * it were a file: opening it tells why. */
static int next_path(void *ctx, void *item) {
  const FTSENT *entry;
  while (errno = 0, (entry = fts_read(ctx)) != NULL) {
    switch (entry->fts_info) {
      case FTS_F:
      case FTS_DNR:
      case FTS_NS:
      case FTS_SLNONE:
      case FTS_ERR:
        *(char **)item = strdup(entry->fts_path);
        return *(char **)item == NULL ? -ENOMEM : 1;
      default:
        continue;
    }
  }
  return -errno;
}

static int count_lines(FILE *file, struct matcher *matcher, uintmax_t *lines) {
  ssize_t length;
  while ((length = getline(&matcher->line, &matcher->capacity, file)) >= 0) {
    if (memchr(matcher->line, '\0', (size_t)length) != NULL) {
      *lines = 0;
      return 0;
    }
    if (matcher->line[length - 1] == '\n') matcher->line[length - 1] = '\0';
    *lines += regexec(&matcher->regex, matcher->line, 0, NULL, 0) == 0;
  }
  return feof(file) ? 0 : errno;
}

/* The task: its code is the errno, its message the path. */
static int count_in_file(void *ctx, const void *item, void *value) {
  struct matcher *matcher = (struct matcher *)ctx + tp_worker_index();
  const char *path = *(char *const *)item;
  struct count count = {.lines = 0};
  FILE *file = fopen(path, "re");
  int error = file == NULL ? errno : count_lines(file, matcher, &count.lines);
  if (file != NULL) fclose(file);
  if (error == 0 && (count.path = strdup(path)) == NULL) error = ENOMEM;
  if (error != 0) tp_task_set_error(path, NULL, NULL);
  *(struct count *)value = count;
  return error;
}

static void drop_path(void *item) { free(*(char **)item); }

static void drop_count(void *value) { free(((struct count *)value)->path); }

static void print_error(int status) {
  const tp_error_t *error = tp_last_error();
  const int code = tp_error_code(error); /* the source's are negative */
  fprintf(stderr, "tp_grep: %s: %s\n", tp_error_message(error),
          code == 0 ? tp_strerror(status) : strerror(abs(code)));
}

/* Prints the counts as they come. Returns the exit status, which is grep's. */
static int report(tp_result_t *counts) {
  struct count count;
  uintmax_t lines = 0, files = 0;
  int failed = 0, status;
  while ((status = tp_result_next(counts, TP_FOREVER, &count)) != TP_END) {
    if (status == TP_OK) {
      printf("%s:%" PRIuMAX "\n", count.path, count.lines);
      lines += count.lines;
      ++files;
      drop_count(&count);
    } else {
      print_error(status);
      failed = 1;
    }
  }
  if (fflush(stdout) != 0 || ferror(stdout)) {
    perror("tp_grep: stdout");
    failed = 1;
  }
  fprintf(stderr, "%" PRIuMAX " line%s in %" PRIuMAX " file%s\n", lines, lines == 1 ? "" : "s",
          files, files == 1 ? "" : "s");
  return failed ? 2 : lines == 0;
}

/* Gives each worker a matcher, or ends the program. */
static struct matcher *make_matchers(size_t n, const char *pattern) {
  struct matcher *matchers = calloc(n, sizeof *matchers);
  for (size_t i = 0; i < n; ++i) {
    char message[200] = "out of memory";
    const int error =
        matchers == NULL ? REG_ESPACE : regcomp(&matchers[i].regex, pattern, REG_NOSUB);
    if (error == 0) continue;
    if (matchers != NULL) regerror(error, &matchers[i].regex, message, sizeof message);
    fprintf(stderr, "tp_grep: %s\n", message);
    exit(2);
  }
  return matchers;
}

static void free_matchers(struct matcher *matchers, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    regfree(&matchers[i].regex);
    free(matchers[i].line);
  }
  free(matchers);
}

/* A pipe would be waited for. */
static int is_neither_file_nor_directory(const char *root) {
  struct stat info;
  return stat(root, &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode);
}

static FTS *open_walk(char **root) {
  FTS *walk = fts_open(root, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_path);
  if (walk == NULL) {
    perror("tp_grep");
    exit(2);
  }
  return walk;
}

/* Returns the exit status, or the library's, which is negative. */
static int run(size_t workers, const char *pattern, char **root) {
  const tp_pool_options_t options = {.size = sizeof options, .workers = workers};
  tp_task_t task = TP_TASK(count_in_file, NULL, char *, struct count);
  tp_pool_t *pool;
  tp_result_t *counts = NULL;
  int status = tp_pool_create(&options, &pool);
  if (status != TP_OK) return status;
  tp_pool_workers(pool, &workers);
  struct matcher *matchers = make_matchers(workers, pattern);
  FTS *walk = open_walk(root);
  task.ctx = matchers;
  task.item_drop = drop_path;
  task.value_drop = drop_count;
  status = tp_pool_imap(pool, &task, next_path, walk, NULL, &counts);
  if (status == TP_OK) status = report(counts);
  tp_result_release(counts);
  tp_pool_destroy(pool);
  fts_close(walk);
  free_matchers(matchers, workers);
  return status;
}

int main(int argc, char **argv) {
  size_t workers = 0; /* one for each CPU */
  int option, usable = 1;
  while ((option = getopt(argc, argv, "j:")) != -1) {
    char *end = NULL;
    if (option == 'j') workers = strtoul(optarg, &end, 10);
    usable = usable && end != NULL && *end == '\0' && workers >= 1 && workers <= 4096;
  }
  if (!usable || argc - optind != 2) {
    fputs("usage: tp_grep [-j WORKERS] PATTERN DIRECTORY, WORKERS from 1 to 4096\n", stderr);
    return 2;
  }
  if (is_neither_file_nor_directory(argv[optind + 1])) {
    fprintf(stderr, "tp_grep: %s: neither a file nor a directory\n", argv[optind + 1]);
    return 2;
  }
  const int status = run(workers, argv[optind], argv + optind + 1);
  if (status >= 0) return status;
  fprintf(stderr, "tp_grep: %s\n", tp_strerror(status));
  return 2;
}
