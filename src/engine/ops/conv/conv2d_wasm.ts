/**
 * `conv2d` and its gradients on the CPU: the choice of algorithm.
 *
 * @module
 */
import type { LowerWasm } from "../../graph/lowering.ts";
import type { TensorType } from "../../graph/types.ts";
import { activationCode, type Conv2dAttrs } from "./conv2d_attributes.ts";
import type {
  ConvAlgorithm,
  ConvOperands,
  ConvOptions,
  ConvPlan,
  ConvSizes,
  WeightGradientOperands,
} from "./convolution_wasm.ts";
import { planDirect, planDirectGradient, planSingle, suitsSingle } from "./direct_wasm.ts";
import { planWinograd, planWinogradGradient, suitsWinograd } from "./winograd_wasm.ts";

const PLANS: Record<ConvAlgorithm, (size: ConvSizes, options: ConvOptions) => ConvPlan<ConvOperands>> = {
  winograd4: planWinograd,
  single: planSingle,
  direct: planDirect,
};

/**
 * The algorithm for a size. A rule, not a measurement of the moment, because the algorithms round differently and a run
 * must give the same bits every time.
 */
function algorithmOf(size: ConvSizes, transpose: boolean): ConvAlgorithm {
  if (suitsWinograd(size)) return "winograd4";
  return suitsSingle(size, transpose) ? "single" : "direct";
}

/** Plans a convolution; `algorithm` overrules the choice, for the bench. */
export function planConv(
  size: ConvSizes,
  options: ConvOptions,
  algorithm = algorithmOf(size, options.transpose),
): ConvPlan<ConvOperands> {
  return PLANS[algorithm](size, options);
}

/** Plans a weight gradient; `algorithm` overrules the choice, for the bench. */
export function planWeightGradient(
  size: ConvSizes,
  options: Pick<ConvOptions, "threads">,
  algorithm: ConvAlgorithm = suitsWinograd(size) ? "winograd4" : "direct",
): ConvPlan<WeightGradientOperands> {
  return algorithm === "winograd4" ? planWinogradGradient(size, options) : planDirectGradient(size, options);
}

function sizesOf(x: TensorType, w: TensorType): ConvSizes {
  const [batch, channels, height, width] = x.shape;
  const [outputs, , kh, kw] = w.shape;
  return { batch, channels, height, width, outputs, kh, kw };
}

/** `conv2d`. */
export const conv2dWasm: LowerWasm<Conv2dAttrs> = ({ inputs: [x, w], attrs }, { threads }) => {
  const activation = activationCode(attrs.activation);
  const plan = planConv(sizesOf(x, w), { transpose: false, threads, activation });
  return {
    ...plan,
    calls: ({ in: [x, w, bias], ...memory }) => plan.calls({ ...memory, x, w, bias }),
  };
};

/** `conv2d_input_gradient`: the convolution of g with the weights reversed, inputs and outputs exchanged. */
export const conv2dInputGradientWasm: LowerWasm<Record<never, never>> = ({ inputs: [g, w] }, { threads }) => {
  const size = { ...sizesOf(g, w), outputs: w.shape[1] };
  const plan = planConv(size, { transpose: true, threads, activation: activationCode("none") });
  return { ...plan, calls: ({ in: [x, w], ...memory }) => plan.calls({ ...memory, x, w }) };
};

/** `conv2d_weight_gradient`. */
export const conv2dWeightGradientWasm: LowerWasm<{ readonly kernel: readonly [number, number] }> = (
  { inputs: [x, g], attrs: { kernel: [kh, kw] } },
  { threads },
) => {
  const [batch, channels, height, width] = x.shape;
  const size = { batch, channels, height, width, outputs: g.shape[1], kh, kw };
  const plan = planWeightGradient(size, { threads });
  return { ...plan, calls: ({ in: [x, g], ...memory }) => plan.calls({ ...memory, x, g }) };
};
