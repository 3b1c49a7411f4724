/**
 * Elementwise functions on tensors, real and complex, with broadcasting. Each adds one instruction; chains of them
 * are fused into one pass when the program is planned.
 *
 * @module
 */
import type { Tensor } from "./graph.ts";
import type { MapInstruction, MapOpcode } from "../ops/elementwise/map_program.ts";
import { map } from "../ops/elementwise/map.ts";
import { reduce } from "../ops/reduce/reduce.ts";
import { broadcastShapes, check, describe } from "./types.ts";

function unary(op: MapOpcode, a: Tensor, c = 0): Tensor {
  return a.graph.apply(map, [a], { program: [{ op, a: 0, b: 0, c }], shape: a.shape });
}

function binary(op: MapOpcode, a: Tensor, b: Tensor): Tensor {
  const same = a.id === b.id;
  const program: MapInstruction[] = [{ op, a: 0, b: same ? 0 : 1, c: 0 }];
  return a.graph.apply(map, same ? [a] : [a, b], { program, shape: broadcastShapes(a.shape, b.shape) });
}

/** a + b. */
export const add = (a: Tensor, b: Tensor): Tensor => binary("add", a, b);
/** a - b. */
export const subtract = (a: Tensor, b: Tensor): Tensor => binary("subtract", a, b);
/** a b, the complex product where either is complex. */
export const multiply = (a: Tensor, b: Tensor): Tensor => binary("multiply", a, b);
/** a / b for real b. */
export const divide = (a: Tensor, b: Tensor): Tensor => binary("divide", a, b);
/** The larger of two reals. */
export const maximum = (a: Tensor, b: Tensor): Tensor => binary("maximum", a, b);
/** The smaller of two reals. */
export const minimum = (a: Tensor, b: Tensor): Tensor => binary("minimum", a, b);
/** 1 where a > b, else 0. */
export const greater = (a: Tensor, b: Tensor): Tensor => binary("greater", a, b);
/** a + i b from two reals. */
export const complex = (a: Tensor, b: Tensor): Tensor => binary("complex", a, b);

/** c a. */
export const scale = (a: Tensor, c: number): Tensor => unary("scale", a, c);
/** a + c. */
export const offset = (a: Tensor, c: number): Tensor => unary("offset", a, c);
/** -a. */
export const negate = (a: Tensor): Tensor => unary("negate", a);
/** e^a. */
export const exp = (a: Tensor): Tensor => unary("exp", a);
/** Natural logarithm. */
export const log = (a: Tensor): Tensor => unary("log", a);
/** Square root. */
export const sqrt = (a: Tensor): Tensor => unary("sqrt", a);
/** a^2 of a real. */
export const square = (a: Tensor): Tensor => unary("square", a);
/** |a| of a real. */
export const abs = (a: Tensor): Tensor => unary("abs", a);
/** Hyperbolic tangent. */
export const tanh = (a: Tensor): Tensor => unary("tanh", a);
/** 1 / (1 + e^-a). */
export const sigmoid = (a: Tensor): Tensor => unary("sigmoid", a);
/** max(a, 0). */
export const relu = (a: Tensor): Tensor => unary("relu", a);
/** a sigmoid(a). */
export const silu = (a: Tensor): Tensor => unary("silu", a);
/** Sine. */
export const sin = (a: Tensor): Tensor => unary("sin", a);
/** Cosine. */
export const cos = (a: Tensor): Tensor => unary("cos", a);
/** -1, 0 or 1. */
export const sign = (a: Tensor): Tensor => unary("sign", a);
/** log Gamma(a + 1) for a >= 0. It has no gradient. */
export const logGamma1p = (a: Tensor): Tensor => unary("logGamma1p", a);
/** Complex conjugate; a real stays as it is. */
export const conj = (a: Tensor): Tensor => a.dtype === "c64" ? unary("conj", a) : a;
/** Real part; a real stays as it is. */
export const re = (a: Tensor): Tensor => a.dtype === "c64" ? unary("re", a) : a;
/** Imaginary part. */
export const im = (a: Tensor): Tensor => unary("im", a);
/** exp(i a) for real a. */
export const cis = (a: Tensor): Tensor => unary("cis", a);
/** |a|^2. */
export const abs2 = (a: Tensor): Tensor => unary("abs2", a);
/** a / |a|, 1 where a is 0. It has no gradient. */
export const unit = (a: Tensor): Tensor => unary("unit", a);
/** amplitude exp(i phase) from two reals. */
export const polar = (amplitude: Tensor, phase: Tensor): Tensor => multiply(amplitude, cis(phase));

/** The same value as a complex one. */
export const toComplex = (a: Tensor): Tensor => a.dtype === "c64" ? a : complex(a, scale(a, 0));

/** i a for a real a. */
export const timesI = (a: Tensor): Tensor => complex(scale(a, 0), a);

/** Repeats along the axes in which the shapes differ. */
export function broadcastTo(a: Tensor, shape: readonly number[]): Tensor {
  if (a.shape.length === shape.length && a.shape.every((n, axis) => n === shape[axis])) return a;
  return a.graph.apply(map, [a], { program: [{ op: "scale", a: 0, b: 0, c: 1 }], shape });
}

function reduction(kind: "sum" | "max", a: Tensor, axes: readonly number[]): Tensor {
  const positive = axes.map((axis) => axis < 0 ? axis + a.shape.length : axis).sort((p, q) => p - q);
  check(positive.every((axis) => axis >= 0 && axis < a.shape.length), `no axes [${axes}] in ${describe(a)}`);
  if (positive.every((axis) => a.shape[axis] === 1)) return a;
  return a.graph.apply(reduce, [a], { kind, axes: positive, shape: a.shape, program: [] });
}

const all = (a: Tensor) => a.shape.map((_, axis) => axis);

/** Sum over the axes (all by default), which stay as size 1. */
export const sum = (a: Tensor, axes: readonly number[] = all(a)): Tensor => reduction("sum", a, axes);
/** Largest value over the axes (all by default), which stay as size 1. Real only. */
export const max = (a: Tensor, axes: readonly number[] = all(a)): Tensor => reduction("max", a, axes);

/** Returns the mean over the axes (all by default), which stay as size 1. */
export function mean(a: Tensor, axes: readonly number[] = all(a)): Tensor {
  const total = sum(a, axes);
  return scale(total, axes.reduce((n, axis) => n / a.shape.at(axis)!, 1));
}

/** Makes a gradient fit its operand: sums over broadcast axes, takes the real part of what is real. */
export function fit(g: Tensor, to: { readonly shape: readonly number[]; readonly dtype: string }): Tensor {
  const typed = to.dtype === "f32" ? re(g) : toComplex(g);
  const lead = typed.shape.length - to.shape.length;
  const axes = all(typed).filter((axis) =>
    axis < lead || (to.shape[axis - lead] === 1 && typed.shape[axis] !== 1)
  );
  const summed = axes.length ? sum(typed, axes) : typed;
  return lead > 0 ? g.graph.reshape(summed, to.shape) : summed;
}
