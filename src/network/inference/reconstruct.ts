/**
 * Reconstruction by a trained network: patches, their phases synchronised, on one canvas.
 *
 * @module
 */
import { breather, type Logger, OptionError, silentLogger } from "../../common/mod.ts";

import type { Model } from "../model/model.ts";
import { blocksOf, type Scan } from "../../scan/mod.ts";
import { flatWarning, momentsOf } from "../model/patch_moments.ts";
import { modelForScan } from "../model/scan_statistics.ts";

import {
  Canvas,
  canvasExtent,
  patchWeight,
  type PatchWeights,
  type PhaseSync,
  probeWeight,
  type Stitched,
  syncPhases,
} from "../../image/mod.ts";
import { type DebugDump, writeDebugDump } from "./debug_dump.ts";
import { type ModelDiffraction, openModelDiffraction } from "./diffraction.ts";
import { fitScales, givesParts, trainedScales } from "./fit_scales.ts";
import { type Network, openNetwork } from "./network.ts";

import {
  type PatternOrder,
  patternOrder,
  type PredictedPatches,
  type PredictOptions,
  predictOrder,
  refuseMisfit,
} from "./predict.ts";
import { measureQuality, type Quality } from "./quality.ts";
import type { RectScales } from "./rect_scales.ts";

/** Options of {@linkcode reconstruct}. */
export interface ReconstructOptions extends PredictOptions {
  /** Take out the unknown constant phase of every patch. Default true. */
  readonly phaseSync?: boolean;
  /** Pixels under this part of the largest weight are masked. Default 0.01. */
  readonly maskThreshold?: number;
  /** Weights of patches where they overlap. Default probe. */
  readonly patchWeights?: PatchWeights;
  /** Times that the scan is gone through, with other groups each time. Default 1; single patterns need no more. */
  readonly passes?: number;
  /**
   * Fit the scales of real and imaginary part to the patterns. By default for networks that give these parts. Where that
   * is off, the trained scales count.
   */
  readonly fitScales?: boolean;
  /** Compare the image with every pattern. Default false. */
  readonly quality?: boolean;
  /** Reconstruct one block of the scan alone: number `index`, from 0, of `count`. */
  readonly shard?: { readonly index: number; readonly count: number };
  /** Folder for figures and pictures of the first patches, see {@linkcode writeDebugDump}. Default none. */
  readonly debugDump?: string;
  readonly logger?: Logger;
}

/** Patches that show whether there is any structure. */
const PATCHES_LOOKED_AT = 64;
/** Patches of a store that are placed together. */
const PART = 256;
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
  readonly sync?: Pick<PhaseSync, "pairs" | "components" | "residual" | "converged">;
  /** Scales of real and imaginary part, where the network gives these. */
  readonly scales?: RectScales & { readonly fitted: boolean };
  /** Quality of the image, if requested. */
  readonly quality?: Quality;
  /** The sums that the image was divided from. */
  readonly canvas: Canvas;
  readonly pixelSizeM?: number;
}

/**
 * Reconstructs the object of a scan. Pixel (row r, column c) lies at y = r + y0, x = c + x0 of the scan positions.
 * Patches are weighted by the sum over modes of |probe|^2. Another scan than that of the training is reconstructed
 * with its own probe and scales. Throws `DataError` where the model does not fit the scan, `OptionError` for a shard
 * without patterns and for scales of a network that has none.
 */
