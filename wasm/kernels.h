// The registry of kernels: X(name, setup). `setup` runs once on the main thread when a call is prepared; it may
// change the arguments and returns 0 where it could not do its work.
#pragma once
#include "plica.h"

#define KERNELS(X)                                           \
  X(adam, no_setup)                                          \
  X(conv_direct, no_setup)                                   \
  X(conv_direct_weight_gradient, no_setup)                   \
  X(conv_pack, no_setup)                                     \
  X(conv_single, no_setup)                                   \
  X(copy, no_setup)                                          \
  X(extract, no_setup)                                       \
  X(fft2, setup_fft2)                                        \
  X(fill, no_setup)                                          \
  X(map, no_setup)                                           \
  X(matmul, no_setup)                                        \
  X(max_gradient, no_setup)                                  \
  X(max_pool2, no_setup)                                     \
  X(max_pool2_gradient, no_setup)                            \
  X(put, no_setup)                                           \
  X(reduce, no_setup)                                        \
  X(scatter, no_setup)                                       \
  X(sgd, no_setup)                                           \
  X(take, no_setup)                                          \
  X(translate, no_setup)                                     \
  X(upsample2, no_setup)                                     \
  X(upsample2_gradient, no_setup)                            \
  X(winograd_conv, no_setup)                                 \
  X(winograd_gradient_finish, no_setup)                      \
  X(winograd_gradient_product, no_setup)                     \
  X(winograd_gradient_transform, no_setup)                   \
  X(winograd_pack, no_setup)

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
