/**
 * Iterative reconstruction: from a scan to object, probe and corrected positions.
 *
 * @module
 */
import { type Logger, type ProgressListener, silentLogger } from "../common/mod.ts";
import {
  type ConfigInput,
  refuseUnknown,
  type ResolvedConfig,
  resolvedConfig,
  type SolverConfig,
} from "../config/mod.ts";
import type { AnyDevice } from "../engine/mod.ts";
import type { PositionsPx } from "../numeric/mod.ts";
import type { Probe, Scan } from "../scan/mod.ts";
import { reasonsIn, resolveAuto } from "./auto.ts";
import type { EpochEnd } from "./constraints/constraint.ts";
import { constrain, constraintTracers } from "./constraints/epoch.ts";
import { Engine } from "./engine.ts";
import type { InitialState, SolverEpoch } from "./initial.ts";
import { LeftOutJudge } from "./batches/left_out.ts";
import { type Judge, judge } from "./divergence.ts";
import { type Preparation, prepareRun } from "./prepare.ts";

/** Options of {@linkcode solve}. */
export interface SolveOptions {
  readonly device: AnyDevice;
  /** Settings, of which the section `solver` is read: resolved, or some of them over the defaults. */
  readonly config?: ConfigInput;
  /** Patterns to use. Default: all. */
  readonly indices?: Int32Array;
  /** Initial state. Default: a transparent object and the scan's probe, scaled to the counts. */
  readonly initial?: InitialState;
  /** 0 where a pixel of the detector is bad, (N, N), besides those that the scan names. */
  readonly mask?: ArrayLike<number>;
  readonly logger?: Logger;
  readonly onProgress?: ProgressListener;
  /** Ends the run after the present batch; the last whole epoch is returned, marked as interrupted. */
  readonly signal?: AbortSignal;
  /**
   * Called after each epoch. `state()` copies object and probe off the device, for previews and checkpoints.
   */
  readonly onEpoch?: (report: SolverEpoch, state: () => Promise<SolutionState>) => Promise<void> | void;
}

/** Names of the options of {@linkcode solve}. */
export const SOLVE_OPTIONS = Object.freeze(
  [
    "device",
    "config",
    "indices",
    "initial",
    "mask",
    "logger",
    "onProgress",
    "signal",
    "onEpoch",
  ] as const satisfies readonly (keyof SolveOptions)[],
);

/** State of a solver. */
export interface SolutionState {
  /** (height, width) interleaved; pixel (r, c) lies at y = r + y0, x = c + x0 of the scan positions. */
  readonly object: {
    readonly height: number;
    readonly width: number;
    readonly data: Float32Array;
    readonly x0: number;
    readonly y0: number;
  };
  /** Light that fell on each pixel: the sum over patterns and modes of |P|^2, (height, width). */
  readonly weight: Float32Array;
  readonly probe: Probe;
  /** Corrected positions of the patterns used, in the order of `indices`. */
  readonly positionsPx: PositionsPx;
  /** Numbers of the patterns in the scan. */
  readonly indices: Int32Array;
  /** Counts of the detector that come with every pattern, (N, N), where they were estimated. */
  readonly background?: Float32Array;
  /** Momenta of the rule, by name, for a run that goes on from here. */
  readonly memory: ReadonlyMap<string, Float32Array>;
}

/** The result of a solver. */
export interface Solution extends SolutionState {
  readonly algorithm: SolverConfig["algorithm"];
  readonly settings: SolverConfig;
  /** Reasons of the choices of `algorithm: auto`, by setting. */
  readonly reasons: Readonly<Record<string, string>>;
  /** The misfit before each epoch's updates, those of an earlier result included. */
  readonly epochs: readonly SolverEpoch[];
  /** Misfit of the start. */
  readonly startError: number;
  readonly interrupted: boolean;
  /** The epoch that object, probe and positions are of, where the misfit of left-out patterns chose it. */
  readonly bestEpoch?: number;
  readonly pixelSizeM?: number;
  readonly device: string;
}

/**
 * Reconstructs a scan, or the patterns of it that `indices` name. Throws `OptionError` or `ConfigError` where scan, start
 * and settings do not fit or an option is unknown, `DeviceError` where the device has no room, `SolverError` where the misfit becomes NaN or
 * grows without bound.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import {
 *   deadLeaves, encodeNpz, gaussianProbe, openDevice, openScan, rasterPositions, scanArrays, simulateScan,
 * } from "../../mod.ts";
 * const simulated = simulateScan({
 *   side: 64,
 *   positions: rasterPositions({ rows: 3, columns: 3, step: 5, x0: 32, y0: 32 }),
 *   probe: gaussianProbe({ side: 64, photons: 1e5, sigma: 6 }),
 *   object: { ...deadLeaves({ height: 80, width: 80 }), x0: 0, y0: 0 },
 * });
 * await using scan = await openScan(await encodeNpz(scanArrays(simulated)));
 * const device = await openDevice({ accelerator: "wasm", threads: 1 });
 * const { epochs, startError } = await solve(scan, {
 *   device,
 *   config: { solver: { algorithm: "rPIE", numEpochs: 5, batchSize: 3 } },
 * });
 * await device.dispose();
 * assert.ok(epochs[4].error < startError);
 * ```
 */
