/**
 * Elementwise programs and reductions on the CPU.
 *
 * @module
 */
import type { WasmCall } from "../../devices/calls.ts";
import type { KernelLowering } from "../../graph/op.ts";
import type { MapAttrs } from "./map.ts";
import type { MaxGradientAttrs } from "../reduce/max_gradient.ts";
import type { ReduceAttrs } from "../reduce/reduce.ts";
import { mapCall, maxGradientInts, planReduce, reduceCalls, reduceScratchBytes } from "../lowering_wasm.ts";

/** `map`. */
export const mapWasm: KernelLowering<MapAttrs, WasmCall> = {
  calls: (node) => [mapCall({ ...node, ...node.attrs })],
};

/** `reduce`: fixed chunks, then their sum. */
export const reduceWasm: KernelLowering<ReduceAttrs, WasmCall> = {
  scratchBytes: ({ attrs, output }) =>
    reduceScratchBytes(planReduce(attrs.shape, attrs.axes), output.dtype === "c64"),
  calls: (node) => {
    const complex = node.output.dtype === "c64";
    return reduceCalls({ ...node, ...node.attrs }, { kind: node.attrs.kind, scratch: node.scratch, complex });
  },
};

/** `max_gradient`. */
export const maxGradientWasm: KernelLowering<MaxGradientAttrs, WasmCall> = {
  calls: ({ in: [x, y, g], out, output, attrs }) => [{
    kernel: "max_gradient",
    buffers: [out, x, y, g],
    ints: maxGradientInts(output.shape, attrs.axes),
  }],
};
