/**
 * A traced graph in ONNX (opset 18), node by node. The first axis of what depends on the input is free.
 *
 * @module
 */
import { concat } from "../ops/shape/concat.ts";
import { conv2d } from "../ops/conv/conv2d.ts";
import { crop } from "../ops/shape/crop.ts";
import { fft2 } from "../ops/fft/fft2.ts";
import { map } from "../ops/elementwise/map.ts";
import { matmul } from "../ops/matmul/matmul.ts";
import { maxPool2 } from "../ops/pool/max_pool2.ts";
import { pad } from "../ops/shape/pad.ts";
import { reduce } from "../ops/reduce/reduce.ts";
import { upsample2 } from "../ops/pool/upsample2.ts";
import type { OnnxNode, OnnxTensor } from "../../formats/mod.ts";
import type { Graph, Node, Op, Tensor } from "../graph/graph.ts";
import { sizeOf, type TensorType } from "../graph/types.ts";
import { OnnxBuilder, type OnnxValue } from "./builder.ts";
import { lowerProgram } from "./elementwise.ts";

/** The operator set that the nodes are of. */
export const ONNX_OPSET = 18;

interface Lowered<A> {
  readonly attrs: A;
  readonly inputs: readonly OnnxValue[];
  readonly types: readonly TensorType[];
  readonly output: TensorType;
}

type Lower = (builder: OnnxBuilder, node: Lowered<unknown>) => OnnxValue;

/** A record of the table; the attributes are those of the operation. */
function lowers<A>(
  op: Op<A>,
  lower: (builder: OnnxBuilder, node: Lowered<A>) => OnnxValue,
): [Op<unknown>, Lower] {
  return [op as Op<unknown>, lower as Lower];
}

/** Applies a function to each part of a value. */
function each({ re, im }: OnnxValue, of: (part: string) => string): OnnxValue {
  return { re: of(re), ...(im === undefined ? {} : { im: of(im) }) };
}

const half = (length: number) => Math.floor(length / 2);

const OPERATIONS: ReadonlyMap<Op<unknown>, Lower> = new Map([
  lowers(map, (b, { attrs, inputs }) => lowerProgram(b, attrs.program, inputs)),
  lowers(reduce, (b, { attrs, inputs }) => {
    const axes = b.integers(attrs.axes);
    const type = attrs.kind === "sum" ? "ReduceSum" : "ReduceMax";
    return each(
      lowerProgram(b, attrs.program, inputs),
      (part) => b.node(type, [part, axes], { keepdims: 1 }),
    );
  }),
  lowers(conv2d, (b, { inputs, types, attrs }) => {
    if (attrs.activation !== "none") throw new RangeError(`ONNX has no convolution with ${attrs.activation}`);
    const [height, width] = types[1].shape.slice(-2);
    const pads = [half(height), half(width), half(height), half(width)];
    return { re: b.node("Conv", inputs.map(({ re }) => re), { kernel_shape: [height, width], pads }) };
  }),
  lowers(matmul, (b, { inputs: [x, y], attrs: { transposeA, transposeB } }) => ({
    re: b.node("Gemm", [x.re, y.re], { transA: Number(transposeA), transB: Number(transposeB) }),
  })),
  lowers(maxPool2, (b, { inputs: [x] }) => ({
    re: b.node("MaxPool", [x.re], { kernel_shape: [2, 2], strides: [2, 2] }),
  })),
  lowers(upsample2, (b, { inputs: [x] }) => {
    const scales = b.constant([4], Float32Array.of(1, 1, 2, 2));
    const how = { mode: "nearest", coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" };
    return { re: b.node("Resize", [x.re, "", scales], how) };
  }),
  lowers(concat, (b, { inputs, attrs: { axis } }) => {
    const join = (parts: readonly string[]) => b.node("Concat", parts, { axis });
    const re = join(inputs.map((input) => input.re));
    return inputs[0].im === undefined ? { re } : { re, im: join(inputs.map((input) => input.im ?? "")) };
  }),
  lowers(crop, (b, { inputs: [x], types: [{ shape }], attrs }) => {
    const axes = shape.flatMap((length, axis) => length === attrs.shape[axis] ? [] : [axis]);
    if (axes.includes(0)) throw new RangeError("a free axis cannot be cropped");
    const ends = axes.map((axis) => attrs.start[axis] + attrs.shape[axis]);
    const bounds = [axes.map((axis) => attrs.start[axis]), ends, axes].map((values) => b.integers(values));
    return each(x, (part) => b.node("Slice", [part, ...bounds]));
  }),
  lowers(pad, (b, { inputs: [x], types: [{ shape }], attrs: { before, shape: whole } }) => {
    const after = whole.map((length, axis) => length - before[axis] - shape[axis]);
    const pads = b.integers([...before, ...after]);
    return each(x, (part) => b.node("Pad", [part, pads], { mode: "constant" }));
  }),
  lowers(fft2, lowerFft2),
]);

/** The graph in ONNX; the parts of complex outputs have their own names. */
export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly OnnxTensor[];
}

/** Options of {@linkcode lowerToOnnx}. */
export interface LowerOptions {
  /** Values by the names that they are to have; complex ones become `NAME_real` and `NAME_imag`. */
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** Values of weights, and of inputs that are constant; interleaved where complex. */
  readonly constant: (name: string) => Float32Array | undefined;
}

