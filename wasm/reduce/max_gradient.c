// The gradient of a maximum over axes: all of it goes to the first maximum of each reduced set.
#include "kernels.h"

enum { RANK = 5 };

typedef struct {
  float *out;
  const float *x, *y, *g;
  int outputs, reduced, kept_rank, over_rank;
  int kept_dims[RANK], kept_strides[RANK];
  int over_dims[RANK], over_strides[RANK];
} MaxGradientArgs;

static long offset_of(const int *dims, const int *strides, int rank, int index) {
  long offset = 0;
  for (int axis = rank - 1; axis >= 0; axis--) {
    offset += (long)(index % dims[axis]) * strides[axis];
    index /= dims[axis];
  }
  return offset;
}

KERNEL(max_gradient, MaxGradientArgs) {
  share(a->outputs, lo, hi);
  for (int k = lo; k < hi; k++) {
    long base = offset_of(a->kept_dims, a->kept_strides, a->kept_rank, k);
    float g = a->g[k];
    int found = 0;
    for (int i = 0; i < a->reduced; i++) {
      long at = base + offset_of(a->over_dims, a->over_strides, a->over_rank, i);
      int first = !found && a->x[at] == a->y[k];
      a->out[at] = first ? g : 0;
      found |= first;
    }
  }
}
