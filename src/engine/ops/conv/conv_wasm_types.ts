/**
 * Sizes and operands of the convolutions that the CPU runs.
 *
 * @module
 */
import type { Slice } from "../../devices/device.ts";

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
  /** Number of the activation. */
  readonly activation: number;
  /** The weights are read as those of the adjoint. */
  readonly transpose: boolean;
}

/** Operands of a weight gradient. */
export interface WeightGradientOperands {
  readonly out: Slice;
  readonly x: Slice;
  readonly g: Slice;
  readonly scratch: Slice;
}
