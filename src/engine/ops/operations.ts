/**
 * Every operation there is, by name; one line for each.
 *
 * @module
 */
export { adam } from "./optimiser/adam.ts";
export { concat } from "./shape/concat.ts";
export { conv2d } from "./conv/conv2d.ts";
export { conv2dInputGradient as conv2d_input_gradient } from "./conv/conv2d_input_gradient.ts";
export { conv2dWeightGradient as conv2d_weight_gradient } from "./conv/conv2d_weight_gradient.ts";
export { crop } from "./shape/crop.ts";
export { extract } from "./patches/patches.ts";
export { fft2 } from "./fft/fft2.ts";
export { map } from "./elementwise/map.ts";
export { matmul } from "./matmul/matmul.ts";
export { maxGradient as max_gradient } from "./reduce/max_gradient.ts";
export { maxPool2 as max_pool2 } from "./pool/max_pool2.ts";
export { maxPool2Gradient as max_pool2_gradient } from "./pool/max_pool2_gradient.ts";
export { pad } from "./shape/pad.ts";
export { put } from "./patches/rows.ts";
export { reduce } from "./reduce/reduce.ts";
export { scatter } from "./patches/patches.ts";
export { sgd } from "./optimiser/sgd.ts";
export { take } from "./patches/rows.ts";
export { translate } from "./patches/translate.ts";
export { upsample2 } from "./pool/upsample2.ts";
export { upsample2Gradient as upsample2_gradient } from "./pool/upsample2_gradient.ts";
