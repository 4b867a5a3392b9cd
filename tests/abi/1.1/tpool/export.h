/* SPDX-License-Identifier: MIT */
/* The header of version 1.1, as released, without its comments: what the shared library exports. */
#ifndef TPOOL_EXPORT_H
#define TPOOL_EXPORT_H
#if defined(TPOOL_STATIC)
#define TP_API
#elif defined(__GNUC__)
#define TP_API __attribute__((visibility("default")))
#else
#define TP_API
#endif
#ifdef __cplusplus
#define TP_BEGIN_DECLS extern "C" {
#define TP_END_DECLS }
#else
#define TP_BEGIN_DECLS
#define TP_END_DECLS
#endif
#endif
