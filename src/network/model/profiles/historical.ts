/**
 * The two historical profiles of PtychoPINN, `amplitude` and `counts`, as recorded in its reference vectors.
 *
 * @module
 */
import { atLeast, diffractedIntensity, exitWaves, type MergeWeights } from "../../../physics/mod.ts";
import { functions as f, type Tensor } from "../../../engine/mod.ts";
import { historicalNetwork, type HistoricalOptions } from "../historical.ts";
import type { Objective } from "../objective.ts";
import { constant } from "../parameters.ts";
import type { PatchMaps, TraceContext } from "../trace_context.ts";
import { type Profile, profileOf } from "../profile.ts";
import { frozenProbe, throughRegion } from "./calibrated.ts";

/** Options of the historical profiles. */
export interface HistoricalProfileOptions extends Omit<HistoricalOptions, "size" | "channels"> {
  /** Default central, as recorded. */
  readonly mergeWeights?: MergeWeights;
  /** Default: the Poisson likelihood. */
  readonly objective?: Objective;
}

const COUNTS_RATE_FLOOR = 1e-8;

/** Keeps the modulus of a complex patch away from 0, where it has no gradient. */
const MODULUS_FLOOR = 1e-8;

/** Patterns [B C, N, N] as the channels of their groups. */
function grouped(patterns: Tensor, { shape: { batchSize, channels, size } }: TraceContext): Tensor {
  return f.reshape(patterns, [batchSize, channels, size, size]);
}

function networkMaps(context: TraceContext, x: Tensor, options: HistoricalProfileOptions): PatchMaps {
  const { scope, shape: { batchSize, channels, size } } = context;
  const maps = historicalNetwork(scope.at("autoencoder"), x, { ...options, size, channels });
  const flat = (map: Tensor) => f.reshape(map, [batchSize * channels, size, size]);
  const [a, b] = [flat(maps.a), flat(maps.b)];
  if (options.outputMode !== "real_imag") return { patches: f.polar(a, b), amplitude: a, phase: b };
  const patches = f.complex(a, b);
  return { patches, amplitude: f.sqrt(f.offset(f.abs2(patches), MODULUS_FLOOR)) };
}

/** A scalar of the scan that broadcasts over patterns [B C, N, N]: [1, 1], or [B C, 1, 1]. */
const scalar = ({ frozen }: TraceContext, name: string) => frozen(name, [1, 1]);

/**
 * Amplitude profile. Frozen: `imageScale` (images = sqrt(counts) x it), `rms`, `physicsScale`, `meanImage`, `probe` over
 * its scale. The rate is (a s)^2 with a = |F psi| / rms, the observation (images s)^2.
 */
export function amplitudeProfile(options: HistoricalProfileOptions = {}): Profile {
  const weights = options.mergeWeights ?? "central";
  const images = (context: TraceContext) => f.multiply(f.sqrt(context.counts), scalar(context, "imageScale"));
  return profileOf({
    name: "amplitude",
    groupedInput: true,
    input: (context) => grouped(f.multiply(images(context), scalar(context, "rms")), context),
    predict: (context, input) => networkMaps(context, input, options),
    rates(context) {
      const { shape, frozen } = context;
      const constrained = throughRegion(context, { weights });
      const intensity = diffractedIntensity(exitWaves(constrained, frozenProbe(frozen, shape)));
      const scale = scalar(context, "physicsScale");
      const amplitude = f.divide(f.sqrt(intensity), scalar(context, "rms"));
      return {
        rate: f.square(f.multiply(amplitude, scale)),
        observed: f.square(f.multiply(images(context), scale)),
        divisor: () => f.offset(frozen("meanImage", [1]), 1e-8),
        group: "sum",
      };
    },
  }, options.objective);
}

/**
 * Counts profile. Frozen: `rmsInputScale`, `meanIntensity`, the physical `probe`. The object's real and imaginary parts
 * have trained scales s1 and s2 in front of them.
 */
export function countsProfile(options: HistoricalProfileOptions = {}): Profile {
  const weights = options.mergeWeights ?? "central";
  const network = { outputMode: "real_imag" as const, ...options };
  return profileOf({
    name: "counts",
    groupedInput: true,
    input: (context) => grouped(f.multiply(context.counts, scalar(context, "rmsInputScale")), context),
    predict: (context, input) => networkMaps(context, input, network),
    rates(context) {
      const { scope, shape, frozen, counts } = context;
      const constrained = throughRegion(context, { weights });
      const scale = (name: string) => f.reshape(scope.weight(name, [1], constant(1)), [1, 1, 1]);
      const scaled = f.complex(
        f.multiply(f.re(constrained), scale("s1")),
        f.multiply(f.im(constrained), scale("s2")),
      );
      const rate = atLeast(
        diffractedIntensity(exitWaves(scaled, frozenProbe(frozen, shape))),
        COUNTS_RATE_FLOOR,
      );
      return { rate, observed: counts, divisor: () => frozen("meanIntensity", [1]), group: "sum" };
    },
  }, options.objective);
}
