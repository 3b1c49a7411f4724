/**
 * Reconstruction by a trained network in five stages: patterns are grouped (`group.ts`), the network predicts a patch for
 * each (`predict.ts`), the phases of patches are synchronised (`synchronise.ts`), patches are placed on a canvas
 * (`src/image/place.ts`), and the image is judged by the patterns (`quality.ts`).
 *
 * @module
 */
import { type Logger, OptionError, type ProgressListener, silentLogger } from "../../common/mod.ts";
import { type ConfigInput, type InferenceConfig, refuseUnknown, resolvedConfig } from "../../config/mod.ts";
import type { AnyDevice } from "../../engine/mod.ts";

import type { Model } from "../model/model.ts";
import type { Probe, Scan } from "../../scan/mod.ts";
import { flatWarning, momentsOf } from "../model/patch_moments.ts";
import type { PatchLog } from "../model/patch_log.ts";
import { modelForScan } from "../model/scan_statistics.ts";

import {
  addPatches,
  Canvas,
  canvasExtent,
  patchWeight,
  probeWeight,
  type Stitched,
} from "../../image/mod.ts";
import { type DebugDump, writeDebugDump } from "./debug_dump.ts";
import { type ModelDiffraction, openModelDiffraction } from "./diffraction.ts";
import { fitScales, givesParts, trainedScales } from "./fit_scales.ts";
import { groupPatterns, type Groups, type ShardOf } from "./group.ts";
import { type Network, openNetwork } from "./network.ts";
import { type PredictedPatches, predictOrder, refuseMisfit } from "./predict.ts";
import { measureQuality, type Quality } from "./quality.ts";
import type { RectScales } from "./rect_scales.ts";
import { type PhaseAgreement, synchronise, warnOfPhases } from "./synchronise.ts";

/** Options of {@linkcode reconstruct}. */
export interface ReconstructOptions {
  readonly model: Model;
  readonly device: AnyDevice;
  /**
   * Settings, of which the section `inference` is read, and `data.neighborCount`: resolved, or some of them over the
   * defaults.
   */
  readonly config?: ConfigInput;
  /** Patterns to reconstruct. Default: all. */
  readonly indices?: Int32Array;
  /** Groups of a historical network. Default: one for each pattern. */
  readonly nGroups?: number;
  /** Seed of the groups. Default 0. */
  readonly seed?: number;
  /** Reconstruct one compact block of the scan alone: number `index`, from 0, of `count`. */
  readonly shard?: ShardOf;
  /** Folder for figures and pictures of the first patches, see {@linkcode writeDebugDump}. Default none. */
  readonly debugDump?: string;
  /** Records statistics of some batches of patches. */
  readonly patchLog?: PatchLog;
  /** Bytes of patches that are held in memory; more go to a temporary file. Default 512 MiB. */
  readonly patchMemoryBytes?: number;
  readonly logger?: Logger;
  readonly onProgress?: ProgressListener;
  /** Ends the reconstruction early; its reason is thrown. */
  readonly signal?: AbortSignal;
}

const RECONSTRUCT_OPTIONS = Object.freeze(
  [
    "model",
    "device",
    "config",
    "indices",
    "nGroups",
    "seed",
    "shard",
    "debugDump",
    "patchLog",
    "patchMemoryBytes",
    "logger",
    "onProgress",
    "signal",
  ] as const satisfies readonly (keyof ReconstructOptions)[],
);

/** Patches that show whether there is any structure. */
const PATCHES_LOOKED_AT = 64;
/** Patterns that are diffracted together. */
const DIFFRACTED = 32;

/** An object with where it lies. */
export interface Reconstruction extends Stitched {
  /** Patterns through the network for each second. */
  readonly patternsPerSecond: number;
  readonly patterns: number;
  /** Patterns in a batch. */
  readonly batchSize: number;
  /** Times that the scan was gone through. */
  readonly passes: number;
  /** Result of the phase synchronisation of the first pass, if it ran. */
  readonly sync?: PhaseAgreement;
  /** Scales of real and imaginary part, where the network gives these. */
  readonly scales?: RectScales & { readonly fitted: boolean };
  /** Quality of the image, if requested. */
  readonly quality?: Quality;
  /** The sums that the image was divided from. */
  readonly canvas: Canvas;
  /** The probe that the network knows, at any scale. */
  readonly probe: Probe;
  readonly pixelSizeM?: number;
}

