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
import { prepareRun } from "./prepare.ts";

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
  /** Modelled intensity in photons. */
  readonly modelled: number;
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
  return { error: sums.error / count, deviance: sums.deviance / count, modelled: sums.modelled / count };
}
