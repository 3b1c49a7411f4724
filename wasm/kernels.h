// What every kernel file includes. `KERNELS` is the registry of kernels, X(name, setup), which build.sh writes from their
// definitions. `setup` runs once on the main thread when a call is prepared; it may change the arguments and returns 0
// where it could not do its work.
#pragma once
#include "kernel_list.h"
#include "plica.h"

#define DECLARE(name, setup)                                 \
  void name(const void *args, int thread, int threads);      \
  int setup(void *args);
KERNELS(DECLARE)
#undef DECLARE

// The head of every kernel: its arguments under their own type.
#define KERNEL(name, Args)                                                          \
  static void name##_body(const Args *a, int thread, int threads);                  \
  void name(const void *args, int thread, int threads) { name##_body(args, thread, threads); } \
  static void name##_body(const Args *a, int thread, int threads)