/** Returns the nodes that outputs need. Throws `RangeError` with the name of an operation that ONNX lacks. */
export function lowerToOnnx(graph: Graph, { outputs, constant }: LowerOptions): OnnxGraph {
  const builder = new OnnxBuilder();
  const values = new Map<number, OnnxValue>();
  const needed = neededBy(graph, Object.values(outputs));
  for (const [id, node] of graph.nodes.entries()) {
    if (needed.has(id)) values.set(id, lowerNode(node, { graph, builder, values, constant }));
  }
  const nodes = [...builder.nodes];
  for (const [name, { id }] of Object.entries(outputs)) {
    const value = values.get(id);
    if (!value) throw new RangeError(`the graph has no output ${name}`);
    const named = (part: string, as: string) =>
      nodes.push({ type: "Identity", inputs: [part], outputs: [as] });
    named(value.re, value.im === undefined ? name : `${name}_real`);
    if (value.im !== undefined) named(value.im, `${name}_imag`);
  }
  return { nodes, constants: builder.constants };
}

function neededBy(graph: Graph, outputs: readonly Tensor[]): ReadonlySet<number> {
  const needed = new Set(outputs.map(({ id }) => id));
  for (let id = graph.nodes.length - 1; id >= 0; id--) {
    if (needed.has(id)) { for (const input of inputsOf(graph.nodes[id])) needed.add(input); }
  }
  return needed;
}

function inputsOf(node: Node): readonly number[] {
  return node.kind === "op" ? node.inputs : node.kind === "alias" ? [node.of] : [];
}

interface Lowering {
  readonly graph: Graph;
  readonly builder: OnnxBuilder;
  readonly values: ReadonlyMap<number, OnnxValue>;
  readonly constant: LowerOptions["constant"];
}

function lowerNode(node: Node, { graph, builder, values, constant }: Lowering): OnnxValue {
  const of = (id: number): OnnxValue => values.get(id) ?? { re: "" };
  switch (node.kind) {
    case "input":
    case "variable": {
      const name = node.name ?? "";
      const data = constant(name);
      if (data) return constantValue(builder, { name, data, type: node.type });
      if (node.kind === "variable") throw new RangeError(`${name} has no value`);
      return { re: name };
    }
    case "alias": {
      const { shape } = node.type;
      if (shape.join() === graph.nodes[node.of].type.shape.join()) return of(node.of);
      const wanted = builder.integers([-1, ...shape.slice(1)]);
      return each(of(node.of), (part) => builder.node("Reshape", [part, wanted]));
    }
    case "assign":
      throw new RangeError("a graph that changes its weights has no meaning in ONNX");
    case "op": {
      const lower = OPERATIONS.get(node.op);
      if (!lower) throw new RangeError(`ONNX has no ${node.op.name}`);
      const types = node.inputs.map((id) => graph.nodes[id].type);
      return lower(builder, { attrs: node.attrs, inputs: node.inputs.map(of), types, output: node.type });
    }
  }
}

function constantValue(
  builder: OnnxBuilder,
  { name, data, type: { shape, dtype } }: { name: string; data: Float32Array; type: TensorType },
): OnnxValue {
  if (dtype !== "c64") return { re: builder.constant(shape, data, name) };
  const part = (offset: 0 | 1) =>
    Float32Array.from({ length: sizeOf(shape) }, (_, i) => data[2 * i + offset]);
  return {
    re: builder.constant(shape, part(0), `${name}_real`),
    im: builder.constant(shape, part(1), `${name}_imag`),
  };
}

/**
 * An orthonormal transform of the last two axes by DFT, which is not scaled forwards and divided by the length backwards.
 * The shift of an even length N by N/2 is a factor of (-1)^(x + y) on the other side.
 */
function lowerFft2(
  b: OnnxBuilder,
  { inputs: [x], types: [{ shape }], attrs: { inverse, shift } }: Lowered<
    { inverse: boolean; shift: boolean }
  >,
): OnnxValue {
  const [height, width] = shape.slice(-2);
  if (shift && (height % 2 !== 0 || width % 2 !== 0)) {
    throw new RangeError("ONNX shifts spectra of even sides alone");
  }
  const signs = b.constant(
    [height, width],
    Float32Array.from(
      { length: height * width },
      (_, i) => (Math.floor(i / width) + i % width) % 2 === 0 ? 1 : -1,
    ),
  );
  const signed = (value: OnnxValue) => shift ? each(value, (part) => b.node("Mul", [part, signs])) : value;
  const before = inverse ? x : signed(x);
  const last = b.integers([-1]);
  const plane = (part: string) => b.node("Unsqueeze", [part, last]);
  const zero = () => b.node("Mul", [before.re, b.scalar(0)]);
  let joined = b.node("Concat", [plane(before.re), plane(before.im ?? zero())], { axis: shape.length });
  for (const axis of [shape.length - 2, shape.length - 1]) {
    joined = b.node("DFT", [joined], { axis, inverse: Number(inverse), onesided: 0 });
  }
  const scale = b.scalar(inverse ? Math.sqrt(height * width) : 1 / Math.sqrt(height * width));
  const scaled = b.node("Mul", [joined, scale]);
  const part = (index: number) =>
    b.node("Squeeze", [
      b.node("Slice", [scaled, b.integers([index]), b.integers([index + 1]), b.integers([shape.length])]),
      last,
    ]);
  const value = { re: part(0), im: part(1) };
  return inverse ? signed(value) : value;
}
