/**
 * Simulated scans as files.
 *
 * @module
 */
import { files } from "../host/mod.ts";
import {
  describeNames,
  type Logger,
  OptionError,
  PLICA_VERSION,
  type ProgressListener,
  silentLogger,
} from "../common/mod.ts";

import { refuseUnknown } from "../config/mod.ts";
import type { AnyDevice } from "../engine/mod.ts";

import { type NpyArray, type NpyStream, type NpzArrays, textArray, writeNpz } from "../formats/mod.ts";

import { splitHalves } from "../scan/mod.ts";
import type { Detector } from "./detector.ts";
import { patchBatches, simulatePatterns } from "./patterns.ts";
import { openDetector, type SimulationPlan } from "./plan.ts";

/** Options of {@linkcode simulateToFiles}. */
export interface SimulateToFilesOptions {
  readonly device: AnyDevice;
  /** Path of the NPZ. With several doses or a split the name gets `_dose1e4`, `_train`, `_test` before its ending. */
  readonly file: string;
  /** Replace files that are there. Default false. */
  readonly overwrite?: boolean;
  readonly logger?: Logger;
  readonly onProgress?: ProgressListener;
  readonly signal?: AbortSignal;
}

/** A file that was written. */
export interface SimulatedFile {
  readonly file: string;
  readonly patterns: number;
  /** Mean photons that were asked for. */
  readonly dose: number;
  /** Mean counts of a pattern as written. */
  readonly meanCounts: number;
  readonly maxCounts: number;
  /** Pixels at the largest count, in all patterns together. */
  readonly saturatedPixels: number;
  /** Patterns with zeros only or one constant value, which no scan may contain. */
  readonly unusablePatterns: number;
  readonly part: Part;
}

/** Of a split; `all` without one. */
export type Part = "all" | "train" | "test";

/**
 * Writes the scans of a plan in the canonical form: `diffraction` (amplitude as float32, or counts as integers where
 * the detector has a bit depth), `xcoords` and `ycoords` with the errors of the stage, `xcoords_true` and `ycoords_true`
 * without, the true `probeGuess` and `objectGuess`, `label_amp` and `label_phase` (the true patch of each position), `mask`
 * (1 where a pixel counts) where the detector has bad pixels, and `_metadata`. The same plan gives the same bytes.
 * Patterns pass through memory batch by batch. Throws `OptionError` where a file is in the way, `DataError` where one
 * cannot be written.
 */
export async function simulateToFiles(
  plan: SimulationPlan,
  options: SimulateToFilesOptions,
): Promise<SimulatedFile[]> {
  refuseUnknown(
    options,
    ["device", "file", "overwrite", "logger", "onProgress", "signal"],
    "simulateToFiles",
  );
  const parts = partsOf(plan);
  const jobs = plan.doses.flatMap((dose) =>
    parts.map(({ part, indices }) => ({
      dose,
      part,
      indices,
      file: fileName(plan, options.file, { dose, part }),
    }))
  );
  await checkTargets(jobs.map(({ file }) => file), options.overwrite ?? false);
  const total = jobs.reduce((sum, { indices }) => sum + indices.length, 0);
  const written: SimulatedFile[] = [];
  let before = 0;
  for (const job of jobs) {
    const onDone = (done: number) =>
      options.onProgress?.({ phase: "simulate", done: before + done, total, unit: "patterns" });
    written.push(
      await writeScan(plan, {
        ...job,
        device: options.device,
        logger: options.logger,
        signal: options.signal,
        onDone,
      }),
    );
    before += job.indices.length;
  }
  return written;
}

/** Returns the files that a plan will write to. */
export function simulationTargets(plan: SimulationPlan, file: string): string[] {
  return plan.doses.flatMap((dose) => partsOf(plan).map(({ part }) => fileName(plan, file, { dose, part })));
}

