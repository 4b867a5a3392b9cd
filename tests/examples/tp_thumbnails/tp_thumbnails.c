/* SPDX-License-Identifier: MIT */
/* tp_thumbnails [-j WORKERS] OUTDIR FILE...: makes a thumbnail of each PNG, at most 128 x 128, in
 * OUTDIR under the name of the file. What is there already stays as it is. Exits with 0 when all
 * were made, 1 when some were not, and 2 when it could not work: wrong arguments, no pool, no output.
 *
 * Shows what a worker keeps from task to task: the initializer gives each a decoder, which the tasks
 * that it runs find by tp_worker_index and the finalizer takes back. A map keeps the errors of its
 * items: a picture that is broken is one, with the text that libpng has for it.
 *
 * cc tp_thumbnails.c $(pkg-config --cflags --libs tpool libpng) */
#define _DEFAULT_SOURCE 1 /* getopt */

#include <errno.h>
#include <limits.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tpool/tpool.h>
#include <unistd.h>

enum { most_pixels = 128, most_workers = 4096 /* that a pool can have */ };

/* The pixels of the picture at hand. They grow with the pictures that the worker meets, so that the
 * system need not hand out and clear memory for each. */
struct decoder {
  png_bytep pixels;
  size_t size;
  png_byte thumbnail[most_pixels * most_pixels * 4];
};

/* Each worker looks at its own alone. */
static struct decoder *decoders[most_workers];

struct thumbnail {
  char *path;
  png_uint_32 width, height;
};

static int make_decoder(void *arg) {
  struct decoder *decoder = calloc(1, sizeof *decoder);
  (void)arg;
  if (decoder == NULL) return ENOMEM;
  decoders[tp_worker_index()] = decoder;
  return 0;
}

static void free_decoder(void *arg) {
  struct decoder *decoder = decoders[tp_worker_index()];
  (void)arg;
  free(decoder->pixels);
  free(decoder);
}

/* The code of a failed task is an errno, its message the path that failed. */
static int failed(int error, const char *path) {
  tp_task_set_error(path, NULL, NULL);
  return error;
}

/* Or the code is this, and what libpng says is behind the path. */
static int png_failed(const png_image *image, const char *path) {
  char text[PATH_MAX + 2 + sizeof image->message];
  snprintf(text, sizeof text, "%s: %s", path, image->message);
  return failed(-1, text);
}

/* Returns whether there is memory. */
static int reserve(struct decoder *decoder, size_t size) {
  if (size <= decoder->size) return 1;
  free(decoder->pixels);
  decoder->pixels = malloc(size);
  decoder->size = decoder->pixels == NULL ? 0 : size;
  return decoder->pixels != NULL;
}

/* Whatever is in the file becomes 8 bits a channel: gray or RGB, alpha behind if there is any. */
static int decode(struct decoder *decoder, const char *path, png_image *image) {
  if (!png_image_begin_read_from_file(image, path)) return png_failed(image, path);
  image->format &= PNG_FORMAT_FLAG_COLOR | PNG_FORMAT_FLAG_ALPHA;
  const size_t row = PNG_IMAGE_ROW_STRIDE(*image);
  if (row > (size_t)-1 / image->height || !reserve(decoder, row * image->height)) {
    png_image_free(image);
    return failed(ENOMEM, path);
  }
  return png_image_finish_read(image, NULL, decoder->pixels, 0, NULL) ? 0 : png_failed(image, path);
}

static png_uint_32 scaled(png_uint_32 length, png_uint_32 longest) {
  if (longest <= most_pixels) return length;
  const png_uint_32 rounded =
      (png_uint_32)(((unsigned long long)length * most_pixels + longest / 2) / longest);
  return rounded == 0 ? 1 : rounded;
}

struct box {
  size_t left, top, right, bottom;
};

/* Averages the pixels of a box into one. The colours count by their alpha. */
static void average(const png_byte *pixels, const png_image *image, struct box box, png_bytep to) {
  const size_t channels = PNG_IMAGE_PIXEL_CHANNELS(image->format);
  const int has_alpha = (image->format & PNG_FORMAT_FLAG_ALPHA) != 0;
  const size_t colours = has_alpha ? channels - 1 : channels;
  const unsigned long long n = (box.right - box.left) * (box.bottom - box.top);
  unsigned long long sums[3] = {0}, weight = 0;
  for (size_t y = box.top; y < box.bottom; ++y) {
    const png_byte *pixel = pixels + (y * image->width + box.left) * channels;
    for (size_t x = box.left; x < box.right; ++x, pixel += channels) {
      const unsigned alpha = has_alpha ? pixel[colours] : 1;
      for (size_t i = 0; i < colours; ++i) sums[i] += alpha * pixel[i];
      weight += alpha;
    }
  }
  for (size_t i = 0; i < colours; ++i) {
    to[i] = (png_byte)(weight == 0 ? 0 : (sums[i] + weight / 2) / weight);
  }
  if (has_alpha) to[colours] = (png_byte)((weight + n / 2) / n);
}

