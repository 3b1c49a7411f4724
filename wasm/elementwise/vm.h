// The little machine behind `map` and `reduce`: runs an elementwise program on blocks of up to 128 elements.
// Registers are planes of one block, real and imaginary parts apart; real programs never touch the second.
#pragma once
#include "plica.h"

enum { MAX_INPUTS = 6, MAX_CODE = 16, MAX_RANK = 5, BLOCK = 128 };

// An index space, outermost axis first, with the strides of each input in its own elements (0 broadcasts).
typedef struct {
  int rank;
  int dims[MAX_RANK];
  int strides[MAX_INPUTS][MAX_RANK];
} Space;

// code = opcode | a << 8 | b << 13 | flags << 18; flags: 1 where a is complex, 2 where b is or is not read, 4 where
// the result is.
typedef struct {
  int inputs, instructions;
  int complex_inputs;  // bit i: input i is complex
  int code[MAX_CODE];
} Program;

typedef struct {
  float re[MAX_INPUTS + MAX_CODE][BLOCK] __attribute__((aligned(16)));
  float im[MAX_INPUTS + MAX_CODE][BLOCK] __attribute__((aligned(16)));
} Registers;

typedef struct {
  const float *re, *im;
} Plane;

// Adds to each base the offset of the flat index in the space.
void advance(const float **base, const float *const *from, const Program *p, const Space *space, int index);

// The program's result for `count` elements of the space from flat index `start`. Its last instruction writes its real
// part to `into`, if given, in whole vectors.
Plane evaluate(const Program *p, const float *constants, const Space *space, const float *const *base, int start,
               int count, Registers *r, float *into);
