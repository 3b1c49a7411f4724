/**
 * One small computation for each op and each way it can be called: the cases that devices and gradients are tested on.
 */
import * as f from "../../src/engine/graph/functions.ts";
import type { Graph, Tensor } from "../../src/engine/graph/graph.ts";
import type { OPS } from "../../src/engine/ops/registry.ts";

/** Name of an operation. */
export type OpName = keyof typeof OPS;

/** An input of a case. `domain` bounds its values; default -1 to 1. */
export interface CaseInput {
  readonly shape: readonly number[];
  readonly complex?: boolean;
  readonly domain?: readonly [number, number];
  /** Offsets and the like: no gradient is taken. */
  readonly constant?: boolean;
}

/** A computation on some inputs. */
export interface OpCase {
  readonly op: OpName;
  readonly name: string;
  readonly inputs: readonly CaseInput[];
  build(...inputs: Tensor[]): Tensor;
  /** Relative tolerance of a float32 device. Default 2e-6. */
  readonly tolerance?: number;
}

const real = (...shape: number[]): CaseInput => ({ shape });
const complex = (...shape: number[]): CaseInput => ({ shape, complex: true });
const positive = (...shape: number[]): CaseInput => ({ shape, domain: [0.2, 3] });
const wide = (...shape: number[]): CaseInput => ({ shape, domain: [-9, 9] });
const one = (name: string, input: CaseInput, build: (x: Tensor) => Tensor, tolerance?: number): OpCase => ({
  op: "map",
  name,
  inputs: [input],
  build,
  tolerance,
});

const maps: OpCase[] = [
  one("exp", real(3, 5), f.exp),
  one("log", positive(300), f.log),
  one("sqrt", positive(7, 9), f.sqrt),
  one("square", real(7), f.square),
  one("abs", real(130), f.abs),
  one("tanh", wide(1000), f.tanh),
  one("sigmoid", wide(1000), f.sigmoid),
  one("relu", real(129), f.relu),
  one("silu", wide(257), f.silu),
  one("sin", wide(257), f.sin, 4e-6),
  one("cos", wide(257), f.cos, 4e-6),
  one("cis", wide(65), f.cis, 4e-6),
  one("abs2", complex(3, 67), f.abs2),
  one("conj, re and im", complex(5, 5), (x) => f.multiply(f.conj(x), f.add(f.re(x), f.im(x)))),
  one("timesI and toComplex", real(9), (x) => f.add(f.timesI(x), f.toComplex(x))),
  one("scale and offset", complex(4, 33), (x) => f.offset(f.scale(x, -2.5), 0.75)),
  {
    op: "map",
    name: "arithmetic with broadcasting",
    inputs: [real(2, 3, 4, 5), real(3, 1, 1), positive(4, 1), real(2, 1, 1, 5)],
    build: (a, b, c, d) => f.divide(f.subtract(f.multiply(a, b), d), c),
  },
  {
    op: "map",
    name: "complex product over modes",
    inputs: [complex(2, 1, 6, 6), complex(1, 3, 6, 6), real(6, 6)],
    build: (patch, probe, w) => f.multiply(f.multiply(patch, probe), w),
  },
  {
    op: "map",
    name: "maximum, minimum",
    inputs: [real(40), real(40)],
    build: (a, b) => f.add(f.maximum(a, b), f.scale(f.minimum(a, b), 3)),
  },
  {
    op: "map",
    name: "polar of a long chain",
    inputs: [real(2, 70), real(2, 70)],
    build: (a, b) => f.polar(f.exp(f.scale(f.tanh(a), 0.5)), f.scale(f.tanh(b), Math.PI)),
    tolerance: 4e-6,
  },
  {
    op: "map",
    name: "complex of two reals",
    inputs: [real(3, 1), real(1, 5)],
    build: (a, b) => f.complex(a, b),
  },
];

