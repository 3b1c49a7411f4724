/**
 * What a training run works on: which patterns are trained on, which are held out, how they are grouped.
 *
 * @module
 */
import type { Config } from "../config/schema.ts";
import { DataError } from "../io/errors.ts";
import type { BatchShape } from "../nn/profile.ts";
import { type Groups, groupsOf, makeGroups } from "../scan/groups.ts";
import { samplePositions } from "../scan/sampling.ts";
import { splitPositions } from "../scan/split.ts";
import type { Scan } from "../scan/types.ts";
import { regionSizeOf } from "./batches.ts";

/** The groups of a run. */
export interface TrainingPlan {
  /** Patterns of the training split. */
  readonly trainIndices: Int32Array;
  readonly groups: Groups;
  /** Groups of held-out patterns; undefined where nothing is held out. */
  readonly heldOut?: Groups;
  readonly shape: BatchShape;
}

/** Widest merged region, in pattern sides: beyond it, the neighbours of a group have nothing in common. */
const MAX_REGION_SIDES = 8;

/** Samples, splits and groups a scan. Throws `DataError` or `OptionError` where that cannot be. */
export function planTraining(scan: Scan, { model, data, training }: Config): TrainingPlan {
  const gridsize = model.mergeObject ? model.gridsize : 1;
  const channels = gridsize * gridsize;
  const indices = samplePositions(scan.n, {
    nSubsample: data.nSubsample ?? undefined,
    subsampleSeed: data.subsampleSeed,
    sequential: data.sequentialSampling,
  });
  const { seed } = training;
  const { valFraction, split } = data;
  const parts = splitPositions(scan.positionsPx, {
    valFraction,
    split,
    seed,
    indices,
    clusterSize: channels,
  });
  const options = { gridsize, neighborCount: data.neighborCount, seed, source: scan.source };
  const groups = makeGroups(scan.positionsPx, {
    ...options,
    indices: parts.train,
    nGroups: data.nGroups ?? undefined,
    oversample: data.oversample,
    sequential: data.sequentialSampling,
  });
  const heldOut = heldOutGroups();
  const regionSize = regionSizeOf(scan.size, heldOut ? [groups, heldOut] : [groups]);
  if (regionSize > MAX_REGION_SIDES * scan.size) throw tooFarApart(scan, regionSize);
  const shape = {
    groups: Math.min(training.batchSize, groups.count),
    channels,
    size: scan.size,
    modes: scan.probe.modes,
    regionSize,
  };
  return { trainIndices: parts.train, groups, heldOut, shape };

  function heldOutGroups(): Groups | undefined {
    const { validation } = parts;
    if (validation.length < channels) return undefined;
    if (split === "fraction") return groupsOf(scan.positionsPx, { indices: validation, size: channels });
    return makeGroups(scan.positionsPx, { ...options, indices: validation });
  }
}

function tooFarApart({ source, size }: Scan, regionSize: number): DataError {
  return new DataError({
    file: source,
    key: "xcoords, ycoords",
    found: `groups of neighbours ${regionSize - size} px across`,
    expected: `at most ${(MAX_REGION_SIDES - 1) * size} px, so that patterns of ${size} px can be merged`,
    remedy:
      "check the unit of the coordinates (object pixels), use more of the patterns, or train with gridsize 1",
  });
}
