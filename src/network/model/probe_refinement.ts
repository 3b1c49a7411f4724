/**
 * The probe as a trained quantity: its deviation from the given one and a factor on the intensity, for each scan.
 *
 * The probe is the given one plus a deviation, within a mask, at the power of the given one; the intensity factor scales
 * it after that. Deviations are weights like all others, in units in which the network's learning rate moves the probe
 * at a rate of its own.
 *
 * @module
 */
import { functions as f, type Tensor } from "../../engine/mod.ts";
import type { StoredArray } from "../../formats/mod.ts";
import { constant, type Scope } from "./parameters.ts";
import type { BatchShape, FrozenInputs } from "./trace_context.ts";
import { scanStatistic, type Statistic, type Statistics } from "./statistics.ts";

/** Parts of the probe that are trained. */
export interface ProbeRefinement {
  /** The probe itself. */
  readonly probe: boolean;
  /** One factor on the intensity of each scan. */
  readonly intensity: boolean;
  /** Rate of the probe over that of the network. */
  readonly rate: number;
}

/** The name of the given probe among the statistics; `probe` is the refined one. */
export const GIVEN_PROBE = "givenProbe";
/**
 * The name of the probe in the file, where a solver refined it before the network: a scan is known again by it.
 */
export const FILE_PROBE = "fileProbe";
/** The name of the map of pixels in which the refined probe may have light, [N, N]. */
export const PROBE_MASK = "probeMask";
/** The input that lets the deviation count: 1 from the start epoch on, before it 0. */
export const PROBE_GATE = "probeGate";

const RE = "probe.re", IM = "probe.im", LOG_SCALE = "intensity.logScale";

/** Returns the frozen inputs with the trained probe in the place of `probe`. */
export function refineProbe(
  frozen: FrozenInputs,
  { scope, shape, refinement }: { scope: Scope; shape: BatchShape; refinement: ProbeRefinement },
): FrozenInputs {
  let refined: Tensor | undefined;
  const replaced = (name: string, size: readonly number[], dtype: "f32" | "c64" = "f32") =>
    name === "probe"
      ? refined ??= tracedProbe(frozen, { scope, shape, refinement })
      : frozen(name, size, dtype);
  return Object.assign(replaced, {
    names: frozen.names,
    gather: frozen.gather,
    perScan: frozen.perScan,
  });
}

/** The trained probe, [P, N, N], or [B C, P, N, N] where there are several scans. */
function tracedProbe(
  frozen: FrozenInputs,
  { scope, shape, refinement }: { scope: Scope; shape: BatchShape; refinement: ProbeRefinement },
): Tensor {
  const { modes, size, scans = 1 } = shape;
  const all = [scans, modes, size, size];
  const axes = [1, 2, 3];
  const power = (probe: Tensor) => f.sum(f.abs2(probe), axes);
  const given = f.reshape(frozen.perScan(GIVEN_PROBE, [modes, size, size], "c64"), all);
  let probe = given;
  if (refinement.probe) {
    const gate = f.reshape(scope.graph.input(PROBE_GATE, [1]), [1, 1, 1, 1]);
    const largest = f.sqrt(f.max(f.abs2(given), axes));
    const unit = f.scale(f.multiply(largest, gate), refinement.rate);
    const weight = (name: string) => scope.weight(name, all, constant(0));
    const deviation = f.multiply(f.complex(weight(RE), weight(IM)), unit);
    const mask = f.reshape(frozen.perScan(PROBE_MASK, [size, size]), [scans, 1, size, size]);
    const moved = f.multiply(f.add(given, deviation), mask);
    probe = f.multiply(moved, f.sqrt(f.divide(power(given), power(moved))));
  }
  if (refinement.intensity) {
    const half = f.scale(scope.weight(LOG_SCALE, [scans], constant(0)), 0.5);
    probe = f.multiply(probe, f.exp(f.reshape(half, [scans, 1, 1, 1])));
  }
  return frozen.gather ? frozen.gather(probe) : f.reshape(probe, [modes, size, size]);
}

/**
 * Returns the statistics with `probe` as the weights have refined it; as they are where nothing of it was trained.
 */
export function refinedStatistics(
  statistics: Statistics,
  { weights, rate }: { weights: ReadonlyMap<string, StoredArray>; rate: number },
): Statistics {
  const re = weights.get(RE)?.data, im = weights.get(IM)?.data, scales = weights.get(LOG_SCALE)?.data;
  if (!re && !scales) return statistics;
  const out = new Map<string, Statistic>(statistics);
  for (let scan = 0;; scan++) {
    const given = statistics.get(scanStatistic(GIVEN_PROBE, scan));
    if (!given) return out;
    const count = given.data.length / 2;
    const part = (all: Float32Array | undefined) => all?.subarray(scan * count, (scan + 1) * count);
    const mask = statistics.get(scanStatistic(PROBE_MASK, scan))?.data;
    const moved = re ? deviated(given.data, { re: part(re), im: part(im), rate, mask }) : given.data;
    const factor = Math.exp((scales?.[scan] ?? 0) / 2);
    out.set(scanStatistic("probe", scan), { ...given, data: moved.map((value) => value * factor) });
  }
}

/** The given probe with its deviation, masked, at the power of the given one. */
function deviated(
  given: Float32Array,
  { re, im, rate, mask }: {
    re: Float32Array | undefined;
    im: Float32Array | undefined;
    rate: number;
    mask: Float32Array | undefined;
  },
): Float32Array {
  let [largest, before, after] = [0, 0, 0];
  for (let i = 0; i < given.length; i += 2) {
    const power = given[i] ** 2 + given[i + 1] ** 2;
    largest = Math.max(largest, power);
    before += power;
  }
  const unit = Math.sqrt(largest) * rate;
  const out = given.map((value, i) => {
    const deviation = (i % 2 === 0 ? re : im)?.[i >> 1] ?? 0;
    return (value + unit * deviation) * (mask ? mask[(i >> 1) % mask.length] : 1);
  });
  for (const value of out) after += value * value;
  const factor = Math.sqrt(before / after);
  return out.map((value) => value * factor);
}