export async function reconstruct(
  scan: Scan,
  { model: trained, ...options }: ReconstructOptions & { readonly model: Model },
): Promise<Reconstruction> {
  refuseOptions(trained, options);
  const indices = options.indices ?? Int32Array.from({ length: scan.n }, (_, i) => i);
  refuseMisfit(scan, { model: trained, patterns: indices.length });
  const model = await modelForScan(scan, { ...options, model: trained });
  const orders = ordersOf(scan, { ...options, indices, model });
  const parts = options.shard
    ? orders.map((order) => inBlock(order, { scan, indices, shard: options.shard }))
    : orders;
  const count = parts.reduce((sum, { patterns }) => sum + patterns.length, 0);
  if (parts.some(({ patterns }) => patterns.length === 0)) throw emptyShard(orders[0], options);
  using network = await openNetwork(options.device, {
    model,
    batchSize: options.batchSize,
    patterns: parts[0].patterns.length,
  });
  const needed = options.quality || scalesWanted(model, options);
  using diffraction = needed
    ? await openModelDiffraction(options.device, { model, batch: Math.max(parts[0].size, DIFFRACTED) })
    : undefined;
  const scales = await scalesFor(scan, { ...options, model, network, diffraction, order: orders[0] });
  const assembly = await assemble(scan, { ...options, model, network, scales, parts, count });
  const { canvas, sync, seconds } = assembly;
  const image = canvas.finish({ minWeight: options.maskThreshold ?? 0.01 });
  if (assembly.dump && options.debugDump !== undefined) {
    using _patches = assembly.dump.patches;
    await writeDebugDump(options.debugDump, { dump: assembly.dump, image });
  }
  const quality = options.quality && diffraction
    ? await measureQuality(scan, {
      image: canvas.finish({ minWeight: 0 }),
      diffraction,
      patterns: Int32Array.from(new Set(parts.flatMap(({ patterns }) => [...patterns]))).sort(),
      signal: options.signal,
    })
    : undefined;
  return {
    ...image,
    canvas,
    patternsPerSecond: count / Math.max(seconds, 1e-9),
    patterns: count,
    batchSize: network.batch,
    passes: parts.length,
    ...(sync ? { sync } : {}),
    ...(scales ? { scales } : {}),
    ...(quality ? { quality } : {}),
    pixelSizeM: scan.pixelSizeM,
  };
}

function refuseOptions(model: Model, { fitScales }: Pick<ReconstructOptions, "fitScales">): void {
  if (!fitScales || givesParts(model)) return;
  throw new OptionError({
    option: "fitScales",
    found: `a network of the ${model.config.profile} profile that gives amplitude and phase`,
    expected: "one that gives real and imaginary parts",
    remedy: "leave it out",
  });
}

function scalesWanted(model: Model, { fitScales = true }: Pick<ReconstructOptions, "fitScales">): boolean {
  return fitScales && givesParts(model);
}

async function scalesFor(
  scan: Scan,
  { model, network, diffraction, order, logger = silentLogger, ...options }: ReconstructOptions & {
    readonly model: Model;
    readonly network: Network;
    readonly diffraction: ModelDiffraction | undefined;
    readonly order: PatternOrder;
  },
): Promise<Reconstruction["scales"]> {
  const trained = trainedScales(model);
  const asTrained = trained && { ...trained, fitted: false };
  if (!diffraction || !scalesWanted(model, options)) return asTrained;
  const fitted = await fitScales(scan, { network, diffraction, order, signal: options.signal });
  if (fitted) return { ...fitted, fitted: true };
  logger.warn(
    "the scales of real and imaginary part could not be fitted: the network gives nothing but zeros",
  );
  return asTrained;
}

/** The order of each pass. */
function ordersOf(
  scan: Scan,
  { passes = 1, seed = 0, logger = silentLogger, ...options }: ReconstructOptions & { readonly model: Model },
): PatternOrder[] {
  const first = patternOrder(scan, { ...options, seed });
  if (first.size === 1 && passes > 1) {
    logger.info(
      `passes: this network takes single patterns, so ${passes} passes are all the same; doing one`,
    );
    return [first];
  }
  const others = Array.from(
    { length: passes - 1 },
    (_, k) => patternOrder(scan, { ...options, seed: seed + 1 + k }),
  );
  return [first, ...others];
}

/** The inputs of an order whose first pattern is in a block. */
function inBlock(
  { patterns, size }: PatternOrder,
  { scan, indices, shard = { index: 0, count: 1 } }: {
    readonly scan: Scan;
    readonly indices: Int32Array;
    readonly shard: ReconstructOptions["shard"];
  },
): PatternOrder {
  const block = blocksOf(scan.positionsPx, { blocks: shard.count, indices });
  const here = patterns.filter((_, i) => block[patterns[i - i % size]] === shard.index);
  return { patterns: here, size };
}

function emptyShard({ patterns, size }: PatternOrder, { shard }: ReconstructOptions): OptionError {
  return new OptionError({
    option: "shard",
    found: `${(shard?.index ?? 0) + 1}/${shard?.count ?? 1}, a part without patterns`,
    expected: `at most ${patterns.length / size} parts`,
    remedy: "cut the scan into fewer parts",
  });
}

interface Assembly {
  readonly canvas: Canvas;
  readonly sync?: Reconstruction["sync"];
  /** Time that the network took. */
  readonly seconds: number;
  readonly dump?: DebugDump;
}

