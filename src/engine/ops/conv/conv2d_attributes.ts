/**
 * Attributes of `conv2d`, for the operation and its plans.
 *
 * @module
 */

/** Activations that a convolution applies to its result, in the numbering that the C and WGSL kernels share. */
export const ACTIVATIONS = ["none", "relu", "silu", "sigmoid", "tanh"] as const;

/** Models trace "none"; planning folds a following activation in. */
export interface Conv2dAttrs {
  readonly activation: typeof ACTIVATIONS[number];
}

/** Returns the number of an activation in the kernels. */
export function activationCode(activation: Conv2dAttrs["activation"]): number {
  return ACTIVATIONS.indexOf(activation);
}