/**
 * Reconstructs the object of a scan. Pixel (row r, column c) lies at y = r + y0, x = c + x0 of the scan positions.
 * Patches are weighted by the sum over modes of |probe|^2. Another scan than that of the training is reconstructed
 * with its own probe and scales. Throws `DataError` where the model does not fit the scan, `OptionError` for an unknown
 * option, a shard without patterns and scales of a network that has none, `ConfigError` for wrong settings.
 */
export async function reconstruct(scan: Scan, options: ReconstructOptions): Promise<Reconstruction> {
  refuseUnknown(options, RECONSTRUCT_OPTIONS, "reconstruct");
  const { device, shard, nGroups, seed = 0, logger = silentLogger, signal, debugDump } = options;
  const { inference, data } = resolvedConfig(options.config, logger).values;
  refuseScales(options.model, inference);
  const indices = options.indices ?? Int32Array.from({ length: scan.n }, (_, i) => i);
  refuseMisfit(scan, { model: options.model, patterns: indices.length });
  const model = await modelForScan(scan, { model: options.model, device, logger });
  const { neighborCount } = data;

  const groups = groupPatterns(scan, {
    ...{ model, indices, nGroups, neighborCount, seed, shard, logger },
    passes: inference.passes,
  });
  const [{ patterns: first, size }] = groups.passes;
  const batchSize = inference.batchSize ?? undefined;
  using network = await openNetwork(device, { model, batchSize, patterns: first.length });
  const fitted = givesParts(model) && inference.fitScales !== false;
  using diffraction = inference.quality || fitted
    ? await openModelDiffraction(device, { model, batch: Math.max(size, DIFFRACTED) })
    : undefined;
  const scales = await scalesOf(scan, { model, network, diffraction, groups, fitted, logger, signal });
  const { canvas, sync, seconds, dump } = await assemble(scan, {
    ...{ model, network, scales, groups, inference, logger, signal },
    onProgress: options.onProgress,
    patchMemoryBytes: options.patchMemoryBytes,
    patchLog: options.patchLog,
    keepsPatches: debugDump !== undefined,
  });
  const image = canvas.finish({ minWeight: inference.maskThreshold });
  if (dump && debugDump !== undefined) {
    using _patches = dump.patches;
    await writeDebugDump(debugDump, { dump, image });
  }
  const quality = inference.quality && diffraction
    ? await judge(scan, { canvas, diffraction, groups, signal })
    : undefined;
  return {
    ...image,
    canvas,
    probe: probeOf(scan, model),
    patternsPerSecond: groups.count / Math.max(seconds, 1e-9),
    patterns: groups.count,
    batchSize: network.batch,
    passes: groups.passes.length,
    ...(sync ? { sync } : {}),
    ...(scales ? { scales } : {}),
    ...(quality ? { quality } : {}),
    pixelSizeM: scan.pixelSizeM,
  };
}

function refuseScales(model: Model, { fitScales }: Pick<InferenceConfig, "fitScales">): void {
  if (!fitScales || givesParts(model)) return;
  throw new OptionError({
    option: "fitScales",
    found: `a network of the ${model.config.profile} profile that gives amplitude and phase`,
    expected: "one that gives real and imaginary parts",
    remedy: "leave it out",
  });
}

/** Returns the scales of real and imaginary part, fitted where they are to be; undefined where a model has none. */
async function scalesOf(
  scan: Scan,
  { model, network, diffraction, groups, fitted, logger, signal }: {
    readonly model: Model;
    readonly network: Network;
    readonly diffraction: ModelDiffraction | undefined;
    readonly groups: Groups;
    readonly fitted: boolean;
    readonly logger: Logger;
    readonly signal: AbortSignal | undefined;
  },
): Promise<Reconstruction["scales"]> {
  const trained = trainedScales(model);
  const asTrained = trained && { ...trained, fitted: false };
  if (!diffraction || !fitted) return asTrained;
  const found = await fitScales(scan, { network, diffraction, order: groups.whole, signal });
  if (found) return { ...found, fitted: true };
  logger.warn(
    "the scales of real and imaginary part could not be fitted: the network gives nothing but zeros",
  );
  return asTrained;
}

