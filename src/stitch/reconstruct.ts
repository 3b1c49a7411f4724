/**
 * Reconstruction by a trained network: patches, their phases synchronised, on one canvas.
 *
 * @module
 */
import { type Logger, silentLogger } from "../config/logger.ts";
import type { Model } from "../nn/model.ts";
import type { Scan } from "../scan/types.ts";
import { flatWarning, momentsOf } from "../train/patch_stats.ts";
import { modelForScan } from "../train/scan_statistics.ts";
import { probeWeight, type Stitched } from "./canvas.ts";
import { type PhaseSync, syncPhases } from "./phase_sync.ts";
import { placePatches } from "./place.ts";
import { type PredictOptions, predictPatches } from "./predict.ts";

/** How {@linkcode reconstruct} works. */
export interface ReconstructOptions extends PredictOptions {
  /** Take out the unknown constant phase of every patch. Default true. */
  readonly phaseSync?: boolean;
  /** Pixels under this part of the largest weight are masked. Default 0.01. */
  readonly maskThreshold?: number;
  readonly logger?: Logger;
}

/** Patches that show whether there is any structure. */
const PATCHES_LOOKED_AT = 64;

/** An object with where it lies. */
export interface Reconstruction extends Stitched {
  /** Patterns through the network for each second. */
  readonly patternsPerSecond: number;
  readonly patterns: number;
  /** How the phases were synchronised, where they were. */
  readonly sync?: Pick<PhaseSync, "pairs" | "components" | "residual" | "converged">;
  readonly pixelSizeM?: number;
}

/**
 * The object of a scan. Pixel (row r, column c) lies at y = r + y0, x = c + x0 of the scan positions. Patches are
 * weighted by the sum over modes of |probe|^2. Another scan than that of the training is reconstructed with its own probe
 * and scales. Throws `DataError` where the model does not fit the scan.
 */
export async function reconstruct(
  scan: Scan,
  { model: trained, ...options }: ReconstructOptions & { readonly model: Model },
): Promise<Reconstruction> {
  const { phaseSync = true, maskThreshold = 0.01, logger = silentLogger } = options;
  const model = await modelForScan(scan, { ...options, model: trained });
  const { patches, xcoords, ycoords, patternsPerSecond } = await predictPatches(scan, { model, ...options });
  using _released = patches;
  const side = scan.size;
  const looked = patches.read(0, Math.min(patches.count, PATCHES_LOOKED_AT));
  const warning = flatWarning(momentsOf(looked, side * side));
  if (warning) logger.warn(warning);
  const probe = model.statistics.get("probe")?.data ?? scan.probe.data;
  options.onProgress?.({ phase: "stitch", done: 0, total: xcoords.length, unit: "patches" });
  const sync = phaseSync
    ? syncPhases(patches, { side, weight: probeWeight(probe, side), xcoords, ycoords })
    : undefined;
  if (sync && !sync.converged) logger.warn(`phase synchronisation stopped at a residual of ${sync.residual}`);
  if (sync && sync.components > 1) {
    logger.warn(
      `the scan falls into ${sync.components} parts that do not overlap; their phases are not comparable`,
    );
  }
  const placed = placePatches(patches, {
    side,
    probe,
    xcoords,
    ycoords,
    phases: sync?.phases,
    minWeight: maskThreshold,
  });
  options.onProgress?.({ phase: "stitch", done: xcoords.length, total: xcoords.length, unit: "patches" });
  const { pairs, components, residual, converged } = sync ?? {};
  return {
    ...placed,
    patternsPerSecond,
    patterns: xcoords.length,
    pixelSizeM: scan.pixelSizeM,
    ...(pairs === undefined || components === undefined || residual === undefined || converged === undefined
      ? {}
      : { sync: { pairs, components, residual, converged } }),
  };
}
