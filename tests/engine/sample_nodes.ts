/**
 * Nodes that between them make every operation call each of its kernels on each device.
 *
 * @module
 */
import type { DeviceLimits } from "../../src/engine/devices/device.ts";
import type { TensorType } from "../../src/engine/graph/types.ts";
import { OPS } from "../../src/engine/ops/registry.ts";
import type { OpName } from "../support/op_cases.ts";

const f32 = (...shape: number[]): TensorType => ({ shape, dtype: "f32" });
const c64 = (...shape: number[]): TensorType => ({ shape, dtype: "c64" });

/** Inputs and attributes of a node. */
export interface SampleNode {
  readonly op: OpName;
  readonly inputs: readonly TensorType[];
  readonly attrs: unknown;
}

const none = { activation: "none" };
const step = (op: string, a = 0, b = 0, c = 0) => ({ op, a, b, c });

function convolutions(): SampleNode[] {
  const shapes = [[2, 8, 16, 20, 3], [1, 2, 1, 16, 3], [2, 3, 5, 12, 5], [1, 1, 2, 9, 3], [4, 32, 64, 32, 3]];
  return shapes.flatMap(([batch, channels, outputs, side, kernel]): SampleNode[] => {
    const [x, g] = [f32(batch, channels, side, side), f32(batch, outputs, side, side)];
    const w = f32(outputs, channels, kernel, kernel);
    return [
      { op: "conv2d", inputs: [x, w, f32(outputs)], attrs: { activation: "silu" } },
      { op: "conv2d", inputs: [x, w], attrs: none },
      { op: "conv2d_input_gradient", inputs: [g, w], attrs: {} },
      { op: "conv2d_weight_gradient", inputs: [x, g], attrs: { kernel: [kernel, kernel] } },
    ];
  });
}

function reductions(): SampleNode[] {
  const cases: [number[], number[]][] = [
    [[4, 6], [1]],
    [[4, 6], [0, 1]],
    [[3, 5, 7, 2], [1, 3]],
    [[200000], [0]],
    [[3000, 40], [0]],
    [[40, 3000], [0]],
    [[1, 1], [0]],
  ];
  return cases.flatMap(([shape, axes]): SampleNode[] => {
    const kept = f32(...shape.map((n, axis) => axes.includes(axis) ? 1 : n));
    return [
      { op: "reduce", inputs: [f32(...shape)], attrs: { kind: "max", axes, shape, program: [] } },
      {
        op: "reduce",
        inputs: [c64(...shape), kept],
        attrs: { kind: "sum", axes, shape, program: [step("multiply", 0, 1), step("scale", 2, 0, 0.5)] },
      },
      { op: "max_gradient", inputs: [f32(...shape), kept, kept], attrs: { axes } },
    ];
  });
}

/** The nodes. */
export const SAMPLE_NODES: readonly SampleNode[] = [
  ...convolutions(),
  ...reductions(),
  { op: "adam", inputs: [f32(64), f32(64), f32(64), f32(64), f32(8)], attrs: {} },
  { op: "sgd", inputs: [f32(64), f32(64), f32(64), f32(4)], attrs: {} },
  { op: "concat", inputs: [c64(2, 3, 4), c64(2, 5, 4)], attrs: { axis: 1 } },
  { op: "crop", inputs: [f32(4, 6, 5)], attrs: { start: [1, 0, 2], shape: [2, 6, 3] } },
  { op: "crop", inputs: [c64(4, 6, 5)], attrs: { start: [1, 2, 2], shape: [2, 3, 3] } },
  { op: "pad", inputs: [c64(2, 3)], attrs: { before: [1, 2], shape: [5, 7] } },
  { op: "map", inputs: [f32(3, 4)], attrs: { program: [step("constant", 0, 0, 2)], shape: [3, 4] } },
  {
    op: "map",
    inputs: [c64(3, 1, 4), f32(5, 1), f32(1), f32(3, 5, 4)],
    attrs: {
      program: [step("multiply", 0, 1), step("add", 4, 2), step("scale", 5, 0, -3), step("multiply", 6, 3)],
      shape: [3, 5, 4],
    },
  },
  { op: "fft2", inputs: [c64(3, 64, 64)], attrs: { inverse: false, shift: true } },
  { op: "fft2", inputs: [c64(3, 128, 32)], attrs: { inverse: true, shift: true } },
  { op: "fft2", inputs: [c64(5, 128, 256)], attrs: { inverse: true, shift: false } },
  { op: "matmul", inputs: [f32(3, 5), f32(5, 7)], attrs: { transposeA: false, transposeB: false } },
  { op: "matmul", inputs: [f32(5, 3), f32(7, 5)], attrs: { transposeA: true, transposeB: true } },
  { op: "max_pool2", inputs: [f32(2, 3, 4, 6)], attrs: {} },
  { op: "max_pool2_gradient", inputs: [f32(2, 3, 4, 6), f32(2, 3, 2, 3), f32(2, 3, 2, 3)], attrs: {} },
  { op: "upsample2", inputs: [f32(2, 3, 4, 6)], attrs: {} },
  { op: "upsample2_gradient", inputs: [f32(2, 3, 4, 6)], attrs: {} },
  { op: "extract", inputs: [c64(40, 50), f32(7, 2)], attrs: { height: 8, width: 6 } },
  { op: "scatter", inputs: [f32(7, 8, 6), f32(7, 2)], attrs: { height: 40, width: 50 } },
  { op: "take", inputs: [c64(9, 2, 3), f32(4)], attrs: {} },
  { op: "put", inputs: [f32(9, 2, 3), f32(4, 2, 3), f32(4)], attrs: {} },
  { op: "translate", inputs: [c64(1, 8, 10), f32(3, 2)], attrs: { sign: -1, height: 6, width: 12 } },
  { op: "translate", inputs: [f32(3, 8, 10), f32(3, 2)], attrs: { sign: 1, height: 8, width: 10 } },
];

/** Devices to plan for: several numbers of threads, both precisions. */
export const SAMPLE_LIMITS: readonly DeviceLimits[] = ([[1, "f32"], [3, "f16"], [2, "f32"]] as const).map(
  ([threads, precision]) => ({
    threads,
    maxBufferBytes: 2 ** 31,
    maxSliceBytes: 2 ** 31,
    gpu: { precision, tiles: new Map() },
  }),
);

/** Operations that no sample uses. */
export const UNSAMPLED = (Object.keys(OPS) as OpName[]).filter((name) =>
  !SAMPLE_NODES.some(({ op }) => op === name)
);
