// Copies a box between two strided layouts: concat, crop and pad. The innermost axis is contiguous in both.
#include "kernels.h"

enum { RANK = 5 };

typedef struct {
  float *out;
  const float *in;
  int rank;
  int dims[RANK], out_strides[RANK], in_strides[RANK];  // in words
  int out_offset, in_offset;
} CopyArgs;

KERNEL(copy, CopyArgs) {
  int last = a->rank - 1, rows = 1;
  for (int axis = 0; axis < last; axis++) rows *= a->dims[axis];
  // Few long rows are cut so that every thread has some.
  int words = a->dims[last], pieces = divide_up(words, 4096);
  share(rows * pieces, lo, hi);
  for (int unit = lo; unit < hi; unit++) {
    int index = unit / pieces, start = unit % pieces * 4096;
    long to = a->out_offset + start, from = a->in_offset + start;
    for (int axis = last - 1; axis >= 0; axis--) {
      to += (long)(index % a->dims[axis]) * a->out_strides[axis];
      from += (long)(index % a->dims[axis]) * a->in_strides[axis];
      index /= a->dims[axis];
    }
    __builtin_memcpy(a->out + to, a->in + from, 4 * (unsigned)min_int(4096, words - start));
  }
}
