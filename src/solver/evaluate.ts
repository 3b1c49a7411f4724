/**
 * How well an image explains patterns, without any update.
 *
 * @module
 */
import { type ConfigInput, refuseUnknown, resolvedConfig } from "../config/mod.ts";
import type { AnyDevice } from "../engine/mod.ts";
import type { Scan } from "../scan/mod.ts";
import { Engine } from "./engine.ts";
import type { InitialState } from "./initial.ts";
import { type Preparation, prepareRun } from "./prepare.ts";

/** Options of {@linkcode evaluateMisfit}. */
export interface EvaluateOptions {
  readonly device: AnyDevice;
  /** Patterns to judge by. Default: all. */
  readonly indices?: Int32Array;
  /** Object, probe and positions; what is absent is transparent, or the scan's. Nothing is scaled. */
  readonly state: InitialState;
  /** Settings, of whose section `solver` batch and modes are read. */
  readonly config?: ConfigInput;
  readonly signal?: AbortSignal;
}

/** Means over patterns and pixels of the detector. */
export interface Misfit {
  /** (sqrt(I) - sqrt(I_meas))^2; 1/4 is the noise of many photons. */
  readonly error: number;
  /** Poisson deviance; 1 is the noise of many photons, less that of few. */
  readonly deviance: number;
  /** Modelled and measured intensity on good pixels, in photons. */
  readonly modelled: number;
  readonly measured: number;
}

/** Compares an image with patterns. Throws as `solve` does. */
export async function evaluateMisfit(scan: Scan, options: EvaluateOptions): Promise<Misfit> {
  refuseUnknown(options, ["device", "indices", "state", "config", "signal"], "evaluateMisfit");
  const { device, indices, state, signal } = options;
  const { solver } = resolvedConfig(options.config).values;
  // the plainest rule: none of its programs runs
  const settings = { ...solver, algorithm: "rPIE" as const, leftOut: 0 };
  const prepared = prepareRun(scan, { settings, device, indices, initial: state, mask: scan.mask });
  using engine = await Engine.create(device, { ...prepared, constraints: new Map(), signal });
  for (const [name, values] of prepared.start) engine.programs.write(name, values);
  const sums = await engine.evaluate();
  signal?.throwIfAborted();
  const count = prepared.patterns.count * scan.size ** 2;
  return {
    error: sums.error / count,
    deviance: sums.deviance / count,
    modelled: sums.modelled / count,
    measured: await measuredOf(prepared) / count,
  };
}

/** Sum of the counts of all patterns on good pixels. */
async function measuredOf({ patterns, batches, start, sizes }: Preparation): Promise<number> {
  const mask = start.get("mask");
  const pixels = sizes.side ** 2;
  const amplitudes = new Float32Array(sizes.batch * pixels);
  let sum = 0;
  for (const numbers of batches.ofEpoch(0)) {
    await patterns.readAmplitudes(numbers, amplitudes);
    for (let i = 0; i < numbers.length * pixels; i++) {
      if (mask?.[i % pixels] !== 0) sum += amplitudes[i] ** 2;
    }
  }
  return sum;
}
