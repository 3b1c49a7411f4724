/**
 * The objective of training: likelihood or absolute error of the measurement, error against labels, and regularisers
 * of the patches.
 *
 * @module
 */
import { functions as f, sizeOf, type Tensor } from "../../engine/mod.ts";

import { meanAbsoluteError, meanDeviation, poissonNll, totalVariation } from "./losses.ts";
import type { LossContext, PatchMaps, Rates } from "./trace_context.ts";

/** Terms of the loss. */
export interface Objective {
  /** Of the measurement: Poisson likelihood of counts, or mean absolute error of amplitudes. */
  readonly loss: "poisson" | "mae";
  /** Judge by labels instead, with these factors on the mean absolute errors. */
  readonly supervised?: { readonly amplitude: number; readonly phase: number };
  /** Factors on regularisers of each patch, all per pixel; 0 leaves one out. */
  readonly regularisers?: {
    readonly amplitudeVariation: number;
    readonly phaseVariation: number;
    readonly amplitudeDeviation: number;
    readonly phaseDeviation: number;
  };
}

/** The name of the map of good pixels (1) among the statistics, [N, N]. */
export const DETECTOR_MASK = "detectorMask";
/** Rate of a bad pixel, counts: any constant above 0, whose logarithm exists. */
const BAD_RATE = 1e-3;

/** The likelihood alone. */
export const UNSUPERVISED: Objective = { loss: "poisson" };

/** Keeps roots away from 0, where they have no gradient. */
const ROOT_FLOOR = 1e-8;

/** Returns the loss of each group, [B]. `rates` is asked for only where the measurement counts. */
export function objectiveLosses(
  context: LossContext,
  { objective, rates }: { objective: Objective; rates: () => Rates },
): Tensor {
  const { supervised, loss } = objective;
  const fit = supervised
    ? perGroup(labelErrors(context, supervised), { context, kind: "mean" })
    : loss === "poisson"
    ? likelihood(onGoodPixels(rates(), context), context)
    : amplitudeError(onGoodPixels(rates(), context), context);
  const penalty = penalties(context.maps, objective);
  return penalty ? f.add(fit, perGroup(penalty, { context, kind: "mean" })) : fit;
}

/** Nothing is expected and nothing measured where a pixel is bad: the loss there is a constant. */
function onGoodPixels(rates: Rates, { shape, frozen }: LossContext): Rates {
  if (!shape.masked) return rates;
  const mask = frozen(DETECTOR_MASK, [shape.size, shape.size]);
  return {
    ...rates,
    rate: f.add(f.multiply(rates.rate, mask), f.scale(f.offset(f.negate(mask), 1), BAD_RATE)),
    observed: f.multiply(rates.observed, mask),
  };
}

function likelihood({ rate, observed, divisor, group }: Rates, context: LossContext): Tensor {
  const nll = perGroup(poissonNll(rate, observed), { context, kind: group });
  return f.divide(nll, ofGroups(divisor(), context));
}

/** Mean absolute error of amplitudes over their mean. */
function amplitudeError({ rate, observed }: Rates, context: LossContext): Tensor {
  const root = (x: Tensor) => f.sqrt(f.offset(x, ROOT_FLOOR));
  const error = perGroup(meanAbsoluteError(root(rate), root(observed)), { context, kind: "mean" });
  return f.divide(error, ofGroups(context.frozen("meanImage", [1]), context));
}

/** Weighted errors of amplitude and phase of each pattern, [B C]. */
function labelErrors(
  { maps, label }: LossContext,
  { amplitude, phase }: { amplitude: number; phase: number },
): Tensor {
  const ofAmplitude = meanAbsoluteError(maps.amplitude, label("labelAmp"));
  return f.add(f.scale(ofAmplitude, amplitude), f.scale(phaseError(maps, label("labelPhase")), phase));
}

/** Mean |difference| in radians; of a network without phases the chord |exp(i a) - exp(i b)|, the same for small ones. */
function phaseError(maps: PatchMaps, label: Tensor): Tensor {
  if (maps.phase) return meanAbsoluteError(maps.phase, label);
  const chord = f.sqrt(f.offset(f.abs2(f.subtract(direction(maps), f.cis(label))), ROOT_FLOOR));
  return meanAbsoluteError(chord, f.scale(label, 0));
}

/** O / |O|. */
function direction({ patches, amplitude }: PatchMaps): Tensor {
  return f.divide(patches, amplitude);
}

function penalties(maps: PatchMaps, { regularisers }: Objective): Tensor | undefined {
  if (!regularisers) return undefined;
  const { amplitudeVariation, phaseVariation, amplitudeDeviation, phaseDeviation } = regularisers;
  const [, height, width] = maps.amplitude.shape;
  const variation = (x: Tensor) => f.scale(totalVariation(x), 1 / (height * width));
  const phases = () => maps.phase ? [maps.phase] : [f.re(direction(maps)), f.im(direction(maps))];
  const terms: Tensor[] = [];
  const add = (factor: number, planes: () => Tensor[], measure: (x: Tensor) => Tensor) => {
    if (factor > 0) terms.push(...planes().map((plane) => f.scale(measure(plane), factor)));
  };
  add(amplitudeVariation, () => [maps.amplitude], variation);
  add(phaseVariation, phases, variation);
  add(amplitudeDeviation, () => [maps.amplitude], meanDeviation);
  add(phaseDeviation, phases, meanDeviation);
  return terms.length > 0 ? terms.reduce(f.add) : undefined;
}

/** Mean or sum over the patterns of each group, [B C] -> [B]. */
function perGroup(
  perPattern: Tensor,
  { context: { shape: { batchSize, channels } }, kind }: { context: LossContext; kind: "mean" | "sum" },
): Tensor {
  const grouped = f.reshape(perPattern, [batchSize, channels]);
  return f.reshape(kind === "mean" ? f.mean(grouped, [1]) : f.sum(grouped, [1]), [batchSize]);
}

/** A scalar of the scan, or one of each pattern, as [1] or [B]: the patterns of a group are of one scan. */
function ofGroups(scalar: Tensor, { shape: { batchSize, channels } }: LossContext): Tensor {
  if (sizeOf(scalar.shape) === 1) return f.reshape(scalar, [1]);
  const first = f.slice(f.reshape(scalar, [batchSize, channels]), { axis: 1, start: 0, count: 1 });
  return f.reshape(first, [batchSize]);
}
