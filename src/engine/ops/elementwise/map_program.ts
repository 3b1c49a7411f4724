/**
 * The small programs of the `map` op: elementwise arithmetic on real and complex values, fused into one pass over
 * memory. A program is a list of instructions; registers 0..inputs-1 hold the inputs, each instruction writes the
 * next one, the last is the result. Every register is real or complex; real values act as complex ones with a zero
 * imaginary part.
 *
 * @module
 */

/** Instructions, in the numbering that the C and WGSL kernels share. `a`, `b` are registers, `c` a constant. */
export const MAP_OPCODES = [
  "constant", // c
  "add", // a + b
  "subtract", // a - b
  "multiply", // a b, complex where either is
  "divide", // a / b, b real
  "scale", // c a
  "offset", // a + c
  "negate", // -a
  "exp", // real
  "log", // real
  "sqrt", // real
  "square", // real
  "abs", // real
  "tanh", // real
  "sigmoid", // real
  "relu", // real
  "silu", // real
  "sin", // real
  "cos", // real
  "sign", // real: -1, 0, 1
  "maximum", // real: the larger
  "minimum", // real: the smaller
  "greater", // real: 1 where a > b, else 0
  "logGamma1p", // real: log Gamma(a + 1), a >= 0
  "conj", // complex conjugate
  "re", // real part
  "im", // imaginary part
  "complex", // a + i b from two reals
  "cis", // exp(i a), a real
  "abs2", // |a|^2
  "unit", // a / |a|, 1 where a = 0
] as const;

/** Name of an instruction. */
export type MapOpcode = typeof MAP_OPCODES[number];

/** One instruction. */
export interface MapInstruction {
  readonly op: MapOpcode;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/** Attributes of `map`. */
export interface MapAttrs {
  readonly program: readonly MapInstruction[];
  /** Output shape; the inputs broadcast to it. */
  readonly shape: readonly number[];
}

/** Most inputs of one program: with the output they fit WebGPU's default of 8 storage buffers. */
export const MAP_MAX_INPUTS = 6;

/** Most instructions of one program. */
export const MAP_MAX_INSTRUCTIONS = 16;

const TAKES_TWO = new Set<MapOpcode>([
  "add",
  "subtract",
  "multiply",
  "divide",
  "maximum",
  "minimum",
  "greater",
  "complex",
]);
const KEEPS_COMPLEX = new Set<MapOpcode>([
  "add",
  "subtract",
  "multiply",
  "divide",
  "scale",
  "offset",
  "negate",
  "unit",
  "conj",
]);

/** Returns true if the instruction reads register `b`. */
export function takesTwo(op: MapOpcode): boolean {
  return TAKES_TWO.has(op);
}

/** Returns true if an instruction's result is complex, given its operands. Throws `RangeError` where it is undefined. */
function isComplexResult(op: MapOpcode, aComplex: boolean, bComplex: boolean): boolean {
  if (op === "complex" || op === "cis") {
    if (aComplex || bComplex) throw new RangeError(`${op} takes real values`);
    return true;
  }
  if (op === "re" || op === "im" || op === "abs2") return false;
  if (op === "divide" && bComplex) throw new RangeError("divide takes a real divisor");
  if (KEEPS_COMPLEX.has(op)) return aComplex || (takesTwo(op) && bComplex);
  if (op !== "constant" && (aComplex || (takesTwo(op) && bComplex))) {
    throw new RangeError(`${op} takes real values`);
  }
  return false;
}

/** For each register of a program, true if it is complex: the inputs', then each instruction's. */
export function complexRegisters(program: readonly MapInstruction[], inputs: readonly boolean[]): boolean[] {
  const complex = [...inputs];
  for (const { op, a, b } of program) {
    complex.push(isComplexResult(op, complex[a] ?? false, complex[b] ?? false));
  }
  return complex;
}
