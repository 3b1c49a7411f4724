/**
 * Gradients of the elementwise instructions. Complex gradients are dL/dRe + i dL/dIm, so the gradient of a product
 * a b with respect to a is g conj(b).
 *
 * @module
 */
import type { RuleFunctions, Tensor, Traced } from "../../graph/graph.ts";
import type { MapAttrs, MapOpcode } from "./map_program.ts";
import { check } from "../../graph/types.ts";

interface Rule {
  readonly f: RuleFunctions;
  readonly g: Tensor;
  readonly a: Tensor;
  readonly b: Tensor;
  readonly y: Tensor;
  readonly c: number;
}

type Gradient = (rule: Rule) => Tensor;

const oneMinus = (f: RuleFunctions, x: Tensor) => f.offset(f.negate(x), 1);

/** Gradients for operands a and b; an instruction that is not here has none. */
const RULES: Partial<Record<MapOpcode, readonly [Gradient, Gradient?]>> = {
  add: [({ g }) => g, ({ g }) => g],
  subtract: [({ g }) => g, ({ f, g }) => f.negate(g)],
  multiply: [({ f, g, b }) => f.multiply(g, f.conj(b)), ({ f, g, a }) => f.multiply(g, f.conj(a))],
  divide: [
    ({ f, g, b }) => f.divide(g, b),
    ({ f, g, b, y }) => f.negate(f.divide(f.re(f.multiply(g, f.conj(y))), b)),
  ],
  scale: [({ f, g, c }) => f.scale(g, c)],
  offset: [({ g }) => g],
  negate: [({ f, g }) => f.negate(g)],
  exp: [({ f, g, y }) => f.multiply(g, y)],
  log: [({ f, g, a }) => f.divide(g, a)],
  sqrt: [({ f, g, y }) => f.scale(f.divide(g, y), 0.5)],
  square: [({ f, g, a }) => f.scale(f.multiply(g, a), 2)],
  abs: [({ f, g, a }) => f.multiply(g, f.sign(a))],
  tanh: [({ f, g, y }) => f.multiply(g, oneMinus(f, f.square(y)))],
  sigmoid: [({ f, g, y }) => f.multiply(g, f.multiply(y, oneMinus(f, y)))],
  relu: [({ f, g, y }) => f.multiply(g, f.sign(y))],
  silu: [({ f, g, a }) => {
    const s = f.sigmoid(a);
    return f.multiply(g, f.multiply(s, f.offset(f.multiply(a, oneMinus(f, s)), 1)));
  }],
  sin: [({ f, g, a }) => f.multiply(g, f.cos(a))],
  cos: [({ f, g, a }) => f.negate(f.multiply(g, f.sin(a)))],
  maximum: [
    ({ f, g, a, b }) => f.multiply(g, oneMinus(f, f.greater(b, a))),
    ({ f, g, a, b }) => f.multiply(g, f.greater(b, a)),
  ],
  minimum: [
    ({ f, g, a, b }) => f.multiply(g, oneMinus(f, f.greater(a, b))),
    ({ f, g, a, b }) => f.multiply(g, f.greater(a, b)),
  ],
  conj: [({ f, g }) => f.conj(g)],
  re: [({ f, g }) => f.toComplex(g)],
  im: [({ f, g }) => f.timesI(g)],
  complex: [({ f, g }) => f.re(g), ({ f, g }) => f.im(g)],
  cis: [({ f, g, y }) => f.im(f.multiply(g, f.conj(y)))],
  abs2: [({ f, g, a }) => f.scale(f.multiply(g, a), 2)],
};

/** Returns the gradient rule of `map`; programs longer than one instruction exist only after planning. */
export function mapGradient(
  node: Traced<MapAttrs>,
  upstream: Tensor,
  f: RuleFunctions,
): (Tensor | undefined)[] {
  const { program } = node.attrs;
  check(program.length === 1, "gradients are taken before elementwise programs are fused");
  const [{ op, a, b, c }] = program;
  const rule = { f, g: upstream, a: node.inputs[a], b: node.inputs[b], y: node.output, c };
  const rules = RULES[op];
  check(rules !== undefined, `${op} has no gradient; put a stopGradient around it`);
  return node.inputs.map((input, index) => {
    if (!node.needs[index]) return undefined;
    const parts = [a, b].flatMap((register, k) => {
      const gradient = rules[k];
      return register === index && gradient ? [f.fit(gradient(rule), input)] : [];
    });
    return parts.length === 0 ? undefined : parts.reduce((sum, part) => f.add(sum, part));
  });
}
