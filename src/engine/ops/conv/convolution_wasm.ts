/**
 * Sizes, operands and plans of the convolutions that the CPU runs.
 *
 * @module
 */
import type { WasmCall } from "../../devices/calls.ts";
import type { Slice } from "../../devices/device.ts";
import type { Packable } from "../../graph/lowering.ts";

/** Sizes of a convolution that is run, which for an input gradient has inputs and outputs exchanged. */
export interface ConvSizes {
  readonly batch: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly outputs: number;
  readonly kh: number;
  readonly kw: number;
}

/** Operands of a convolution that is run. */
export interface ConvOperands {
  readonly out: Slice;
  readonly x: Slice;
  readonly w: Slice;
  readonly bias?: Slice;
  readonly packed: Slice;
  readonly scratch: Slice;
}

/** Operands of a weight gradient. */
export interface WeightGradientOperands {
  readonly out: Slice;
  readonly x: Slice;
  readonly g: Slice;
  readonly scratch: Slice;
}

/** Options of a convolution that is run. */
export interface ConvOptions {
  readonly threads: number;
  /** The weights are read as those of the adjoint. */
  readonly transpose: boolean;
  /** Number of the activation. */
  readonly activation: number;
}

/** The algorithms, as the plan names them. `bench/wasm_shapes.ts` measures them all for every shape. */
export type ConvAlgorithm = "winograd4" | "single" | "direct";

/** Plan of a convolution or of a weight gradient: memory, and calls once memory is assigned. */
export interface ConvPlan<Operands> {
  readonly algorithm: ConvAlgorithm;
  readonly packedBytes?: number;
  readonly scratchBytes?: number;
  calls(operands: Operands): Packable<WasmCall>[];
}

/** Returns the next multiple of a step. */
export function roundUp(n: number, step: number): number {
  return Math.ceil(n / step) * step;
}
