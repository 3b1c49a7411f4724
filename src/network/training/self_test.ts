/**
 * The self-test of a device: known answers, embedded in the program.
 *
 * @module
 */
import { type AnyDevice, compile, functions as f, Graph, Storage } from "../../engine/mod.ts";
import { Weights } from "../model/parameters.ts";
import type { Statistic, Statistics } from "../model/statistics.ts";
import { calibratedProfile } from "../model/profiles/calibrated.ts";
import { Random } from "../../numeric/mod.ts";

import vectors from "./self_test_vectors.json" with { type: "json" };
import { traceStep, trainingSpaces } from "./update.ts";
import { prepare } from "./trainer.ts";

/** One check. */
export interface SelfTestResult {
  readonly name: string;
  /** Largest deviation, relative to the largest known value. */
  readonly error: number;
  readonly tolerance: number;
  readonly passed: boolean;
}

/**
 * Checks a device against known answers: a sub-pixel translation recorded from PyTorch, the transform of a plane wave, and
 * loss and gradient of a training step of the calibrated profile as float64 has them.
 */
export async function selfTest(device: AnyDevice): Promise<SelfTestResult[]> {
  return [
    result("translation", await translationError(device), 1e-5),
    result("Fourier transform", await planeWaveError(device), 1e-5),
    result("training step", await stepError(device), 1e-3),
  ];
}

const result = (name: string, error: number, tolerance: number): SelfTestResult => ({
  name,
  error,
  tolerance,
  passed: error <= tolerance,
});

function deviation(found: Float32Array, expected: readonly number[]): number {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return expected.reduce((most, value, i) => {
    const error = Math.abs(found[i] - value) / largest;
    return error <= most ? most : error; // NaN stays
  }, 0);
}

async function translationError(device: AnyDevice): Promise<number> {
  const { shape, offset, image, out } = vectors.translate;
  const graph = new Graph();
  const offsets = graph.input("offset", [1, 2]);
  const y = f.translate(graph.input("image", [1, ...shape], "c64"), { offsets, sign: 1 });
  using program = await compile(device, { graph, outputs: { y } });
  program.write("image", Float32Array.from(image));
  program.write("offset", Float32Array.from(offset));
  program.run();
  return deviation(await program.read("y"), out);
}

/** A plane wave of (3, -5) periods becomes one pixel at N/2 + (3, -5). */
async function planeWaveError(device: AnyDevice): Promise<number> {
  const n = 64;
  const graph = new Graph();
  const y = f.fft2(graph.input("x", [n, n], "c64"));
  using program = await compile(device, { graph, outputs: { y } });
  const wave = new Float32Array(2 * n * n);
  for (let i = 0; i < n * n; i++) {
    const angle = 2 * Math.PI * (3 * Math.floor(i / n) - 5 * (i % n)) / n;
    wave[2 * i] = Math.cos(angle);
    wave[2 * i + 1] = Math.sin(angle);
  }
  program.write("x", wave);
  program.run();
  const expected = Array<number>(2 * n * n).fill(0);
  expected[2 * ((n / 2 + 3) * n + n / 2 - 5)] = n;
  return deviation(await program.read("y"), expected);
}

/** Loss and gradient norm of the seeded step, as a device finds them. */
async function seededStep(device: AnyDevice): Promise<{ loss: number; gradientNorm: number }> {
  const [size, channels] = [64, 4];
  const random = new Random(1, "self test");
  const profile = calibratedProfile({ filtersScale: 1 });
  const weights = new Weights();
  const shape = { batchSize: 1, channels, size, modes: 1, regionSize: size + 8 };
  const traced = traceStep({ profile, weights, shape, update: { optimizer: "adam" } });
  const storages = Object.values(trainingSpaces(weights)).map((space) => new Storage(device, space));
  try {
    using program = await prepare(device, { traced, storages, statistics: seededStatistics(size, random) });
    for (const [name, values] of weights.initialValues(random)) {
      // the heads start at almost nothing; stronger ones send a gradient through the whole network
      storages[0].write(name, name.includes("head") ? values.map((value) => 30 * value) : values);
    }
    program.write("counts", fill(channels * size * size, () => Math.floor(20 * random.uniform())));
    program.write("relative", fill(2 * channels, () => 6 * random.uniform() - 3));
    program.write("share", Float32Array.of(1));
    program.write("hyper", Float32Array.of(1e-3, 0.9, 0.999, 1e-8, 0, 0, 0.1, 1e-3));
    program.run();
    const [[loss], [gradientNorm]] = await Promise.all([program.read("loss"), program.read("gradientNorm")]);
    return { loss, gradientNorm };
  } finally {
    for (const storage of storages) storage[Symbol.dispose]();
  }
}

const fill = (count: number, value: (i: number) => number) =>
  Float32Array.from({ length: count }, (_, i) => value(i));

function seededStatistics(size: number, random: Random): Statistics {
  const pixels = size * size;
  const f32 = (shape: number[], data: Float32Array): Statistic => ({ shape, dtype: "f32", data });
  const c64 = (shape: number[], data: Float32Array): Statistic => ({ shape, dtype: "c64", data });
  const phases = fill(pixels, () => 2 * Math.PI * random.uniform());
  const pair = (i: number) => i % 2 === 0 ? Math.cos(phases[i >> 1]) : Math.sin(phases[i >> 1]);
  return new Map<string, Statistic>([
    ["probe", c64([1, size, size], fill(2 * pixels, () => 2 * random.normal()))],
    ["meanAmplitude", f32([size, size], fill(pixels, () => 3 * random.uniform()))],
    ["spectrumPhase", c64([size, size], fill(2 * pixels, pair))],
    ["backFilter", c64([size, size], fill(2 * pixels, () => 0.3 * random.normal()))],
    ["meanCount", f32([1], Float32Array.of(9.5))],
  ]);
}

async function stepError(device: AnyDevice): Promise<number> {
  const found = await seededStep(device);
  const { loss, gradientNorm } = vectors.step;
  return Math.max(Math.abs(found.loss / loss - 1), Math.abs(found.gradientNorm / gradientNorm - 1));
}
