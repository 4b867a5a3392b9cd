/* SPDX-License-Identifier: MIT */
/* tp_links [-j AT_ONCE] [-t SECONDS] [-T SECONDS] URL: checks the links of a page. -t is the time for
 * each link, -T for all. After the latter, or Ctrl-C, it tells what is known by then. It asks by http
 * and https alone: whatever else a URL or a redirection names is an error. Exits with 0 when all are
 * good, 1 when some are bad or unknown, and 2 when it could not work: wrong arguments, no pool, no
 * output.
 *
 * Shows a pool in an event loop. The page and then each link is a job of its own; the callbacks run
 * on the thread that polls, so that what they share needs no lock. max_pending is how many requests
 * are under way: a submit that is refused is made again when a callback has made room. A request that
 * is cancelled, or past its deadline, sees that it should stop.
 *
 * cc tp_links.c $(pkg-config --cflags --libs tpool libcurl) */
#define _GNU_SOURCE 1 /* strcasestr, getopt, clock_gettime */

#include <curl/curl.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <tpool/tpool.h>
#include <unistd.h>

enum { most_workers = 4096 /* that a pool can have */ };

/* Each worker looks at its own alone. It keeps connections from one request to the next. */
static CURL *clients[most_workers];

/* While its job is under way all but the url is the job's, but for result and next. */
struct link {
  char *url;
  long code;    /* 0 = there was no answer */
  char *target; /* where redirections led to */
  char *body;   /* of the page itself */
  size_t size;  /* of that */
  char *error;  /* why there was no answer; NULL = nobody has asked */
  int is_page;
  tp_result_t *result;
  struct checker *checker;
  struct link *next;
};

struct checker {
  tp_pool_t *pool;
  struct link *links, **end; /* the page, then its links in their order */
  struct link *unsubmitted;  /* that one and all behind */
  size_t under_way;
  double seconds; /* for each */
  int stopped;
};

static void *checked(void *memory) {
  if (memory == NULL) {
    fputs("tp_links: out of memory\n", stderr);
    exit(2);
  }
  return memory;
}

static double now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Of the page there is a body to keep. */
static size_t keep(char *data, size_t size, size_t n, void *user) {
  struct link *link = user;
  char *longer = realloc(link->body, link->size + n * size + 1);
  if (longer == NULL) return 0; /* ends the request */
  memcpy(longer + link->size, data, n * size);
  link->body = longer;
  link->size += n * size;
  longer[link->size] = '\0';
  return n * size;
}

/* libcurl asks at least once in a second. */
static int should_stop(void *user, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d) {
  (void)user, (void)a, (void)b, (void)c, (void)d;
  return tp_task_stop_requested();
}

