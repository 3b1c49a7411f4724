// Loads blocks of broadcast inputs and runs programs on them.
#include "elementwise/vm.h"

#include "elementwise/simd_math.h"

// The numbering is that of MAP_OPCODES in src/engine/ops/elementwise/map_program.ts.
enum {
  CONSTANT, ADD, SUBTRACT, MULTIPLY, DIVIDE, SCALE, OFFSET, NEGATE, EXP, LOG, SQRT, SQUARE, ABS, TANH, SIGMOID,
  RELU, SILU, SIN, COS, SIGN, MAXIMUM, MINIMUM, GREATER, LOG_GAMMA1P, CONJ, RE, IM, COMPLEX, CIS, ABS2, UNIT
};

static int offset_of(const int *dims, const int *strides, int rank, int index) {
  int offset = 0;
  for (int axis = rank - 1; axis >= 0; axis--) {
    offset += index % dims[axis] * strides[axis];
    index /= dims[axis];
  }
  return offset;
}

void advance(const float **base, const float *const *from, const Program *p, const Space *space, int index) {
  for (int i = 0; i < p->inputs; i++) {
    int words = (p->complex_inputs >> i & 1) + 1;
    base[i] = from[i] + words * offset_of(space->dims, space->strides[i], space->rank, index);
  }
}

static void load_real(float *to, const float *from, int stride, int n) {
  if (stride == 1) {
    copy_words(to, from, n);
  } else if (stride == 0) {
    float value = *from;
    for (int i = 0; i < n; i++) to[i] = value;
  } else {
    for (int i = 0; i < n; i++) to[i] = from[i * stride];
  }
}

static void load_complex(float *re, float *im, const float *from, int stride, int n) {
  int i = 0;
  if (stride == 1) {
    for (; i + 4 <= n; i += 4) {
      V a = load(from + 2 * i), b = load(from + 2 * i + 4);
      store(re + i, wasm_i32x4_shuffle(a, b, 0, 2, 4, 6));
      store(im + i, wasm_i32x4_shuffle(a, b, 1, 3, 5, 7));
    }
  }
  for (; i < n; i++) {
    re[i] = from[2 * i * stride];
    im[i] = from[2 * i * stride + 1];
  }
}

// Fills one register with a block, run by run along the innermost axis.
static Plane load_block(const Space *s, const int *strides, const float *base, int is_complex, int start, int count,
                        float *re, float *im) {
  int last = s->rank - 1, words = is_complex + 1;
  if (s->rank == 1 && strides[0] == 1 && !is_complex) return (Plane){base + start, im};
  int index[MAX_RANK], rest = start, offset = 0;
  for (int axis = last; axis >= 0; axis--) {
    index[axis] = rest % s->dims[axis];
    rest /= s->dims[axis];
    offset += index[axis] * strides[axis];
  }
  for (int done = 0; done < count;) {
    int n = min_int(count - done, s->dims[last] - index[last]);
    if (is_complex) {
      load_complex(re + done, im + done, base + words * offset, strides[last], n);
    } else {
      load_real(re + done, base + offset, strides[last], n);
    }
    done += n;
    index[last] += n;
    offset += n * strides[last];
    for (int axis = last; axis > 0 && index[axis] == s->dims[axis]; axis--) {
      offset += strides[axis - 1] - index[axis] * strides[axis];
      index[axis] = 0;
      index[axis - 1]++;
    }
  }
  return (Plane){re, im};
}

// One loop over the block; A, B are the operands, AI, BI their imaginary parts.
#define EACH(...)                                  \
  for (int i = 0; i < count; i += 4) {             \
    __VA_ARGS__;                                   \
  }                                                \
  break
#define A load(a.re + i)
#define B load(b.re + i)
#define AI load(a.im + i)
#define BI load(b.im + i)
#define PUT(v) store(re + i, v)
#define PUT_IM(v) store(im + i, v)