/** Throws `OptionError` if a target exists already or its folder is missing. */
export async function checkTargets(targets: readonly string[], overwrite: boolean): Promise<void> {
  for (const file of targets) {
    const info = await files.stat(file).catch(() => undefined);
    if (info && (info.isFolder || !overwrite)) {
      throw new OptionError({
        option: "outputFile",
        found: `${file}: ${info.isFolder ? "a folder" : "a file that is there already"}`,
        expected: "a new file",
        remedy: info.isFolder ? "choose another name" : "choose another name, or set the option overwrite",
      });
    }
    const folder = /^(.*)[\\/]/.exec(file)?.[1] ?? ".";
    const place = await files.stat(folder || "/").catch(() => undefined);
    if (place?.isFolder) continue;
    throw new OptionError({
      option: "outputFile",
      found: `${file}: ${place ? `${folder} is a file` : `there is no folder ${folder}`}`,
      expected: "a file in a folder that is there",
      remedy: "make the folder first, or choose another name",
    });
  }
}

function fileName(
  { doses, settings }: SimulationPlan,
  file: string,
  { dose, part }: { dose: number; part: Part },
): string {
  const [, stem, ending] = /^(.*?)(\.npz)?$/s.exec(file) ?? [];
  const ofDose = doses.length > 1 ? `_dose${dose.toExponential().replace("+", "")}` : "";
  return `${stem}${ofDose}${settings.split === "none" ? "" : `_${part}`}${ending ?? ".npz"}`;
}

/** The halves by y, or all patterns. */
function partsOf(
  { settings, truePositions: { y } }: SimulationPlan,
): { part: Part; indices: Int32Array }[] {
  if (settings.split === "none") return [{ part: "all", indices: Int32Array.from(y, (_, i) => i) }];
  const { train, test } = splitHalves(y);
  return [{ part: "train", indices: train }, { part: "test", indices: test }];
}

interface Job extends SimulateToFilesOptions {
  readonly dose: number;
  readonly part: Part;
  readonly indices: Int32Array;
  readonly onDone: (patterns: number) => void;
}

async function writeScan(plan: SimulationPlan, job: Job): Promise<SimulatedFile> {
  const { file, dose, part, indices, logger = silentLogger } = job;
  const detector = openDetector(plan.settings, { dose });
  const tally: Tally = { sum: 0, largest: 0, unusable: [] };
  const arrays: Record<string, NpzArrays[string]> = {
    diffraction: patternStream(plan, { ...job, detector, tally }),
    ...columns(plan, indices),
    ...truthOf(plan, { dose }),
    ...(detector.hasMask ? { mask: maskArray(plan, detector) } : {}),
    _metadata: textArray(JSON.stringify(metadataOf(plan, job))),
    ...(plan.settings.labels ? labelStreams(plan, job) : {}),
  };
  await writeNpz(file, arrays);
  if (tally.unusable.length > 0) {
    const which = describeNames(tally.unusable.map(String), 5);
    logger.warn(
      `${file}: zeros only or one constant value in patterns ${which}: raise the dose to use this scan`,
    );
  }
  return {
    file,
    patterns: indices.length,
    dose,
    meanCounts: tally.sum / indices.length,
    maxCounts: tally.largest,
    saturatedPixels: detector.saturated,
    unusablePatterns: tally.unusable.length,
    part,
  };
}

/** Statistics gathered while the patterns are written. */
interface Tally {
  sum: number;
  largest: number;
  readonly unusable: number[];
}

function patternStream(
  plan: SimulationPlan,
  job: Job & { readonly detector: Detector; readonly tally: Tally },
): NpyStream {
  const { size, bitDepth } = plan.settings;
  const { device, dose, indices, detector, tally, signal, onDone } = job;
  async function* chunks() {
    onDone(0);
    for await (
      const { start, count, counts } of simulatePatterns(plan, { device, dose, indices, detector, signal })
    ) {
      for (let k = 0; k < count; k++) {
        if (!addPattern(tally, counts.subarray(k * size * size, (k + 1) * size * size))) {
          tally.unusable.push(start + k);
        }
      }
      yield bitDepth === null ? Float32Array.from(counts, Math.sqrt) : integersOf(bitDepth).from(counts);
      onDone(start + count);
    }
  }
  const dtype = bitDepth === null ? "float32" : integersOf(bitDepth).dtype;
  return { dtype, shape: [indices.length, size, size], chunks: chunks() };
}