static void allow_web_alone(CURL *client) {
#if CURL_AT_LEAST_VERSION(7, 85, 0)
  curl_easy_setopt(client, CURLOPT_PROTOCOLS_STR, "http,https");
#else
  curl_easy_setopt(client, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

static int make_client(void *arg) {
  CURL *client = curl_easy_init();
  (void)arg;
  if (client == NULL) return ENOMEM;
  allow_web_alone(client);
  curl_easy_setopt(client, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(client, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(client, CURLOPT_MAXREDIRS, 5L);
  curl_easy_setopt(client, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(client, CURLOPT_XFERINFOFUNCTION, should_stop);
  curl_easy_setopt(client, CURLOPT_WRITEFUNCTION, keep);
  clients[tp_worker_index()] = client;
  return 0;
}

static void free_client(void *arg) {
  (void)arg;
  curl_easy_cleanup(clients[tp_worker_index()]);
}

/* The task: asks for the body of the page, and for the head of what it links to. */
static int ask(void *ctx, const void *item, void *value) {
  struct link *link = *(struct link *const *)item;
  CURL *client = clients[tp_worker_index()];
  char *target = NULL;
  (void)ctx, (void)value;
  curl_easy_setopt(client, CURLOPT_URL, link->url);
  curl_easy_setopt(client, CURLOPT_NOBODY, link->is_page ? 0L : 1L);
  if (link->is_page) curl_easy_setopt(client, CURLOPT_HTTPGET, 1L);
  curl_easy_setopt(client, CURLOPT_WRITEDATA, link);
  const CURLcode failed = curl_easy_perform(client);
  if (failed != CURLE_OK) {
    const int refused = failed == CURLE_UNSUPPORTED_PROTOCOL;
    tp_task_set_error(refused ? "neither http nor https" : curl_easy_strerror(failed), NULL, NULL);
    return (int)failed;
  }
  curl_easy_getinfo(client, CURLINFO_EFFECTIVE_URL, &target);
  link->target = strdup(target);
  if (link->target == NULL) return (int)CURLE_OUT_OF_MEMORY;
  curl_easy_getinfo(client, CURLINFO_RESPONSE_CODE, &link->code);
  return 0;
}

/* Adds a link unless it is known. Takes the url. */
static void add_url(struct checker *checker, char *url, int is_page) {
  for (const struct link *link = checker->links; link != NULL; link = link->next) {
    if (strcmp(link->url, url) == 0) {
      free(url);
      return;
    }
  }
  struct link *link = checked(calloc(1, sizeof *link));
  *link = (struct link){.url = url, .is_page = is_page, .checker = checker};
  *checker->end = link;
  checker->end = &link->next;
  if (checker->unsubmitted == NULL) checker->unsubmitted = link;
}

/* Not so the page itself, mail and scripts. */
static int is_of_web(const char *reference) {
  const size_t scheme = strcspn(reference, ":/?#");
  if (reference[0] == '\0' || reference[0] == '#') return 0;
  return reference[scheme] != ':' || strncasecmp(reference, "http:", 5) == 0 ||
         strncasecmp(reference, "https:", 6) == 0;
}

/* A reference relative to the base, without a fragment. What is no URL is left as it is: asking for
 * it tells so. */
static char *resolve(const char *base, const char *reference) {
  CURLU *url = checked(curl_url());
  char *text = NULL, *copy;
  if (curl_url_set(url, CURLUPART_URL, base, 0) == CURLUE_OK &&
      curl_url_set(url, CURLUPART_URL, reference, 0) == CURLUE_OK &&
      curl_url_set(url, CURLUPART_FRAGMENT, NULL, 0) == CURLUE_OK) {
    curl_url_get(url, CURLUPART_URL, &text, 0);
  }
  copy = checked(strdup(text == NULL ? reference : text));
  curl_free(text);
  curl_url_cleanup(url);
  return copy;
}

/* What HTML writes for an ampersand. */
static void unescape(char *text) {
  for (char *at = text; (at = strstr(at, "&amp;")) != NULL; ++at) {
    memmove(at + 1, at + 5, strlen(at + 5) + 1);
  }
}

/* Adds all that a page has in href="…" or href='…'. */
static void add_links(struct checker *checker, const struct link *page) {
  for (const char *at = page->body; at != NULL && (at = strcasestr(at, "href")) != NULL;) {
    at += strlen("href");
    at += strspn(at, " \t\r\n");
    if (*at != '=') continue;
    at += 1 + strspn(at + 1, " \t\r\n");
    const char *end = *at == '"' || *at == '\'' ? strchr(at + 1, *at) : NULL;
    if (end == NULL) continue;
    char *reference = checked(strndup(at + 1, (size_t)(end - at - 1)));
    unescape(reference);
    if (is_of_web(reference)) add_url(checker, resolve(page->target, reference), 0);
    free(reference);
    at = end + 1;
  }
}

/* Also of a request that has seen that it should stop; but not of one past its deadline. */
static int was_cancelled(const tp_error_t *error) {
  const int status = tp_error_status(error);
  return status == TP_ECANCELED ||
         (status == TP_ETASK && tp_error_code(error) == CURLE_ABORTED_BY_CALLBACK);
}

/* The callback of each job, whatever the outcome. */
static void on_end(void *user, tp_result_t *result) {
  struct link *link = user;
  const tp_error_t *error = tp_result_error(result);
  struct checker *checker = link->checker;
  --checker->under_way;
  if (error == NULL) {
    if (link->is_page && link->code < 400) add_links(checker, link);
  } else if (!was_cancelled(error)) {
    link->error = checked(strdup(tp_error_message(error)));
  }
  tp_result_release(link->result);
  link->result = NULL;
}

/* Submits as many as there is room for. There is no more room than workers, so that none waits for one
 * while the time to its deadline runs. */
static int submit(struct checker *checker) {
  int status = TP_OK;
  while (status == TP_OK && checker->unsubmitted != NULL && !checker->stopped) {
    struct link *link = checker->unsubmitted;
    const tp_task_t task = {.size = sizeof task, .fn = ask, .item_size = sizeof link};
    const tp_job_options_t options = {.size = sizeof options,
                                      .flags = TP_JOB_TRY,
                                      .callback = on_end,
                                      .error_callback = on_end,
                                      .user = link,
                                      .deadline = checker->seconds};
    status = tp_pool_apply_async(checker->pool, &task, &link, &options, &link->result);
    if (status == TP_OK) {
      ++checker->under_way;
      checker->unsubmitted = link->next;
    }
  }
  return status == TP_EAGAIN ? TP_OK : status;
}

/* Asks what is under way to end, and starts nothing more. */
static void stop(struct checker *checker) {
  checker->stopped = 1;
  for (const struct link *link = checker->links; link != NULL; link = link->next) {
    if (link->result != NULL) tp_result_cancel(link->result);
  }
}

/* As poll takes them: an endless time is a negative one, and a part of one a whole. */
static int milliseconds(double seconds) {
  return seconds <= 0 ? 0 : seconds > 1e6 ? -1 : (int)(1e3 * seconds) + 1;
}

/* The event loop: ends when all is known, or what was under way at a stop has ended. */
static int loop(struct checker *checker, int signals, double seconds) {
  struct pollfd events[] = {{.fd = signals, .events = POLLIN}, {.events = POLLIN}};
  const double end = now() + seconds;
  int status = tp_pool_fd(checker->pool, &events[1].fd);
  if (status == TP_OK) status = submit(checker);
  while (status == TP_OK && checker->under_way > 0) {
    poll(events, 2, checker->stopped ? -1 : milliseconds(end - now()));
    if (!checker->stopped && (events[0].revents != 0 || now() >= end)) {
      stop(checker);
      events[0].fd = -1;
    }
    tp_pool_run_callbacks(checker->pool, 0, NULL);
    status = submit(checker);
  }
  return status;
}

/* Prints all in the order of the page. Returns the exit status. */
static int report(const struct checker *checker) {
  size_t n = 0, bad = 0, unknown = 0;
  for (const struct link *link = checker->links; link != NULL; link = link->next, ++n) {
    if (link->code != 0) {
      const int moved = strcmp(link->url, link->target) != 0;
      printf("%ld %s%s%s\n", link->code, link->url, moved ? " -> " : "", moved ? link->target : "");
      bad += link->code >= 400;
    } else if (link->error != NULL) {
      printf("error %s: %s\n", link->url, link->error);
      ++bad;
    } else {
      printf("unknown %s\n", link->url);
      ++unknown;
    }
  }
  const int lost = fflush(stdout) != 0 || ferror(stdout);
  if (lost) perror("tp_links: stdout");
  fprintf(stderr, "%zu link%s, %zu bad, %zu unknown\n", n, n == 1 ? "" : "s", bad, unknown);
  return lost ? 2 : bad + unknown > 0;
}

static void free_links(struct link *link) {
  while (link != NULL) {
    struct link *next = link->next;
    free(link->url);
    free(link->target);
    free(link->body);
    free(link->error);
    free(link);
    link = next;
  }
}

struct arguments {
  size_t at_once;
  double each, all;
  const char *url;
};

/* Returns whether the command line is well formed. */
static int parse(int argc, char **argv, struct arguments *arguments) {
  int option;
  while ((option = getopt(argc, argv, "j:t:T:")) != -1) {
    if (option == '?') return 0;
    char *end;
    const double number = strtod(optarg, &end);
    if (end == optarg || *end != '\0' || !(number > 0 && number < 1e6)) return 0;
    if (option == 'j') arguments->at_once = (size_t)number;
    if (option == 't') arguments->each = number;
    if (option == 'T') arguments->all = number;
  }
  arguments->url = argv[optind];
  return argc - optind == 1 && arguments->at_once >= 1 && arguments->at_once <= most_workers;
}

/* Signals are for the loop alone. Workers have all blocked anyway. */
static int open_signals(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigprocmask(SIG_BLOCK, &set, NULL);
  return signalfd(-1, &set, SFD_CLOEXEC);
}

int main(int argc, char **argv) {
  struct arguments arguments = {.at_once = 8, .each = 10, .all = TP_FOREVER};
  if (!parse(argc, argv, &arguments)) {
    fputs("usage: tp_links [-j AT_ONCE] [-t SECONDS] [-T SECONDS] URL, AT_ONCE from 1 to 4096\n",
          stderr);
    return 2;
  }
  const tp_pool_options_t options = {.size = sizeof options,
                                     .workers = arguments.at_once,
                                     .initializer = make_client,
                                     .finalizer = free_client,
                                     .flags = TP_POOL_MANUAL_CALLBACKS,
                                     .max_pending = arguments.at_once};
  struct checker checker = {.end = &checker.links, .seconds = arguments.each};
  const int signals = open_signals();
  curl_global_init(CURL_GLOBAL_DEFAULT);
  add_url(&checker, resolve(arguments.url, arguments.url), 1);
  int status = tp_pool_create(&options, &checker.pool);
  if (status == TP_OK) status = loop(&checker, signals, arguments.all);
  tp_pool_destroy(checker.pool);
  if (status != TP_OK) fprintf(stderr, "tp_links: %s\n", tp_strerror(status));
  const int answer = status == TP_OK ? report(&checker) : 2;
  free_links(checker.links);
  curl_global_cleanup();
  close(signals);
  return answer;
}
