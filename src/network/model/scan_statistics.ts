/**
 * The frozen quantities of one or several scans, and those that a further scan is reconstructed with.
 *
 * @module
 */
import { probeOverlap } from "../../physics/mod.ts";
import { DataError, type Logger, silentLogger } from "../../common/mod.ts";
import type { Config } from "../../config/mod.ts";
import type { AnyDevice } from "../../engine/mod.ts";
import { FILE_PROBE, GIVEN_PROBE, type ProbeRefinement } from "./probe_refinement.ts";
import type { Model } from "./model.ts";
import { DETECTOR_MASK } from "./objective.ts";
import { scansOf, scanStatistic, type Statistic, type Statistics } from "./statistics.ts";
import { partsOf, type Scan, type ScanSet } from "../../scan/mod.ts";

import { type FreezeOptions, freezeStatistics, givenProbe, refinementOf } from "./measured_statistics.ts";

/** Options of {@linkcode freezeAll}. */
export interface FreezeAllOptions extends Omit<FreezeOptions, "modes" | "probe"> {
  /** Of each scan the probe in the place of the one in its file, where there is one. */
  readonly probes?: readonly (Float32Array | undefined)[];
}

/**
 * Measures the quantities of every scan on its own patterns of the split. `indices` are of all scans together. Where
 * another probe takes the place of one in a file, the latter is kept as well.
 */
export async function freezeAll(scan: Scan | ScanSet, options: FreezeAllOptions): Promise<Statistics> {
  const { probes = [], model, device, signal } = options;
  const replaced = probes.some((probe) => probe !== undefined);
  const parts = partsOf(scan);
  const masked = parts.some((part) => part.scan.mask);
  const modes = modesOf(scan, model);
  const all = new Map<string, Statistic>();
  for (const [k, part] of parts.entries()) {
    const own = options.indices.filter((i) => i >= part.start && i < part.start + part.scan.n);
    const indices = own.map((i) => i - part.start);
    const statistics = await freezeStatistics(part.scan, {
      model,
      device,
      indices,
      modes,
      probe: probes[k],
      signal,
    });
    for (const [name, statistic] of statistics) all.set(scanStatistic(name, k), statistic);
    const { size, mask } = part.scan;
    if (masked) {
      const good = Float32Array.from(mask ?? new Uint8Array(size * size).fill(1));
      all.set(scanStatistic(DETECTOR_MASK, k), { shape: [size, size], dtype: "f32", data: good });
    }
    const data = replaced && Float32Array.from(givenProbe(part.scan, { model, modes }));
    if (data) all.set(scanStatistic(FILE_PROBE, k), { shape: [modes, size, size], dtype: "c64", data });
  }
  return all;
}

/** Probe modes that a model of these scans has: as many as asked for, else as the scan with the most. */
export function modesOf(
  scan: Scan | ScanSet,
  { probeModes }: { readonly probeModes: number | null },
): number {
  return probeModes ?? Math.max(...partsOf(scan).map((part) => part.scan.probe.modes));
}

/** Returns the parts of the probe that are trained with their rate; undefined where none is. */
export function probeRefinement(
  { model, training }: Pick<Config, "model" | "training">,
): ProbeRefinement | undefined {
  const what = refinementOf(model);
  return what && { ...what, rate: model.probeLearningRate / training.learningRate };
}

/** Throws `DataError` for a near field: the network's forward model is that of the far field. */
export function refuseNearField({ source, geometry }: Pick<Scan, "source" | "geometry">): void {
  if (geometry === undefined || geometry.propagation === "far") return;
  throw new DataError({
    file: source,
    key: "_metadata",
    found: `a near field (propagation ${geometry.propagation})`,
    expected: "a far field, as the network models it",
    remedy: "use plica reconstruct, whose solvers take near fields",
  });
}

/** Given probes that agree to this are the same probe. */
const SAME_PROBE = 0.999;
/** Mean counts of the same scan, or of a part of it, differ by less. */
export const SAME_BRIGHTNESS = 0.1;

/**
 * Returns the model with the quantities that suit a scan: those of the scan that it was trained on where the given
 * probe is the same, so that a refined probe is used again; else measured on the scan itself, with the probe in its
 * file. Where only the brightness differs, they are measured anew with the trained probe.
 */
export async function modelForScan(
  scan: Scan,
  { model, device, signal, logger = silentLogger }: {
    readonly model: Model;
    readonly device: AnyDevice;
    readonly logger?: Logger;
    readonly signal?: AbortSignal;
  },
): Promise<Model> {
  if (scan.size !== model.size) return model; // refused where patches are predicted
  const own = givenProbe(scan, { model: model.config, modes: probeModesOf(model) });
  const [best] = Array.from({ length: scansOf(model.statistics) }, (_, k) => {
    const given = model.statistics.get(scanStatistic(FILE_PROBE, k)) ??
      model.statistics.get(scanStatistic(GIVEN_PROBE, k)) ??
      model.statistics.get(scanStatistic("probe", k));
    return { k, overlap: given ? probeOverlap(own, given.data) : 0 };
  }).sort((a, b) => b.overlap - a.overlap);
  const same = best.overlap >= SAME_PROBE;
  const trained = ofScan(model.statistics, best.k);
  if (same && Math.abs(scan.meanCounts / brightnessOf(trained, model) - 1) < SAME_BRIGHTNESS) {
    return { ...model, statistics: trained };
  }
  const without = !model.statistics.has("probe");
  logger.info(
    without
      ? "a model without a probe: reconstructing with the probe and the scales of this scan"
      : same
      ? "another brightness than in training: the input is scaled to that of this scan"
      : "another probe than in training: reconstructing with the probe and the scales of this scan",
  );
  const indices = Int32Array.from({ length: scan.n }, (_, i) => i);
  const probe = same ? trained.get("probe")?.data : undefined; // scaled to the counts of this scan
  const statistics = await freezeStatistics(scan, {
    model: model.config,
    modes: probeModesOf(model),
    device,
    indices,
    signal,
    probe,
  });
  // scales that come with a model of another program are those that it was trained with
  return { ...model, statistics: without ? new Map([...statistics, ...model.statistics]) : statistics };
}

function probeModesOf({ statistics }: Model): number {
  return statistics.get("probe")?.shape[0] ?? 1;
}

/** The quantities of one of the scans, under their plain names. */
function ofScan(statistics: Statistics, scan: number): Statistics {
  const isPlain = (name: string) => !/^scan\d+\./.test(name);
  return new Map(
    [...statistics.keys()].filter(isPlain).map((name): [string, Statistic] => {
      const own = statistics.get(scanStatistic(name, scan));
      if (!own) throw new RangeError(`the model has no statistic ${scanStatistic(name, scan)}`);
      return [name, own];
    }),
  );
}

/** Returns the mean counts of a pattern that the quantities were measured at. */
export function brightnessOf(statistics: Statistics, { config, size }: Model): number {
  if (config.profile === "amplitude") {
    return (size / 2) ** 2 / (statistics.get("rms")?.data[0] ?? NaN) ** 2;
  }
  const name = config.profile === "counts" ? "meanIntensity" : "meanCount";
  return (statistics.get(name)?.data[0] ?? NaN) * size ** 2;
}
