/**
 * The text of the WGSL files in `kernels/`.
 *
 * @module
 */
import activation from "../../../../kernels/conv/activation.wgsl" with { type: "text" };
import axes from "../../../../kernels/elementwise/axes.wgsl" with { type: "text" };
import box from "../../../../kernels/shape/box.wgsl" with { type: "text" };
import conv3x3 from "../../../../kernels/conv/conv3x3.wgsl" with { type: "text" };
import conv3x3Plain from "../../../../kernels/conv/conv3x3_plain.wgsl" with { type: "text" };
import conv3x3WeightGradient from "../../../../kernels/conv/conv3x3_weight_gradient.wgsl" with {
  type: "text",
};
import conv3x3WeightGradientPlain from "../../../../kernels/conv/conv3x3_weight_gradient_plain.wgsl" with {
  type: "text",
};
import convDirect from "../../../../kernels/conv/conv_direct.wgsl" with { type: "text" };
import convPack from "../../../../kernels/conv/conv_pack.wgsl" with { type: "text" };
import convWeightGradient from "../../../../kernels/conv/conv_weight_gradient.wgsl" with { type: "text" };
import elementary from "../../../../kernels/elementwise/elementary.wgsl" with { type: "text" };
import fft from "../../../../kernels/fft/fft.wgsl" with { type: "text" };
import fftSquare from "../../../../kernels/fft/fft_square.wgsl" with { type: "text" };
import map from "../../../../kernels/elementwise/map.wgsl" with { type: "text" };
import mapInputs1 from "../../../../kernels/elementwise/map_inputs1.wgsl" with { type: "text" };
import mapInputs2 from "../../../../kernels/elementwise/map_inputs2.wgsl" with { type: "text" };
import mapInputs3 from "../../../../kernels/elementwise/map_inputs3.wgsl" with { type: "text" };
import mapInputs4 from "../../../../kernels/elementwise/map_inputs4.wgsl" with { type: "text" };
import mapInputs5 from "../../../../kernels/elementwise/map_inputs5.wgsl" with { type: "text" };
import mapInputs6 from "../../../../kernels/elementwise/map_inputs6.wgsl" with { type: "text" };
import mapVm from "../../../../kernels/elementwise/map_vm.wgsl" with { type: "text" };
import matmul from "../../../../kernels/matmul/matmul.wgsl" with { type: "text" };
import maxGradient from "../../../../kernels/reduce/max_gradient.wgsl" with { type: "text" };
import optimiser from "../../../../kernels/optimiser/optimiser.wgsl" with { type: "text" };
import patches from "../../../../kernels/patches/patches.wgsl" with { type: "text" };
import pool from "../../../../kernels/pool/pool.wgsl" with { type: "text" };
import reduce from "../../../../kernels/reduce/reduce.wgsl" with { type: "text" };
import rows from "../../../../kernels/patches/rows.wgsl" with { type: "text" };
import storageF16 from "../../../../kernels/conv/storage_f16.wgsl" with { type: "text" };
import storageF32 from "../../../../kernels/conv/storage_f32.wgsl" with { type: "text" };
import storageMixed from "../../../../kernels/conv/storage_mixed.wgsl" with { type: "text" };
import sumShares from "../../../../kernels/conv/sum_shares.wgsl" with { type: "text" };
import translate from "../../../../kernels/patches/translate.wgsl" with { type: "text" };

/** Text of each file of `kernels/`, by its name without the extension. */
export const SHADERS = {
  activation,
  axes,
  box,
  conv3x3,
  conv3x3_plain: conv3x3Plain,
  conv3x3_weight_gradient: conv3x3WeightGradient,
  conv3x3_weight_gradient_plain: conv3x3WeightGradientPlain,
  conv_direct: convDirect,
  conv_pack: convPack,
  conv_weight_gradient: convWeightGradient,
  elementary,
  fft,
  fft_square: fftSquare,
  map,
  map_inputs1: mapInputs1,
  map_inputs2: mapInputs2,
  map_inputs3: mapInputs3,
  map_inputs4: mapInputs4,
  map_inputs5: mapInputs5,
  map_inputs6: mapInputs6,
  map_vm: mapVm,
  matmul,
  max_gradient: maxGradient,
  optimiser,
  patches,
  pool,
  reduce,
  rows,
  storage_f16: storageF16,
  storage_f32: storageF32,
  storage_mixed: storageMixed,
  sum_shares: sumShares,
  translate,
} as const;

/** Name of a file of `kernels/`, without its extension. */
export type ShaderName = keyof typeof SHADERS;