static void shrink(struct decoder *decoder, const png_image *from, const png_image *to) {
  png_bytep next = decoder->thumbnail;
  struct box box = {0};
  for (size_t y = 0; y < to->height; ++y, box.top = box.bottom) {
    box.bottom = (y + 1) * from->height / to->height;
    box.left = 0;
    for (size_t x = 0; x < to->width; ++x, box.left = box.right) {
      box.right = (x + 1) * from->width / to->width;
      average(decoder->pixels, from, box, next);
      next += PNG_IMAGE_PIXEL_CHANNELS(to->format);
    }
  }
}

/* "x": two files of one name would else be written to one place at the same time. */
static int encode(const struct decoder *decoder, const char *path, png_image *image) {
  FILE *file = fopen(path, "wbx");
  if (file == NULL) return failed(errno, path);
  int error = 0;
  if (!png_image_write_to_stdio(image, file, 0, decoder->thumbnail, 0, NULL)) {
    error = png_failed(image, path);
  }
  if (fclose(file) != 0 && error == 0) error = failed(errno, path);
  if (error != 0) remove(path);
  return error;
}

static char *path_in(const char *folder, const char *path) {
  const char *slash = strrchr(path, '/');
  const char *name = slash == NULL ? path : slash + 1;
  const size_t size = strlen(folder) + strlen(name) + 2;
  char *joined = malloc(size);
  if (joined != NULL) snprintf(joined, size, "%s/%s", folder, name);
  return joined;
}

/* The task. */
static int make_thumbnail(void *ctx, const void *item, void *value) {
  struct decoder *decoder = decoders[tp_worker_index()];
  const char *path = *(char *const *)item;
  png_image from = {.version = PNG_IMAGE_VERSION}, to = from;
  struct thumbnail *thumbnail = value;
  int error = decode(decoder, path, &from);
  if (error != 0) return error;
  const png_uint_32 longest = from.width > from.height ? from.width : from.height;
  to.format = from.format;
  to.width = thumbnail->width = scaled(from.width, longest);
  to.height = thumbnail->height = scaled(from.height, longest);
  shrink(decoder, &from, &to);
  thumbnail->path = path_in(ctx, path);
  if (thumbnail->path == NULL) return failed(ENOMEM, path);
  error = encode(decoder, thumbnail->path, &to);
  if (error != 0) free(thumbnail->path);
  return error;
}

static void drop_thumbnail(void *value) { free(((struct thumbnail *)value)->path); }

/* Returns how many failed. */
static size_t print(const tp_result_t *result, const struct thumbnail *thumbnails, size_t n) {
  size_t n_failed = 0;
  for (size_t i = 0; i < n; ++i) {
    const tp_error_t *error = tp_result_item_error(result, i);
    if (error == NULL) {
      const struct thumbnail *made = &thumbnails[i];
      printf("%ux%u %s\n", (unsigned)made->width, (unsigned)made->height, made->path);
    } else {
      const int code = tp_error_code(error);
      fprintf(stderr, "tp_thumbnails: %s%s%s\n", tp_error_message(error), code > 0 ? ": " : "",
              code > 0 ? strerror(code) : "");
      ++n_failed;
    }
  }
  return n_failed;
}

static int run(size_t workers, char *folder, char **files, size_t n, size_t *n_failed) {
  const tp_pool_options_t options = {.size = sizeof options,
                                     .workers = workers,
                                     .initializer = make_decoder,
                                     .finalizer = free_decoder};
  const tp_job_options_t keep = {.size = sizeof keep, .flags = TP_JOB_KEEP_ERRORS};
  tp_task_t task = TP_TASK(make_thumbnail, folder, char *, struct thumbnail);
  tp_pool_t *pool;
  tp_result_t *result = NULL;
  void *thumbnails = NULL;
  int status = tp_pool_create(&options, &pool);
  task.value_drop = drop_thumbnail;
  if (status == TP_OK) status = tp_pool_map_async(pool, &task, files, n, &keep, &result);
  if (status == TP_OK) status = tp_result_get(result, TP_FOREVER, &thumbnails);
  if (status == TP_OK) *n_failed = print(result, thumbnails, n);
  tp_result_release(result);
  tp_pool_destroy(pool);
  return status;
}

int main(int argc, char **argv) {
  size_t workers = 0, n_failed = 0; /* a worker for each CPU */
  int option, usable = 1;
  while ((option = getopt(argc, argv, "j:")) != -1) {
    char *end = NULL;
    if (option == 'j') workers = strtoul(optarg, &end, 10);
    usable = usable && end != NULL && *end == '\0' && workers >= 1 && workers <= most_workers;
  }
  if (!usable || argc - optind < 2) {
    fputs("usage: tp_thumbnails [-j WORKERS] OUTDIR FILE..., WORKERS from 1 to 4096\n", stderr);
    return 2;
  }
  char **files = argv + optind + 1;
  const int status = run(workers, argv[optind], files, (size_t)(argc - optind - 1), &n_failed);
  if (status != TP_OK) {
    fprintf(stderr, "tp_thumbnails: %s\n", tp_strerror(status));
    return 2;
  }
  if (fflush(stdout) != 0 || ferror(stdout)) {
    perror("tp_thumbnails: stdout");
    return 2;
  }
  return n_failed > 0 ? 1 : 0;
}