const reductions: OpCase[] = [
  { op: "reduce", name: "sum of all", inputs: [real(33, 65)], build: (x) => f.sum(x), tolerance: 1e-5 },
  {
    op: "reduce",
    name: "sum over the inner axes",
    inputs: [real(3, 4, 9, 11)],
    build: (x) => f.sum(x, [2, 3]),
    tolerance: 5e-6,
  },
  {
    op: "reduce",
    name: "sum over the outer axis",
    inputs: [real(6, 5, 7)],
    build: (x) => f.sum(x, [0]),
    tolerance: 5e-6,
  },
  {
    op: "reduce",
    name: "sum over axes 0, 2, 3",
    inputs: [real(3, 4, 8, 8)],
    build: (x) => f.sum(x, [0, 2, 3]),
    tolerance: 1e-5,
  },
  {
    op: "reduce",
    name: "complex sum over the middle",
    inputs: [complex(2, 3, 35)],
    build: (x) => f.sum(x, [1]),
    tolerance: 5e-6,
  },
  {
    op: "reduce",
    name: "sum of a fused chain",
    inputs: [positive(2, 300), positive(2, 300)],
    build: (r, k) => f.sum(f.subtract(r, f.multiply(k, f.log(r))), [1]),
    tolerance: 1e-5,
  },
  {
    op: "reduce",
    name: "sum of |psi|^2 over modes",
    inputs: [complex(3, 2, 8, 8)],
    build: (x) => f.sum(f.abs2(x), [1]),
  },
  {
    op: "reduce",
    name: "large sum to a scalar",
    inputs: [positive(70, 1000)],
    build: (x) => f.sum(f.square(x)),
    tolerance: 1e-5,
  },
  {
    op: "reduce",
    name: "mean over a middle axis",
    inputs: [real(4, 5, 6)],
    build: (x) => f.mean(x, [1]),
    tolerance: 5e-6,
  },
  {
    op: "max_gradient",
    name: "maximum over pixels",
    inputs: [real(2, 5, 9, 9)],
    build: (x) => f.max(x, [2, 3]),
  },
  {
    op: "max_gradient",
    name: "maximum over channels",
    inputs: [real(2, 6, 5, 7)],
    build: (x) => f.max(x, [1]),
  },
];

const convolution = (
  b: number,
  c: number,
  o: number,
  h: number,
  w: number,
  k: [number, number],
  bias = true,
): OpCase => ({
  op: "conv2d",
  name: `${k.join("x")} ${c} to ${o} channels, ${b} of ${h}x${w}${bias ? "" : ", no bias"}`,
  inputs: bias ? [real(b, c, h, w), real(o, c, ...k), real(o)] : [real(b, c, h, w), real(o, c, ...k)],
  build: (x, weight, bias) => f.conv2d(x, bias ? { weight, bias } : { weight }),
  tolerance: 2e-5,
});

const activated = (name: string, activate: (x: Tensor) => Tensor): OpCase => ({
  op: "conv2d",
  name: `3x3 with ${name}`,
  inputs: [real(2, 3, 6, 6), real(5, 3, 3, 3), real(5)],
  build: (x, weight, bias) => activate(f.conv2d(x, { weight, bias })),
  tolerance: 2e-5,
});

const convolutions: OpCase[] = [
  convolution(2, 3, 4, 5, 7, [3, 3]),
  convolution(1, 1, 1, 1, 1, [3, 3]),
  convolution(3, 2, 64, 16, 16, [3, 3]),
  convolution(2, 64, 64, 16, 16, [3, 3]),
  convolution(2, 40, 24, 9, 13, [3, 3]),
  convolution(3, 33, 1, 16, 16, [3, 3]),
  convolution(2, 31, 3, 12, 12, [3, 3], false),
  convolution(2, 128, 32, 8, 8, [3, 3]),
  convolution(1, 16, 16, 4, 4, [3, 3]),
  convolution(1, 8, 16, 32, 32, [3, 3]),
  convolution(2, 2, 1, 16, 16, [7, 7], false),
  convolution(2, 1, 1, 1, 40, [1, 3], false),
  activated("relu", f.relu),
  activated("silu", f.silu),
  activated("sigmoid", f.sigmoid),
  activated("tanh", f.tanh),
];

