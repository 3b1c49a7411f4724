/**
 * Evaluates map programs in float64.
 *
 * @module
 */
import { broadcastStrides } from "../index_space.ts";
import { complexRegisters, type MapInstruction, type MapOpcode } from "./map_program.ts";
import { sizeOf, type TensorType } from "../../graph/types.ts";

type Real = (a: number, b: number, c: number) => number;

/** log Gamma(k + 1) by Stirling's series after shifting the argument above 8. */
function logGamma1p(k: number): number {
  let x = k + 1;
  let shift = 0;
  while (x < 8) shift += Math.log(x++);
  const r = 1 / (x * x);
  const series = (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r / 1680))) / x;
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series - shift;
}

const sigmoid = (a: number) => 1 / (1 + Math.exp(-a));

/** Instructions whose operands and result are real. */
const REAL: Partial<Record<MapOpcode, Real>> = {
  constant: (_a, _b, c) => c,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  square: (a) => a * a,
  abs: Math.abs,
  tanh: Math.tanh,
  sigmoid,
  relu: (a) => (a > 0 ? a : 0),
  silu: (a) => a * sigmoid(a),
  sin: Math.sin,
  cos: Math.cos,
  sign: Math.sign,
  maximum: (a, b) => Math.max(a, b),
  minimum: (a, b) => Math.min(a, b),
  greater: (a, b) => (a > b ? 1 : 0),
  logGamma1p,
};

type Registers = { re: Float64Array; im: Float64Array };

/** Executes one instruction on registers; real values have a zero imaginary part. */
function step({ re, im }: Registers, { op, a, b, c }: MapInstruction, to: number): void {
  const real = REAL[op];
  if (real) {
    re[to] = real(re[a], re[b], c);
    im[to] = 0;
    return;
  }
  const [ar, ai, br, bi] = [re[a], im[a], re[b], im[b]];
  const set = (r: number, i: number) => {
    re[to] = r;
    im[to] = i;
  };
  switch (op) {
    case "add":
      return set(ar + br, ai + bi);
    case "subtract":
      return set(ar - br, ai - bi);
    case "multiply":
      return set(ar * br - ai * bi, ar * bi + ai * br);
    case "divide":
      return set(ar / br, ai / br);
    case "scale":
      return set(c * ar, c * ai);
    case "offset":
      return set(ar + c, ai);
    case "negate":
      return set(-ar, -ai);
    case "conj":
      return set(ar, -ai);
    case "re":
      return set(ar, 0);
    case "im":
      return set(ai, 0);
    case "complex":
      return set(ar, br);
    case "cis":
      return set(Math.cos(ar), Math.sin(ar));
    case "abs2":
      return set(ar * ar + ai * ai, 0);
    case "unit": {
      const modulus = Math.hypot(ar, ai);
      return modulus === 0 ? set(1, 0) : set(ar / modulus, ai / modulus);
    }
  }
}

/** Options of {@linkcode evaluateMap}. */
export interface EvaluateMapOptions {
  readonly types: readonly TensorType[];
  /** The broadcast shape that is walked. */
  readonly shape: readonly number[];
  readonly program: readonly MapInstruction[];
  /** Called for each element in row-major order. */
  emit(index: number, re: number, im: number): void;
}

/** Walks the broadcast shape and evaluates the program at each element. */
export function evaluateMap(inputs: readonly Float64Array[], options: EvaluateMapOptions): void {
  const { types, shape, program, emit } = options;
  const complex = complexRegisters(program, types.map((t) => t.dtype === "c64"));
  const registers = { re: new Float64Array(complex.length), im: new Float64Array(complex.length) };
  const strides = types.map((t) => broadcastStrides(t.shape, shape));
  const last = complex.length - 1;
  const index = new Array<number>(shape.length).fill(0);
  const at = new Array<number>(types.length).fill(0);
  const total = sizeOf(shape);
  for (let n = 0; n < total; n++) {
    for (let k = 0; k < inputs.length; k++) {
      registers.re[k] = complex[k] ? inputs[k][2 * at[k]] : inputs[k][at[k]];
      registers.im[k] = complex[k] ? inputs[k][2 * at[k] + 1] : 0;
    }
    for (let i = 0; i < program.length; i++) step(registers, program[i], inputs.length + i);
    emit(n, registers.re[last], registers.im[last]);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      for (let k = 0; k < at.length; k++) at[k] += strides[k][axis];
      if (++index[axis] < shape[axis]) break;
      for (let k = 0; k < at.length; k++) at[k] -= strides[k][axis] * shape[axis];
      index[axis] = 0;
    }
  }
}