static void run_real(int opcode, Plane a, Plane b, V c, float *re, int count) {
  V zero = splat(0.0f), one = splat(1.0f);
  switch (opcode) {
    case CONSTANT: EACH(PUT(c));
    case ADD: EACH(PUT(add(A, B)));
    case SUBTRACT: EACH(PUT(sub(A, B)));
    case MULTIPLY: EACH(PUT(mul(A, B)));
    case DIVIDE: EACH(PUT(wasm_f32x4_div(A, B)));
    case SCALE: EACH(PUT(mul(A, c)));
    case OFFSET: EACH(PUT(add(A, c)));
    case NEGATE: EACH(PUT(wasm_f32x4_neg(A)));
    case EXP: EACH(PUT(exp4(A)));
    case LOG: EACH(PUT(log4(A)));
    case SQRT: EACH(PUT(wasm_f32x4_sqrt(A)));
    case SQUARE: EACH(V x = A; PUT(mul(x, x)));
    case ABS: EACH(PUT(wasm_f32x4_abs(A)));
    case TANH: EACH(PUT(tanh4(A)));
    case SIGMOID: EACH(PUT(sigmoid4(A)));
    case RELU: EACH(PUT(wasm_f32x4_pmax(A, zero)));
    case SILU: EACH(V x = A; PUT(mul(x, sigmoid4(x))));
    case SIN: EACH(V s; V q; sincos4(A, &s, &q); PUT(s));
    case COS: EACH(V s; V q; sincos4(A, &s, &q); PUT(q));
    case SIGN:
      EACH(V x = A; PUT(sub(wasm_v128_and(wasm_f32x4_gt(x, zero), one), wasm_v128_and(wasm_f32x4_lt(x, zero), one))));
    case MAXIMUM: EACH(PUT(wasm_f32x4_pmax(A, B)));
    case MINIMUM: EACH(PUT(wasm_f32x4_pmin(A, B)));
    case GREATER: EACH(PUT(wasm_v128_and(wasm_f32x4_gt(A, B), one)));
    case LOG_GAMMA1P: EACH(PUT(log_gamma1p4(A)));
    case CONJ:
    case RE: EACH(PUT(A));
    case IM: EACH(PUT(zero));
    case ABS2: EACH(V x = A; PUT(mul(x, x)));
    case UNIT: EACH(V x = A; PUT(select(wasm_f32x4_lt(x, zero), splat(-1.0f), one)));
    default: break;
  }
}

// Operands that are real arrive with a plane of zeros as their imaginary part.
static void run_complex(int opcode, Plane a, Plane b, V c, float *re, float *im, int count) {
  V zero = splat(0.0f);
  switch (opcode) {
    case ADD: EACH(PUT(add(A, B)); PUT_IM(add(AI, BI)));
    case SUBTRACT: EACH(PUT(sub(A, B)); PUT_IM(sub(AI, BI)));
    case MULTIPLY:
      EACH(V x = A; V y = AI; V u = B; V v = BI; PUT(nmadd(y, v, mul(x, u))); PUT_IM(madd(x, v, mul(y, u))));
    case DIVIDE: EACH(V d = B; PUT(wasm_f32x4_div(A, d)); PUT_IM(wasm_f32x4_div(AI, d)));
    case SCALE: EACH(PUT(mul(A, c)); PUT_IM(mul(AI, c)));
    case OFFSET: EACH(PUT(add(A, c)); PUT_IM(AI));
    case NEGATE: EACH(PUT(wasm_f32x4_neg(A)); PUT_IM(wasm_f32x4_neg(AI)));
    case CONJ: EACH(PUT(A); PUT_IM(wasm_f32x4_neg(AI)));
    case RE: EACH(PUT(A));
    case IM: EACH(PUT(AI));
    case COMPLEX: EACH(PUT(A); PUT_IM(B));
    case CIS: EACH(V s; V q; sincos4(A, &s, &q); PUT(q); PUT_IM(s));
    case ABS2: EACH(V x = A; V y = AI; PUT(madd(y, y, mul(x, x))));
    case UNIT:
      EACH(V x = A; V y = AI; V big = wasm_f32x4_pmax(wasm_f32x4_abs(x), wasm_f32x4_abs(y));
           V none = wasm_f32x4_eq(big, zero); V safe = select(none, splat(1.0f), big);
           x = wasm_f32x4_div(x, safe); y = wasm_f32x4_div(y, safe);
           V size = wasm_f32x4_sqrt(madd(y, y, mul(x, x)));
           PUT(select(none, splat(1.0f), wasm_f32x4_div(x, size)));
           PUT_IM(select(none, zero, wasm_f32x4_div(y, size))));
    default: break;
  }
}

static void clear(float *plane, int count) {
  for (int i = 0; i < count; i += 4) store(plane + i, splat(0.0f));
}

Plane evaluate(const Program *p, const float *constants, const Space *space, const float *const *base, int start,
               int count, Registers *r, float *into) {
  Plane plane[MAX_INPUTS + MAX_CODE];
  for (int i = 0; i < p->inputs; i++) {
    plane[i] = load_block(space, space->strides[i], base[i], p->complex_inputs >> i & 1, start, count, r->re[i], r->im[i]);
  }
  int next = p->inputs;
  for (int k = 0; k < p->instructions; k++, next++) {
    int opcode = p->code[k] & 255, flags = p->code[k] >> 18;
    Plane a = plane[p->code[k] >> 8 & 31], b = plane[p->code[k] >> 13 & 31];
    float *re = into && k == p->instructions - 1 ? into : r->re[next], *im = r->im[next];
    V c = splat(constants[k]);
    if (!(flags & 5)) {
      run_real(opcode, a, b, c, re, count);
    } else {
      if (!(flags & 1)) clear((float *)a.im, count);
      if (!(flags & 2)) clear((float *)b.im, count);
      run_complex(opcode, a, b, c, re, im, count);
    }
    plane[next] = (Plane){re, im};
  }
  return plane[next - 1];
}
