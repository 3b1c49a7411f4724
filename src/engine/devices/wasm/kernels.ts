/**
 * The kernels of the WebAssembly module, in the order of `KERNELS` in `wasm/kernels.h`.
 *
 * @module
 */

/** Every kernel; a test compares the list with the compiled module's own. */
export const WASM_KERNELS = [
  "adam",
  "conv_direct",
  "conv_direct_weight_gradient",
  "conv_pack",
  "conv_single",
  "copy",
  "extract",
  "fft2",
  "fill",
  "map",
  "matmul",
  "max_gradient",
  "max_pool2",
  "max_pool2_gradient",
  "put",
  "reduce",
  "scatter",
  "sgd",
  "take",
  "translate",
  "upsample2",
  "upsample2_gradient",
  "winograd_conv",
  "winograd_gradient_finish",
  "winograd_gradient_product",
  "winograd_gradient_transform",
  "winograd_pack",
] as const;

/** Name of a kernel. */
export type WasmKernelName = typeof WASM_KERNELS[number];