const structure: OpCase[] = [
  { op: "max_pool2", name: "planes", inputs: [real(2, 3, 8, 12)], build: f.maxPool2 },
  { op: "max_pool2", name: "2x2 plane", inputs: [real(1, 1, 2, 2)], build: f.maxPool2 },
  { op: "upsample2", name: "planes", inputs: [real(2, 3, 5, 7)], build: f.upsample2 },
  {
    op: "concat",
    name: "channels of three",
    inputs: [real(2, 3, 4, 4), real(2, 1, 4, 4), real(2, 5, 4, 4)],
    build: (...x) => f.concat(x, 1),
  },
  {
    op: "concat",
    name: "complex, last axis",
    inputs: [complex(3, 2), complex(3, 5)],
    build: (...x) => f.concat(x, 1),
  },
  {
    op: "crop",
    name: "box",
    inputs: [real(2, 6, 7, 9)],
    build: (x) => f.crop(x, { start: [1, 2, 0, 3], shape: [1, 3, 7, 5] }),
  },
  {
    op: "crop",
    name: "complex channels",
    inputs: [complex(2, 4, 5, 5)],
    build: (x) => f.slice(x, { axis: 1, start: 1, count: 2 }),
  },
  {
    op: "pad",
    name: "box",
    inputs: [real(1, 3, 4, 5)],
    build: (x) => f.pad(x, { before: [0, 1, 2, 0], shape: [1, 5, 8, 9] }),
  },
  {
    op: "matmul",
    name: "plain",
    inputs: [real(5, 7), real(7, 3)],
    build: (a, b) => f.matmul(a, b),
    tolerance: 5e-6,
  },
  {
    op: "matmul",
    name: "transposed",
    inputs: [real(6, 4), real(9, 6)],
    build: (a, b) => f.matmul(a, b, { transposeA: true, transposeB: true }),
    tolerance: 5e-6,
  },
  {
    op: "matmul",
    name: "dense",
    inputs: [real(16, 128), real(8, 128)],
    build: (x, w) => f.dense(x, w),
    tolerance: 1e-5,
  },
];

const transforms: OpCase[] = [32, 64, 128, 256].flatMap((n) => [
  {
    op: "fft2" as const,
    name: `${n}, forward, centred`,
    inputs: [complex(n > 100 ? 1 : 3, n, n)],
    build: (x: Tensor) => f.fft2(x),
    tolerance: 3e-6,
  },
  {
    op: "fft2" as const,
    name: `${n}, inverse, centred`,
    inputs: [complex(1, n, n)],
    build: (x: Tensor) => f.fft2(x, { inverse: true }),
    tolerance: 3e-6,
  },
  {
    op: "fft2" as const,
    name: `${n}, forward, as it is`,
    inputs: [complex(2, n, n)],
    build: (x: Tensor) => f.fft2(x, { shift: false }),
    tolerance: 3e-6,
  },
]);

const offsets = (n: number): CaseInput => ({ shape: [n, 2], domain: [-5, 5], constant: true });

const translations: OpCase[] = [
  {
    op: "translate",
    name: "real",
    inputs: [real(3, 9, 11), offsets(3)],
    build: (x, o) => f.translate(x, { offsets: o, sign: 1 }),
    tolerance: 2e-5,
  },
  {
    op: "translate",
    name: "complex, into a larger frame",
    inputs: [complex(3, 8, 8), offsets(3)],
    build: (x, o) => f.translate(x, { offsets: o, sign: -1, height: 16, width: 12 }),
    tolerance: 2e-5,
  },
  {
    op: "translate",
    name: "one image for all, cropped",
    inputs: [complex(1, 16, 16), offsets(4)],
    build: (x, o) => f.translate(x, { offsets: o, sign: 1, height: 8, width: 8 }),
    tolerance: 2e-5,
  },
];

const starts = (n: number): CaseInput => ({ shape: [n, 2], domain: [-4, 12], constant: true });

const patches: OpCase[] = [
  {
    op: "extract",
    name: "real patches that leave the image",
    inputs: [real(13, 17), starts(5)],
    build: (x, at) => f.extract(x, { starts: at, height: 7, width: 6 }),
  },
  {
    op: "extract",
    name: "complex",
    inputs: [complex(20, 19), starts(9)],
    build: (x, at) => f.extract(x, { starts: at, height: 8, width: 8 }),
    tolerance: 5e-6,
  },
  {
    op: "scatter",
    name: "real patches, some outside",
    inputs: [real(6, 7, 5), starts(6)],
    build: (x, at) => f.scatter(x, { starts: at, height: 11, width: 18 }),
    tolerance: 5e-6,
  },
  {
    op: "scatter",
    name: "complex",
    inputs: [complex(12, 8, 8), starts(12)],
    build: (x, at) => f.scatter(x, { starts: at, height: 35, width: 20 }),
    tolerance: 5e-6,
  },
];

/** All cases. The optimisers, which update in place, have tests of their own. */
export const OP_CASES: readonly OpCase[] = [
  ...maps,
  ...reductions,
  ...convolutions,
  ...structure,
  ...transforms,
  ...translations,
  ...patches,
];

/** Adds a case's inputs to a graph and builds it. */
export function buildCase(graph: Graph, { inputs, build }: OpCase): { tensors: Tensor[]; output: Tensor } {
  const tensors = inputs.map(({ shape, complex }, k) => graph.input(`x${k}`, shape, complex ? "c64" : "f32"));
  return { tensors, output: build(...tensors) };
}
