/**
 * Optimiser steps on the CPU. The kernels work on four words at a time and may run into a slice's padding.
 *
 * @module
 */
import type { WasmCall } from "../../devices/calls.ts";
import type { KernelLowering } from "../../graph/op.ts";
import { wordsOf } from "../../graph/types.ts";

type NoAttrs = Record<never, never>;

/** `adam`. */
export const adamWasm: KernelLowering<NoAttrs, WasmCall> = {
  calls: ({ in: buffers, inputs: [p] }) => [{ kernel: "adam", buffers, ints: [wordsOf(p)] }],
};

/** `sgd`. */
export const sgdWasm: KernelLowering<NoAttrs, WasmCall> = {
  calls: ({ in: buffers, inputs: [p] }) => [{ kernel: "sgd", buffers, ints: [wordsOf(p)] }],
};