async function assemble(
  scan: Scan,
  options: ReconstructOptions & {
    readonly model: Model;
    readonly network: Network;
    readonly scales: RectScales | undefined;
    readonly parts: readonly PatternOrder[];
    readonly count: number;
  },
): Promise<Assembly> {
  const { model, network, scales, parts, phaseSync = true, logger = silentLogger } = options;
  const side = scan.size;
  const probe = model.statistics.get("probe")?.data ?? scan.probe.data;
  const canvas = new Canvas(
    canvasExtent(placesOf(scan, parts), side),
    patchWeight(probe, { side, kind: options.patchWeights }),
  );
  let [first, seconds, dump]: [PhaseSync | undefined, number, DebugDump | undefined] = [
    undefined,
    0,
    undefined,
  ];
  for (const [pass, { patterns }] of parts.entries()) {
    const predicted = await predictOrder(scan, { ...options, network, scales, order: patterns });
    const keep = pass === 0 && options.debugDump !== undefined;
    try {
      seconds += patterns.length / predicted.patternsPerSecond;
      if (pass === 0) warnOfFlat(predicted, { side, logger });
      options.onProgress?.({ phase: "stitch", done: 0, total: patterns.length, unit: "patches" });
      const weight = probeWeight(probe, side);
      const { signal } = options;
      const sync = phaseSync
        ? await syncPhases(predicted.patches, { ...predicted, side, weight, signal })
        : undefined;
      if (pass === 0) warnOfSync(sync, logger);
      if (sync && pass > 0) await followCanvas(sync, { canvas, predicted, signal });
      await place(predicted, { canvas, phases: sync?.phases, signal });
      options.onProgress?.({
        phase: "stitch",
        done: patterns.length,
        total: patterns.length,
        unit: "patches",
      });
      first ??= sync;
      if (keep) dump = { ...predicted, side, ...(sync ? { phases: sync.phases } : {}) };
    } finally {
      if (!keep) predicted.patches[Symbol.dispose]();
    }
  }
  const { pairs, components, residual, converged } = first ?? {};
  const known = pairs !== undefined && components !== undefined && residual !== undefined &&
    converged !== undefined;
  return {
    canvas,
    seconds,
    ...(dump ? { dump } : {}),
    ...(known ? { sync: { pairs, components, residual, converged } } : {}),
  };
}

function placesOf({ positionsPx: { x, y } }: Scan, parts: readonly PatternOrder[]) {
  const all = parts.flatMap(({ patterns }) => [...patterns]);
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

function warnOfSync(sync: PhaseSync | undefined, logger: Logger): void {
  if (sync && !sync.converged) logger.warn(`phase synchronisation stopped at a residual of ${sync.residual}`);
  if (sync && sync.components > 1) {
    logger.warn(
      `the scan falls into ${sync.components} parts that do not overlap; their phases are not comparable`,
    );
  }
}

/** Multiplies every connected set of patches by the constant phase that makes it agree with the canvas. */
async function followCanvas(
  { phases, component, components }: PhaseSync,
  { canvas, predicted: { patches, xcoords, ycoords }, signal }: {
    readonly canvas: Canvas;
    readonly predicted: PredictedPatches;
    readonly signal?: AbortSignal;
  },
): Promise<void> {
  const breathe = breather(signal);
  const re = new Float64Array(components), im = new Float64Array(components);
  for (let i = 0; i < phases.length; i++) {
    await breathe();
    const [a, b] = canvas.correlate(patches.patch(i), { x: xcoords[i], y: ycoords[i] });
    const cos = Math.cos(phases[i]), sin = -Math.sin(phases[i]);
    re[component[i]] += a * cos - b * sin;
    im[component[i]] += a * sin + b * cos;
  }
  for (let i = 0; i < phases.length; i++) phases[i] += Math.atan2(im[component[i]], re[component[i]]);
}

async function place(
  { patches, xcoords, ycoords }: PredictedPatches,
  { canvas, phases, signal }: {
    readonly canvas: Canvas;
    readonly phases: Float64Array | undefined;
    readonly signal?: AbortSignal;
  },
): Promise<void> {
  const breathe = breather(signal);
  for (let first = 0; first < patches.count; first += PART) {
    await breathe();
    const count = Math.min(PART, patches.count - first);
    const part = (values: Float64Array) => values.subarray(first, first + count);
    canvas.add(patches.read(first, count), {
      xcoords: part(xcoords),
      ycoords: part(ycoords),
      phases: phases && part(phases),
    });
  }
}