function probeOf(scan: Scan, model: Model): Probe {
  const data = model.statistics.get("probe")?.data;
  return data ? { modes: data.length / (2 * scan.size ** 2), size: scan.size, data } : scan.probe;
}

interface AssembleOptions {
  readonly model: Model;
  readonly network: Network;
  readonly scales: RectScales | undefined;
  readonly groups: Groups;
  readonly inference: InferenceConfig;
  /** Keep the patches of the first pass. */
  readonly keepsPatches: boolean;
  readonly patchLog: PatchLog | undefined;
  readonly patchMemoryBytes: number | undefined;
  readonly onProgress: ProgressListener | undefined;
  readonly logger: Logger;
  readonly signal: AbortSignal | undefined;
}

interface Assembly {
  readonly canvas: Canvas;
  readonly sync?: PhaseAgreement;
  /** Time that the network took. */
  readonly seconds: number;
  readonly dump?: DebugDump;
}

/** Predicts, synchronises and places the patches of every pass. */
async function assemble(scan: Scan, options: AssembleOptions): Promise<Assembly> {
  const { model, network, scales, groups, inference, logger, onProgress, patchMemoryBytes, signal } = options;
  const side = scan.size;
  const { data: probe } = probeOf(scan, model);
  const kind = inference.patchWeights;
  const canvas = new Canvas(canvasExtent(placesOf(scan, groups), side), patchWeight(probe, { side, kind }));
  const weight = probeWeight(probe, side);
  let seconds = 0, sync: PhaseAgreement | undefined, dump: DebugDump | undefined;
  for (const [pass, { patterns: order }] of groups.passes.entries()) {
    const predicted = await predictOrder(scan, {
      network,
      order,
      pass,
      scales,
      onProgress,
      patchMemoryBytes,
      patchLog: options.patchLog,
      signal,
    });
    const keep = pass === 0 && options.keepsPatches;
    const stitched = (done: number) =>
      onProgress?.({ phase: "stitch", done, total: order.length, unit: "patches" });
    try {
      seconds += order.length / predicted.patternsPerSecond;
      if (pass === 0) warnOfFlat(predicted, { side, logger });
      stitched(0);
      const earlier = pass === 0 ? {} : { canvas };
      const synchronised = inference.phaseSync
        ? await synchronise(predicted, { side, weight, ...earlier, signal })
        : undefined;
      if (pass === 0 && synchronised) warnOfPhases(synchronised, logger);
      const { xcoords, ycoords } = predicted;
      const phases = synchronised?.phases;
      await addPatches(canvas, predicted.patches, { xcoords, ycoords, phases, signal });
      stitched(order.length);
      if (synchronised) sync ??= agreementOf(synchronised);
      if (keep) dump = { ...predicted, side, ...(phases ? { phases } : {}) };
    } finally {
      if (!keep) predicted.patches[Symbol.dispose]();
    }
  }
  return { canvas, seconds, ...(sync ? { sync } : {}), ...(dump ? { dump } : {}) };
}

function agreementOf({ pairs, components, residual, converged }: PhaseAgreement): PhaseAgreement {
  return { pairs, components, residual, converged };
}

/** Compares the image, its dim pixels included, with every pattern that it is of. */
async function judge(
  scan: Scan,
  { canvas, diffraction, groups, signal }: {
    readonly canvas: Canvas;
    readonly diffraction: ModelDiffraction;
    readonly groups: Groups;
    readonly signal: AbortSignal | undefined;
  },
): Promise<Quality> {
  const patterns = Int32Array.from(new Set(groups.passes.flatMap((pass) => [...pass.patterns]))).sort();
  return await measureQuality(scan, {
    image: canvas.finish({ minWeight: 0 }),
    diffraction,
    patterns,
    signal,
  });
}

function placesOf({ positionsPx: { x, y } }: Scan, { passes }: Groups) {
  const all = passes.flatMap(({ patterns }) => [...patterns]);
  return {
    xcoords: Float64Array.from(all, (index) => x[index]),
    ycoords: Float64Array.from(all, (index) => y[index]),
  };
}

function warnOfFlat({ patches }: PredictedPatches, { side, logger }: { side: number; logger: Logger }): void {
  const looked = patches.read(0, Math.min(patches.count, PATCHES_LOOKED_AT));
  const warning = flatWarning(momentsOf(looked, side * side));
  if (warning) logger.warn(warning);
}
