/**
 * The frozen quantities of a model, measured once on the training split: scaled probe, mean pattern, scales.
 *
 * @module
 */
import type { ModelConfig } from "../../config/mod.ts";
import { type AnyDevice, compile, functions as f, Graph } from "../../engine/mod.ts";
import { GIVEN_PROBE, PROBE_MASK } from "./probe_refinement.ts";
import type { Statistic, Statistics } from "./statistics.ts";
import { Fft2 } from "../../numeric/mod.ts";
import { backProject, maskProbe, probeMask, scaleToPhotons, withModes } from "../../physics/mod.ts";

import { readAhead, type Scan } from "../../scan/mod.ts";

/** Options of {@linkcode freezeStatistics}. */
export interface FreezeOptions {
  readonly model: ModelConfig;
  readonly device: AnyDevice;
  /** Patterns of the training split. */
  readonly indices: Int32Array;
  /** Probe modes. Default: the setting, else those of the file. */
  readonly modes?: number;
  /** Probe (P, N, N) in the place of the one in the file, at any scale. */
  readonly probe?: Float32Array;
  readonly signal?: AbortSignal;
}

const CHUNK = 64;
/** Regularisation of the division by the probe, in units of the largest |P|^2. */
const BACK_PROJECTION_DAMPING = 0.1;

/** Measures the frozen quantities that the model's profile uses. */
export async function freezeStatistics(scan: Scan, options: FreezeOptions): Promise<Statistics> {
  const { model, device, indices, modes, signal } = options;
  const moments = await patternMoments(scan, { indices, signal });
  const { size } = scan;
  const photons = model.profile === "amplitude" ? (size / 2) ** 2 : moments.countsPerPattern;
  const given = options.probe ?? givenProbe(scan, { model, modes });
  const probe = scaleToPhotons(given, photons);
  const ofProbe = complexStatistic([given.length / (2 * size * size), size, size], probe);
  const statistics = new Map<string, Statistic>([["probe", ofProbe]]);
  if (refinementOf(model)) {
    statistics.set(GIVEN_PROBE, ofProbe);
    const mask = probeMaskOf(model, size) ?? new Float32Array(size * size).fill(1);
    statistics.set(PROBE_MASK, { shape: [size, size], dtype: "f32", data: mask });
  }
  const scalar = (name: string, value: number, rank = 3) =>
    statistics.set(name, { shape: Array(rank).fill(1), dtype: "f32", data: Float32Array.of(value) });
  if (model.mergeWeights !== "probe") {
    statistics.set("centralSquare", { shape: [1, size, size], dtype: "f32", data: centralSquare(size) });
  }
  const brightness = (meanSum: number) => Math.sqrt((size / 2) ** 2 / meanSum);
  if (model.profile === "amplitude") {
    scalar("imageScale", 1);
    scalar("physicsScale", 1);
    scalar("rms", brightness(moments.countsPerPattern));
    scalar("meanImage", moments.meanAmplitude, 1);
  } else if (model.profile === "counts") {
    scalar("rmsInputScale", brightness(moments.squaresPerPattern));
    scalar("meanIntensity", moments.countsPerPattern / size ** 2, 1);
  } else {
    scalar("meanCount", moments.countsPerPattern / size ** 2, 1);
    const { meanPattern } = moments;
    await addBackProjection(scan, { statistics, probe, meanPattern, device, indices, signal });
  }
  if (model.loss === "mae") scalar("meanImage", moments.meanAmplitude, 1);
  return statistics;
}

/** Returns the probe of a file with as many modes as asked for, within its mask. */
export function givenProbe(
  { probe, size }: Scan,
  { model, modes = model.probeModes ?? probe.modes }: { model: ModelConfig; modes?: number },
): Float64Array {
  const mask = probeMaskOf(model, size);
  const moded = withModes(probe.data, { side: size, modes });
  return mask ? maskProbe(moded, mask) : moded;
}

/** Returns which of the probe and its intensity are trained; undefined where neither is. */
export function refinementOf(
  { modelType, probeTrainable, intensityScaleTrainable }: ModelConfig,
): { readonly probe: boolean; readonly intensity: boolean } | undefined {
  if (modelType === "supervised" || !(probeTrainable || intensityScaleTrainable)) return undefined;
  return { probe: probeTrainable, intensity: intensityScaleTrainable };
}

/** Default width of the probe mask as a part of N. */
const MASK_WIDTH = 0.75;

/** Makes the mask that the probe is kept within, (N, N); undefined where there is none. */
export function probeMaskOf(
  { probeMask: masked, probeMaskDiameter, probeMaskEdge }: ModelConfig,
  size: number,
): Float32Array | undefined {
  if (!masked) return undefined;
  return probeMask({ side: size, diameter: probeMaskDiameter ?? MASK_WIDTH * size, edge: probeMaskEdge });
}

/** Patterns that are read. */
interface Patterns {
  readonly indices: Int32Array;
  readonly signal: AbortSignal | undefined;
}

interface PatternMoments {
  /** Mean counts of each pixel. */
  readonly meanPattern: Float64Array;
  readonly countsPerPattern: number;
  readonly squaresPerPattern: number;
  /** Mean of sqrt(counts) over pixels and patterns. */
  readonly meanAmplitude: number;
}

