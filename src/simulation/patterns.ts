/**
 * The patterns of a simulated experiment, batch by batch.
 *
 * @module
 */
import type { AnyDevice } from "../engine/mod.ts";
import {
  type Diffraction,
  nearFieldLengths,
  nearFieldTransfer,
  openDiffraction,
  samplePatch,
} from "../physics/mod.ts";
import type { Detector } from "./detector.ts";

import { openDetector, type SimulationPlan } from "./plan.ts";

/** Patterns of a run on the device at N = 64; fewer of larger ones. */
const BATCH_PIXELS = 64 * 64 * 64;

/** Options of {@linkcode simulatePatterns}. */
export interface SimulatePatternsOptions {
  readonly device: AnyDevice;
  /** Mean photons of a pattern. Default: the first of the plan. */
  readonly dose?: number;
  /** Indices of the positions. Default all, in order. */
  readonly indices?: Int32Array;
  /** Keeps count of saturated pixels; default a new one. */
  readonly detector?: Detector;
  readonly signal?: AbortSignal;
}

/** Consecutive ones of the patterns asked for. */
export interface PatternBatch {
  /** Place of the first in the list of indices. */
  readonly start: number;
  /** Patterns in it. */
  readonly count: number;
  /** Photon counts as the detector gives them, (count, N, N), zero frequency at N/2. */
  readonly counts: Float64Array;
}

/**
 * Patterns as the detector gives them. A pattern depends on the plan, its index and the dose alone, not on what else is
 * asked for. Memory is that of one batch.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { openDevice } from "../engine/mod.ts";
 * import { planSimulation } from "./plan.ts";
 * const plan = await planSimulation({ config: { simulation: { positions: 3, step: 4, dose: "1e4" } } });
 * const device = await openDevice({ accelerator: "wasm", threads: 1 });
 * let photons = 0;
 * for await (const { counts } of simulatePatterns(plan, { device })) photons += counts.reduce((a, b) => a + b);
 * await device.dispose();
 * assert.ok(Math.abs(photons / 3 - 1e4) < 300);
 * ```
 */
export async function* simulatePatterns(
  plan: SimulationPlan,
  options: SimulatePatternsOptions,
): AsyncGenerator<PatternBatch> {
  const { settings: { size: side } } = plan;
  const { device, dose = plan.doses[0], indices = allOf(plan), signal } = options;
  const detector = options.detector ?? openDetector(plan.settings, { dose });
  const pixels = side * side;
  using diffraction: Diffraction = await openDiffraction({
    device,
    side,
    probe: plan.probe,
    batch: batchOf(side),
    ...transferOf(plan),
  });
  const expected = new Float64Array(pixels);
  for (const { start, count, patches } of patchBatches(plan, { indices, signal })) {
    // always a whole batch: the transforms of another batch may round in another way
    const intensity = await diffraction.intensities(patches);
    const counts = new Float64Array(count * pixels);
    for (let k = 0; k < count; k++) {
      for (let p = 0; p < pixels; p++) expected[p] = dose * intensity[k * pixels + p];
      const out = counts.subarray(k * pixels, (k + 1) * pixels);
      detector.read(expected, { index: indices[start + k], out });
    }
    yield { start, count, counts };
  }
}

function transferOf({ settings: { size: side }, geometry: { propagation, ...lengths } }: SimulationPlan) {
  if (propagation === "far") return {};
  const { wavelengthM } = lengths;
  return { transfer: nearFieldTransfer({ side, propagation, wavelengthM, ...nearFieldLengths(lengths) }) };
}

/** True patches around positions. */
export interface PatchBatch {
  readonly start: number;
  readonly count: number;
  /** (batch, N, N) interleaved; what lies behind `count` belongs to earlier batches. Overwritten by the next. */
  readonly patches: Float32Array;
}

/** The object around every position, bilinear between its pixels, batch by batch. */
export function* patchBatches(
  plan: SimulationPlan,
  { indices = allOf(plan), signal }: { readonly indices?: Int32Array; readonly signal?: AbortSignal } = {},
): Generator<PatchBatch> {
  const { object, truePositions: { x, y }, settings: { size: side } } = plan;
  const batch = batchOf(side), values = 2 * side * side;
  const patches = new Float32Array(batch * values), patch = new Float64Array(values);
  for (let start = 0; start < indices.length; start += batch) {
    signal?.throwIfAborted();
    const count = Math.min(batch, indices.length - start);
    for (let k = 0; k < count; k++) {
      const index = indices[start + k];
      patches.set(samplePatch(object, { x: x[index], y: y[index], side }, patch), k * values);
    }
    yield { start, count, patches };
  }
}

function allOf({ positions: { x } }: SimulationPlan): Int32Array {
  return Int32Array.from(x, (_, i) => i);
}

function batchOf(side: number): number {
  return Math.max(1, Math.floor(BATCH_PIXELS / (side * side)));
}
