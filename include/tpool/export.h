/* SPDX-License-Identifier: MIT */
/* Marks what the shared library exports. */
#ifndef TPOOL_EXPORT_H
#define TPOOL_EXPORT_H

#if defined(TPOOL_STATIC)
#define TP_API
#elif defined(__GNUC__)
#define TP_API __attribute__((visibility("default")))
#else
#define TP_API
#endif

/* No other pointer points to what this one does. */
#if defined(__GNUC__)
#define TP_RESTRICT __restrict__
#else
#define TP_RESTRICT
#endif

/* The macros of these headers set pointers to TP_NULL and cast them by TP_CAST. A C++ compiler gives C linkage to all
 * declarations between TP_BEGIN_DECLS and TP_END_DECLS. */
#ifdef __cplusplus
#define TP_NULL nullptr
#define TP_CAST(Type, pointer) static_cast<Type>(pointer)
#define TP_BEGIN_DECLS extern "C" {
#define TP_END_DECLS }
#else
#define TP_NULL 0
#define TP_CAST(Type, pointer) ((Type)(pointer))
#define TP_BEGIN_DECLS
#define TP_END_DECLS
#endif

#endif
