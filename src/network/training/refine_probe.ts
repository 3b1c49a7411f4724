/**
 * Refines the probe before training: checks whether it explains the patterns, and runs a few epochs of a solver if
 * not.
 *
 * @module
 */
import { type Logger, type ProgressListener, silentLogger } from "../../common/mod.ts";
import type { ResolvedConfig, SolverConfig } from "../../config/mod.ts";
import type { AnyDevice } from "../../engine/mod.ts";
import { maskProbe, scaleToPhotons } from "../../physics/mod.ts";

import { partsOf, type Probe, type Scan, type ScanSet } from "../../scan/mod.ts";

import { type Solution, solve, SolverError } from "../../solver/mod.ts";
import { MISFIT_RATIO, probeMisfit } from "./probe_misfit.ts";

import { modesOf } from "../model/scan_statistics.ts";
import { givenProbe, probeMaskOf } from "../model/measured_statistics.ts";

/** Default epochs of the solver when the misfit requires refinement. */
const AUTO_EPOCHS = 10;
/** Small batches: LSQML at 16 takes the probe further in ten epochs than at its usual 64. */
const BATCH: Partial<Record<string, number>> = { LSQML: 16, ADAM: 16 };

/** Options of {@linkcode refineProbes}. */
export interface RefineProbesOptions {
  readonly config: ResolvedConfig;
  readonly device: AnyDevice;
  /** Patterns of the training split, of all scans together; no others are read. */
  readonly indices: Int32Array;
  readonly logger?: Logger;
  readonly onProgress?: ProgressListener;
  readonly signal?: AbortSignal;
}

/**
 * Refines the probe of each scan, (P, N, N) at any scale, undefined for those that keep the given one.
 *
 * `training.probeRefine` epochs of `training.probeRefineAlgorithm` run on the training split, from a transparent
 * object and the given probe. Where it is null, they are {@linkcode AUTO_EPOCHS}, and run only where
 * {@linkcode probeMisfit} exceeds {@linkcode MISFIT_RATIO}; a log line says so. Nothing is refined on its own in supervised
 * training, whose loss knows no probe, nor in the historical profiles, which stay as they are. A solver that diverges
 * is an error where the epochs were asked for, else a warning.
 */
export async function refineProbes(
  scan: Scan | ScanSet,
  options: RefineProbesOptions,
): Promise<readonly (Float32Array | undefined)[]> {
  const { values: { model, training } } = options.config;
  const parts = partsOf(scan);
  const wanted = training.probeRefine;
  const never = wanted === 0 || model.modelType === "supervised" ||
    (wanted === null && model.profile !== "calibrated");
  if (never) return parts.map(() => undefined);
  const probes: (Float32Array | undefined)[] = [];
  for (const { scan: own, start } of parts) {
    const indices = options.indices.filter((i) => i >= start && i < start + own.n).map((i) => i - start);
    const probe = probeAtScale(own, { options, modes: modesOf(scan, model) });
    probes.push(await refineOne(own, { options, indices, probe, named: parts.length > 1 }));
  }
  return probes;
}

interface OneScan {
  readonly options: RefineProbesOptions;
  readonly indices: Int32Array;
  readonly probe: Probe;
  /** Log lines name the scan. */
  readonly named: boolean;
}

/** The given probe with its modes, within its mask, at the power of the scan's mean pattern. */
function probeAtScale(
  scan: Scan,
  { options: { config }, modes }: { options: RefineProbesOptions; modes: number },
): Probe {
  const given = givenProbe(scan, { model: config.values.model, modes });
  return { modes, size: scan.size, data: Float32Array.from(scaleToPhotons(given, scan.meanCounts)) };
}

async function refineOne(scan: Scan, one: OneScan): Promise<Float32Array | undefined> {
  const { options: { config: { values: { model, training } }, logger = silentLogger }, named } = one;
  const { probeRefine: wanted, probeRefineAlgorithm: algorithm } = training;
  const ofScan = named ? ` of ${scan.source}` : "";
  const numEpochs = wanted ?? await epochsByMisfit(scan, one, ofScan);
  if (numEpochs === 0) return undefined;
  if (wanted !== null) {
    logger.info(`refining the probe${ofScan}: ${wanted} epochs of ${algorithm} before the network`);
  }
  try {
    const { epochs: [first, ...more], probe } = await run(scan, one, {
      algorithm,
      numEpochs,
      batchSize: BATCH[algorithm] ?? null,
    });
    const last = more.at(-1) ?? first;
    logger.info(
      `refined probe${ofScan}: squared relative misfit of the amplitudes from ${
        shown(first.relativeError)
      } to ${shown(last.relativeError)} in ${numEpochs} epochs`,
    );
    const mask = probeMaskOf(model, scan.size);
    return mask ? Float32Array.from(maskProbe(Float64Array.from(probe.data), mask)) : probe.data;
  } catch (error) {
    if (!(error instanceof SolverError) || wanted !== null) throw error;
    logger.warn(`the probe${ofScan} stays as it is given: ${error.message}`);
    return undefined;
  }
}

/** Chooses the epochs by the misfit of the given probe, and logs the reason. */
async function epochsByMisfit(scan: Scan, one: OneScan, ofScan: string): Promise<number> {
  const { options: { config, device, signal, logger = silentLogger }, indices, probe } = one;
  const misfit = await probeMisfit(scan, { device, signal, indices, probe });
  if (!misfit) return 0;
  const { given, free, ratio, patterns } = misfit;
  const found =
    `the given probe${ofScan} leaves a squared relative misfit of ${shown(given)} on ${patterns} ` +
    `patterns, a free one ${shown(free)}: ${ratio.toFixed(2)} times as much`;
  if (!(ratio > MISFIT_RATIO)) {
    logger.debug(`${found}, which is within ${MISFIT_RATIO}`);
    return 0;
  }
  const { probeRefineAlgorithm: algorithm } = config.values.training;
  logger.info(
    `${found}, where ${MISFIT_RATIO} is the most for a good one; refining it by ${AUTO_EPOCHS} epochs of ${algorithm} ` +
      "before the network (--probe-refine 0 keeps the given one)",
  );
  return AUTO_EPOCHS;
}

async function run(
  scan: Scan,
  { options: { device, onProgress, signal }, indices, probe }: OneScan,
  solver: Pick<SolverConfig, "algorithm" | "numEpochs" | "batchSize">,
): Promise<Solution> {
  const solution = await solve(scan, {
    config: { solver },
    device,
    indices,
    initial: { probe },
    onProgress: onProgress && ((event) => onProgress({ ...event, phase: "probe" })),
    signal,
  });
  if (solution.interrupted) signal?.throwIfAborted();
  return solution;
}

function shown(value: number): string {
  return value.toPrecision(3);
}