async function patternMoments(scan: Scan, { indices, signal }: Patterns): Promise<PatternMoments> {
  const pixels = scan.size ** 2;
  const sum = new Float64Array(pixels);
  let squares = 0;
  let amplitudes = 0;
  for await (const { counts } of chunksOf(scan, { indices, signal })) {
    for (let at = 0; at < counts.length; at += pixels) {
      for (let i = 0; i < pixels; i++) {
        const value = counts[at + i];
        sum[i] += value;
        squares += value * value;
        amplitudes += Math.sqrt(value);
      }
    }
  }
  const n = indices.length;
  return {
    meanPattern: sum.map((value) => value / n),
    countsPerPattern: sum.reduce((total, value) => total + value, 0) / n,
    squaresPerPattern: squares / n,
    meanAmplitude: amplitudes / n / pixels,
  };
}

/** Patterns of the split in order, a chunk at a time. */
async function* chunksOf(
  scan: Scan,
  { indices, signal }: Patterns,
): AsyncGenerator<{ counts: Float32Array; patterns: number }> {
  const partOf = (k: number) => indices.subarray(k * CHUNK, (k + 1) * CHUNK);
  const chunks = readAhead({
    count: Math.ceil(indices.length / CHUNK),
    depth: scan.readAhead,
    read: async (k) => ({ counts: await scan.readCounts(partOf(k)), patterns: partOf(k).length }),
  });
  for await (const chunk of chunks) {
    signal?.throwIfAborted();
    yield chunk;
  }
}

function complexStatistic(shape: readonly number[], data: Float64Array): Statistic {
  return { shape, dtype: "c64", data: Float32Array.from(data) };
}

/** 1 on the central N/2 x N/2, 0 outside. */
function centralSquare(size: number): Float32Array {
  const inside = (k: number) => k >= size / 4 && k < 3 * size / 4;
  return Float32Array.from(
    { length: size * size },
    (_, i) => inside(Math.floor(i / size)) && inside(i % size) ? 1 : 0,
  );
}

/**
 * Adds `meanAmplitude`, `spectrumPhase` and `backFilter`, the latter over the standard deviation of both channels of the
 * back-projected training split. The first probe mode carries the phase.
 */
async function addBackProjection(
  scan: Scan,
  { statistics, probe, meanPattern, device, indices, signal }: Patterns & {
    readonly statistics: Map<string, Statistic>;
    readonly probe: Float64Array;
    readonly meanPattern: Float64Array;
    readonly device: AnyDevice;
  },
): Promise<void> {
  const { size } = scan;
  const pixels = size * size;
  const first = probe.slice(0, 2 * pixels);
  const spectrum = first.slice();
  new Fft2(size, size).forwardCentred(spectrum);
  const phase = mapComplex(spectrum, (re, im) => {
    const modulus = Math.hypot(re, im);
    return modulus === 0 ? [1, 0] : [re / modulus, im / modulus];
  });
  let largest = 0;
  for (let i = 0; i < pixels; i++) largest = Math.max(largest, first[2 * i] ** 2 + first[2 * i + 1] ** 2);
  const filter = mapComplex(first, (re, im) => {
    const denominator = re * re + im * im + BACK_PROJECTION_DAMPING * largest;
    return [re / denominator, -im / denominator];
  });
  const meanAmplitude = Float32Array.from(meanPattern, Math.sqrt);
  statistics.set("meanAmplitude", { shape: [size, size], dtype: "f32", data: meanAmplitude });
  statistics.set("spectrumPhase", complexStatistic([size, size], phase));
  statistics.set("backFilter", complexStatistic([size, size], filter));
  const deviation = await inputDeviation(scan, { statistics, device, indices, signal });
  statistics.set("backFilter", complexStatistic([size, size], filter.map((value) => value / deviation)));
}

function mapComplex(data: Float64Array, change: (re: number, im: number) => [number, number]): Float64Array {
  const out = new Float64Array(data.length);
  for (let i = 0; i < data.length; i += 2) [out[i], out[i + 1]] = change(data[i], data[i + 1]);
  return out;
}

/** Standard deviation of the back-projected input over the split, computed on the device. */
async function inputDeviation(
  scan: Scan,
  { statistics, device, indices, signal }: Patterns & {
    readonly statistics: Statistics;
    readonly device: AnyDevice;
  },
): Promise<number> {
  const { size } = scan;
  const graph = new Graph();
  const counts = graph.input("counts", [CHUNK, size, size]);
  const use = graph.input("use", [CHUNK, 1, 1, 1]);
  const plane = (name: string, dtype: "f32" | "c64" = "f32") => graph.input(name, [size, size], dtype);
  const x = f.multiply(
    use,
    backProject(f.sqrt(counts), {
      meanAmplitude: plane("meanAmplitude"),
      spectrumPhase: plane("spectrumPhase", "c64"),
      filter: plane("backFilter", "c64"),
    }),
  );
  using program = await compile(device, { graph, outputs: { sum: f.sum(x), squares: f.sum(f.square(x)) } });
  for (const name of ["meanAmplitude", "spectrumPhase", "backFilter"]) {
    program.write(name, statistics.get(name)?.data ?? new Float32Array());
  }
  let sum = 0;
  let squares = 0;
  const padded = new Float32Array(CHUNK * size * size);
  for await (const chunk of chunksOf(scan, { indices, signal })) {
    padded.set(chunk.counts);
    program.write("counts", padded);
    program.write("use", Float32Array.from({ length: CHUNK }, (_, k) => k < chunk.patterns ? 1 : 0));
    program.run();
    sum += (await program.read("sum"))[0];
    squares += (await program.read("squares"))[0];
  }
  const values = 2 * indices.length * size * size;
  return Math.sqrt(Math.max(squares / values - (sum / values) ** 2, Number.MIN_VALUE));
}