export async function solve(scan: Scan, options: SolveOptions): Promise<Solution> {
  refuseUnknown(options, SOLVE_OPTIONS, "solve");
  const config = await chooseSettings(scan, options);
  const settings = config.values.solver;
  const prepared = prepareRun(scan, { ...options, settings, mask: maskOf(scan, options.mask) });
  using engine = await Engine.create(options.device, {
    ...prepared,
    constraints: constraintTracers(settings, prepared.sizes),
    errors: earlierErrors(prepared, options.initial),
    signal: options.signal,
    onBatch: (done, total) => options.onProgress?.(progressOf(done, total)),
  });
  let epochNow = 0;
  const progressOf = (done: number, total: number) => ({
    phase: settings.algorithm,
    done: (epochNow - 1) * total + done,
    total: settings.numEpochs * total,
    unit: "batches",
    values: { epoch: epochNow, error: lastError },
  });
  let lastError = NaN;
  const run = new Run({ scan, options, prepared, engine });
  const { interrupted } = await run.toEnd((epoch, error) => {
    epochNow = epoch;
    lastError = error;
  });
  return {
    ...await run.state(),
    algorithm: settings.algorithm,
    settings,
    reasons: reasonsIn(config),
    epochs: run.epochs,
    startError: run.startError,
    interrupted,
    ...(run.bestEpoch === undefined ? {} : { bestEpoch: run.bestEpoch }),
    ...(scan.pixelSizeM === undefined ? {} : { pixelSizeM: scan.pixelSizeM }),
    device: options.device.info.name,
  };
}

/**
 * The settings with `algorithm: auto` resolved by the scan and short trials on it; the reasons are logged and stand in the
 * provenance. Other settings come back as they are.
 */
export async function chooseSettings(scan: Scan, options: SolveOptions): Promise<ResolvedConfig> {
  const { indices, logger = silentLogger } = options;
  const config = resolvedConfig(options.config, logger);
  if (config.values.solver.algorithm !== "auto") return config;
  const { device, mask, signal, initial } = options;
  const chosen = await resolveAuto(scan, {
    config,
    indices,
    trial: (solver, part) =>
      solve(scan, { device, mask, signal, initial, indices: part, config: { solver } }),
  });
  for (const [key, reason] of Object.entries(reasonsIn(chosen))) {
    const value = Object.entries(chosen.values.solver).find(([name]) => name === key)?.[1];
    logger.info(`auto: ${key} ${String(value)}: ${reason}`);
  }
  return chosen;
}

/** Sums over all patterns, as the rules know them, of the epochs of an earlier run. */
function earlierErrors({ batches, sizes }: Preparation, initial: InitialState | undefined): number[] {
  return (initial?.epochs ?? []).map(({ error }) => error * batches.patterns * sizes.side ** 2);
}

/** 0 where either map has a bad pixel. */
function maskOf(
  { mask: own, size }: Pick<Scan, "mask" | "size">,
  further: ArrayLike<number> | undefined,
): ArrayLike<number> | undefined {
  if (!own || !further || further.length !== size * size) return further ?? own;
  return own.map((good, pixel) => further[pixel] === 0 ? 0 : good);
}

interface RunParts {
  readonly scan: Scan;
  readonly options: SolveOptions;
  readonly prepared: Preparation;
  readonly engine: Engine;
}

/** The loop over epochs. */
class Run {
  readonly epochs: SolverEpoch[];
  startError = NaN;
  #judge: Judge | undefined;
  readonly #leftOut: LeftOutJudge | undefined;

  constructor(private readonly parts: RunParts) {
    this.epochs = [...parts.options.initial?.epochs ?? []];
    const { prepared: { leftOut, patterns, start, sizes }, engine } = parts;
    if (leftOut.length === 0) return;
    const tensors = ["object", "probe", ...["oprModes"].filter((name) => start.has(name))];
    if (sizes.background) tensors.push("background");
    this.#leftOut = new LeftOutJudge(engine, patterns, tensors);
  }

  /** The epoch that the misfit of left-out patterns chose. */
  get bestEpoch(): number | undefined {
    return this.#leftOut?.best?.epoch;
  }