/** Adds a pattern to the tally; false where it has one value only. */
function addPattern(tally: Tally, counts: Float64Array): boolean {
  let [low, high] = [Infinity, -Infinity];
  for (const v of counts) {
    tally.sum += v;
    if (v < low) low = v;
    if (v > high) high = v;
  }
  tally.largest = Math.max(tally.largest, high);
  return high > low;
}

/** The smallest integers that hold the counts. */
function integersOf(bits: number) {
  if (bits <= 8) return { dtype: "uint8", from: (v: Float64Array) => Uint8Array.from(v) } as const;
  if (bits <= 16) return { dtype: "uint16", from: (v: Float64Array) => Uint16Array.from(v) } as const;
  return { dtype: "uint32", from: (v: Float64Array) => Uint32Array.from(v) } as const;
}

function columns(
  { positions, truePositions }: SimulationPlan,
  indices: Int32Array,
): Record<string, NpyArray> {
  const column = (values: Float64Array): NpyArray => ({
    dtype: "float64",
    shape: [indices.length],
    data: Float64Array.from(indices, (i) => values[i]),
  });
  return {
    xcoords: column(positions.x),
    ycoords: column(positions.y),
    xcoords_true: column(truePositions.x),
    ycoords_true: column(truePositions.y),
  };
}

function truthOf({ probe, object, settings: { size } }: SimulationPlan, { dose }: { dose: number }) {
  const amplitude = Math.sqrt(dose);
  const modes = probe.length / (2 * size * size);
  return {
    probeGuess: {
      dtype: "complex64",
      shape: [modes, size, size],
      data: Float32Array.from(probe, (v) => v * amplitude),
    },
    objectGuess: {
      dtype: "complex64",
      shape: [object.height, object.width],
      data: Float32Array.from(object.data),
    },
  } as const;
}

function maskArray({ settings: { size } }: SimulationPlan, { mask }: Detector): NpyArray {
  return { dtype: "uint8", shape: [size, size], data: mask };
}

function labelStreams(plan: SimulationPlan, { indices, signal }: Job): Record<string, NpyStream> {
  const { size } = plan.settings;
  const pixels = size * size;
  async function* pieces(value: (re: number, im: number) => number) {
    for (const { count, patches } of patchBatches(plan, { indices, signal })) {
      const out = new Float32Array(count * pixels);
      for (let i = 0; i < out.length; i++) out[i] = value(patches[2 * i], patches[2 * i + 1]);
      yield out;
    }
  }
  const stream = (value: (re: number, im: number) => number): NpyStream => ({
    dtype: "float32",
    shape: [indices.length, size, size],
    chunks: pieces(value),
  });
  return { label_amp: stream(Math.hypot), label_phase: stream((re, im) => Math.atan2(im, re)) };
}

function metadataOf(
  { settings, geometry, stepPx }: SimulationPlan,
  { dose, part }: Job,
): Record<string, unknown> {
  const { propagation, wavelengthM, pixelSizeM, detectorPixelM, distanceM, focusDistanceM } = geometry;
  return {
    note:
      "simulated; objectGuess and probeGuess are the truth, and xcoords_true, ycoords_true the true positions",
    origin: "plica simulate",
    version: PLICA_VERSION,
    pixel_size_m: pixelSizeM,
    wavelength_m: wavelengthM,
    detector_distance_m: distanceM,
    detector_pixel_m: detectorPixelM,
    ...(focusDistanceM === undefined ? {} : { focus_distance_m: focusDistanceM }),
    propagation,
    photons_per_pattern: dose,
    step_px: stepPx,
    position_error_px: settings.positionError,
    part,
    simulation: settings,
  };
}
