/**
 * The two historical profiles of PtychoPINN, `amplitude` and `counts`, as recorded in its reference vectors.
 *
 * @module
 */
import { atLeast, diffractedIntensity, exitWaves, type MergeWeights } from "../../optics/forward_model.ts";
import * as f from "../../tensor/functions.ts";
import type { Tensor } from "../../tensor/graph.ts";
import { historicalNetwork, type HistoricalOptions, type TwoMaps } from "../historical.ts";
import { poissonNll } from "../losses.ts";
import { constant } from "../parameters.ts";
import type { Profile, TraceContext } from "../profile.ts";
import { frozenProbe, throughRegion } from "./calibrated.ts";

/** Options of the historical profiles. */
export interface HistoricalProfileOptions extends Omit<HistoricalOptions, "size" | "channels"> {
  /** Default central, as recorded. */
  readonly mergeWeights?: MergeWeights;
}

const COUNTS_RATE_FLOOR = 1e-8;

function networkMaps(context: TraceContext, input: Tensor, options: HistoricalProfileOptions): TwoMaps {
  const { scope, shape: { groups, channels, size } } = context;
  const x = f.reshape(input, [groups, channels, size, size]);
  const maps = historicalNetwork(scope.at("autoencoder"), x, { ...options, size, channels });
  const flat = (map: Tensor) => f.reshape(map, [groups * channels, size, size]);
  return { a: flat(maps.a), b: flat(maps.b) };
}

/** Sum over the patterns of each group: [B C] -> [B]. */
function sumGroups(perPattern: Tensor, { shape: { groups, channels } }: TraceContext): Tensor {
  return f.reshape(f.sum(f.reshape(perPattern, [groups, channels]), [1]), [groups]);
}

/**
 * Amplitude profile. Frozen: `imageScale` (images = sqrt(counts) x it), `rms`, `physicsScale`, `meanImage`, `probe` over
 * its scale. The rate is (a s)^2 with a = |F psi| / rms, the observation (images s)^2.
 */
export function amplitudeProfile(options: HistoricalProfileOptions = {}): Profile {
  const weights = options.mergeWeights ?? "central";
  const images = ({ counts, frozen }: TraceContext) =>
    f.multiply(f.sqrt(counts), frozen("imageScale", [1, 1, 1]));
  return {
    name: "amplitude",
    groupedInput: true,
    patches(context) {
      const input = f.multiply(images(context), context.frozen("rms", [1, 1, 1]));
      const { a, b } = networkMaps(context, input, options);
      if (options.outputMode === "real_imag") return f.complex(a, b);
      return f.polar(a, b);
    },
    losses(context) {
      const { shape, frozen, relative, patches } = context;
      const constrained = throughRegion(patches, { shape, relative, frozen, weights });
      const intensity = diffractedIntensity(exitWaves(constrained, frozenProbe(frozen, shape)));
      const scale = frozen("physicsScale", [1, 1, 1]);
      const amplitude = f.divide(f.sqrt(intensity), frozen("rms", [1, 1, 1]));
      const rate = f.square(f.multiply(amplitude, scale));
      const nll = poissonNll(rate, f.square(f.multiply(images(context), scale)));
      return f.divide(sumGroups(nll, context), f.offset(frozen("meanImage", [1]), 1e-8));
    },
  };
}

/**
 * Counts profile. Frozen: `rmsInputScale`, `meanIntensity`, the physical `probe`. The object's real and imaginary parts
 * have trained scales s1 and s2 in front of them.
 */
export function countsProfile(options: HistoricalProfileOptions = {}): Profile {
  const weights = options.mergeWeights ?? "central";
  const network = { outputMode: "real_imag" as const, ...options };
  return {
    name: "counts",
    groupedInput: true,
    patches(context) {
      const input = f.multiply(context.counts, context.frozen("rmsInputScale", [1, 1, 1]));
      const { a, b } = networkMaps(context, input, network);
      return network.outputMode === "real_imag" ? f.complex(a, b) : f.polar(a, b);
    },
    losses(context) {
      const { scope, shape, frozen, relative, patches, counts } = context;
      const constrained = throughRegion(patches, { shape, relative, frozen, weights });
      const scale = (name: string) => f.reshape(scope.weight(name, [1], constant(1)), [1, 1, 1]);
      const scaled = f.complex(
        f.multiply(f.re(constrained), scale("s1")),
        f.multiply(f.im(constrained), scale("s2")),
      );
      const rate = atLeast(
        diffractedIntensity(exitWaves(scaled, frozenProbe(frozen, shape))),
        COUNTS_RATE_FLOOR,
      );
      return f.divide(sumGroups(poissonNll(rate, counts), context), frozen("meanIntensity", [1]));
    },
  };
}