  async toEnd(onEpoch: (epoch: number, error: number) => void): Promise<{ interrupted: boolean }> {
    const { options: { signal }, prepared: { settings }, engine } = this.parts;
    await this.#begin();
    const first = (this.epochs.at(-1)?.epoch ?? 0) + 1;
    let error = this.startError;
    try {
      for (let epoch = first; epoch < first + settings.numEpochs; epoch++) {
        signal?.throwIfAborted();
        onEpoch(epoch - first + 1, error);
        error = await this.#epoch(epoch, epoch + 1 === first + settings.numEpochs);
        const { leftOutError } = this.epochs[this.epochs.length - 1];
        if (leftOutError !== undefined && await this.#leftOut?.ends(epoch, leftOutError)) break;
      }
    } catch (thrown) {
      if (!signal?.aborted) throw thrown;
    }
    this.#restored = this.#leftOut?.restore() ?? false;
    this.#announceBest();
    await engine.illuminate();
    return { interrupted: signal?.aborted ?? false };
  }

  async #begin(): Promise<void> {
    const { options, prepared: { start, sizes, settings, batches }, engine } = this.parts;
    for (const [name, values] of start) engine.programs.write(name, values);
    const first = await engine.evaluate();
    const pixels = batches.patterns * sizes.side ** 2;
    const { measured } = await this.#measure();
    if (!options.initial?.probe) {
      const factor = Math.sqrt(measured / (first.modelled || 1));
      const probe = await engine.programs.read("probe");
      engine.programs.write("probe", probe.map((value) => value * factor));
    }
    const begun = performance.now();
    this.startError = (await engine.evaluate()).error / pixels;
    this.#announce(engine.estimate((performance.now() - begun) / 1000));
    this.#judge = judge(this.startError, settings);
    const { illumination } = options.initial ?? {};
    if (illumination?.length === sizes.height * sizes.width) {
      engine.programs.write("illumination", illumination);
    } else await engine.illuminate();
    await engine.prepare();
  }

  #announce({ bytes, secondsPerEpoch }: { bytes: number; secondsPerEpoch: number }): void {
    const { options: { logger = silentLogger }, prepared: { settings, sizes } } = this.parts;
    const { algorithm, numEpochs } = settings;
    logger.info(
      `${algorithm}: object of ${sizes.height} x ${sizes.width} pixels, ${sizes.modes} mode${
        sizes.modes === 1 ? "" : "s"
      } of the probe, ${sizes.patterns} patterns in batches of ${sizes.batch}`,
    );
    logger.info(
      `estimate: ${Math.ceil(bytes / 1e6)} MB on the device, ${
        secondsPerEpoch.toPrecision(2)
      } s for an epoch, ${
        Math.ceil(secondsPerEpoch * numEpochs)
      } s in all; the start misses the amplitudes by ${this.startError.toPrecision(4)} photons a pixel`,
    );
  }

  #announceBest(): void {
    const best = this.#leftOut?.best;
    const { logger = silentLogger } = this.parts.options;
    if (best) {
      logger.info(
        `epoch ${best.epoch} is kept: the left-out patterns have their least misfit there, ${
          best.error.toPrecision(4)
        }`,
      );
    }
  }

  /** Sum of the counts of all patterns on good pixels. */
  async #measure(): Promise<{ measured: number }> {
    const { prepared: { patterns, sizes, start } } = this.parts;
    const mask = start.get("mask");
    const pixels = sizes.side ** 2;
    const out = new Float32Array(sizes.batch * pixels);
    let measured = 0;
    for (const numbers of this.parts.prepared.batches.ofEpoch(0)) {
      await patterns.readAmplitudes(numbers, out);
      for (let i = 0; i < numbers.length * pixels; i++) {
        if (!mask || mask[i % pixels] !== 0) measured += out[i] * out[i];
      }
    }
    this.#measured = measured;
    return { measured };
  }
  #measured = NaN;
  #restored = false;

  async #epoch(epoch: number, last: boolean): Promise<number> {
    const { options, prepared, engine } = this.parts;
    const begun = performance.now();
    const pixels = prepared.sizes.side ** 2;
    const sums = await engine.epoch(epoch);
    const end: EpochEnd = { ...prepared, engine };
    await constrain(end, { epoch, last });
    const error = sums.error / (prepared.batches.patterns * pixels);
    const { leftOut } = prepared;
    const unseen = leftOut.length > 0
      ? (await engine.evaluateOf(leftOut)).error / (leftOut.length * pixels)
      : undefined;
    const report: SolverEpoch = {
      epoch,
      error,
      relativeError: sums.error / this.#measured,
      seconds: (performance.now() - begun) / 1000,
      ...(unseen === undefined ? {} : { leftOutError: unseen }),
    };
    this.epochs.push(report);
    this.#judge?.(report);
    const { logger = silentLogger, onEpoch } = options;
    logger.debug(`epoch ${epoch}: error ${error.toPrecision(5)}`);
    await onEpoch?.(report, () => this.state());
    return error;
  }

  /** Copies out what is reached. */
  async state(): Promise<SolutionState> {
    const { engine, prepared: { sizes, patterns } } = this.parts;
    const { programs, frame } = engine;
    const { memory = [] } = this.parts.prepared.rule;
    const kept = new Map<string, Float32Array>();
    // what an earlier epoch was restored from has no momentum
    for (const name of this.#restored ? [] : memory) kept.set(name, await programs.read(name));
    const { height, width, side, modes, background } = sizes;
    return {
      object: { height, width, data: await programs.read("object"), x0: frame.x0, y0: frame.y0 },
      weight: await programs.read("illumination"),
      probe: { modes, size: side, data: await programs.read("probe") },
      positionsPx: { x: patterns.positions.x.slice(), y: patterns.positions.y.slice() },
      indices: patterns.indices,
      memory: kept,
      ...(background ? { background: await programs.read("background") } : {}),
    };
  }
}
