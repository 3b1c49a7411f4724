/**
 * Elementwise instructions in ONNX, complex ones by their parts.
 *
 * @module
 */
import type { MapInstruction, MapOpcode } from "../ops/elementwise/map_program.ts";
import type { OnnxBuilder, OnnxValue } from "./builder.ts";

type Instruction = (b: OnnxBuilder, x: OnnxValue, y: OnnxValue, constant: number) => OnnxValue;

const one = (type: string): Instruction => (b, x) => ({ re: b.node(type, [x.re]) });
const two = (type: string): Instruction => (b, x, y) => ({ re: b.node(type, [x.re, y.re]) });
/** A function of each part by itself. */
const parts =
  (of: (b: OnnxBuilder, part: string, constant: number) => string): Instruction => (b, x, _, constant) => ({
    re: of(b, x.re, constant),
    ...(x.im === undefined ? {} : { im: of(b, x.im, constant) }),
  });

/** Sum or difference; a part that one of both lacks is zero. */
const sum = (type: "Add" | "Sub"): Instruction => (b, x, y) => {
  const re = b.node(type, [x.re, y.re]);
  if (x.im === undefined && y.im === undefined) return { re };
  if (y.im === undefined) return { re, im: x.im };
  if (x.im === undefined) return { re, im: type === "Add" ? y.im : b.node("Neg", [y.im]) };
  return { re, im: b.node(type, [x.im, y.im]) };
};

const product: Instruction = (b, x, y) => {
  const times = (p: string, q: string) => b.node("Mul", [p, q]);
  if (x.im === undefined && y.im === undefined) return { re: times(x.re, y.re) };
  if (x.im === undefined) return { re: times(x.re, y.re), im: times(x.re, y.im ?? "") };
  if (y.im === undefined) return { re: times(x.re, y.re), im: times(x.im, y.re) };
  return {
    re: b.node("Sub", [times(x.re, y.re), times(x.im, y.im)]),
    im: b.node("Add", [times(x.re, y.im), times(x.im, y.re)]),
  };
};

const abs2: Instruction = (b, x) => {
  const re = b.node("Mul", [x.re, x.re]);
  return { re: x.im === undefined ? re : b.node("Add", [re, b.node("Mul", [x.im, x.im])]) };
};

const INSTRUCTIONS: Readonly<Partial<Record<MapOpcode, Instruction>>> = {
  constant: (b, _x, _y, constant) => ({ re: b.scalar(constant) }),
  add: sum("Add"),
  subtract: sum("Sub"),
  multiply: product,
  divide: (b, x, y) => parts((c, part) => c.node("Div", [part, y.re]))(b, x, y, 0),
  scale: parts((b, part, constant) => b.node("Mul", [part, b.scalar(constant)])),
  offset: (b, x, _, constant) => ({ ...x, re: b.node("Add", [x.re, b.scalar(constant)]) }),
  negate: parts((b, part) => b.node("Neg", [part])),
  exp: one("Exp"),
  log: one("Log"),
  sqrt: one("Sqrt"),
  square: (b, x) => ({ re: b.node("Mul", [x.re, x.re]) }),
  abs: one("Abs"),
  tanh: one("Tanh"),
  sigmoid: one("Sigmoid"),
  relu: one("Relu"),
  silu: (b, x) => ({ re: b.node("Mul", [x.re, b.node("Sigmoid", [x.re])]) }),
  sin: one("Sin"),
  cos: one("Cos"),
  sign: one("Sign"),
  maximum: two("Max"),
  minimum: two("Min"),
  conj: (b, x) => x.im === undefined ? x : { re: x.re, im: b.node("Neg", [x.im]) },
  re: (_, x) => ({ re: x.re }),
  im: (b, x) => ({ re: x.im ?? b.node("Mul", [x.re, b.scalar(0)]) }),
  complex: (_, x, y) => ({ re: x.re, im: y.re }),
  cis: (b, x) => ({ re: b.node("Cos", [x.re]), im: b.node("Sin", [x.re]) }),
  abs2,
};

/** Adds the nodes of a program and returns its result. Throws `RangeError` for an instruction that ONNX lacks. */
export function lowerProgram(
  builder: OnnxBuilder,
  program: readonly MapInstruction[],
  inputs: readonly OnnxValue[],
): OnnxValue {
  const registers = [...inputs];
  for (const { op, a, b, c } of program) {
    const instruction = INSTRUCTIONS[op];
    if (!instruction) throw new RangeError(`ONNX has no ${op}`);
    registers.push(instruction(builder, registers[a], registers[b], c));
  }
  return registers[registers.length - 1];
}
