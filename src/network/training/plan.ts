/**
 * The plan of a training run: patterns that are trained on, patterns that are held out, their groups.
 *
 * @module
 */
import {
  channelsOf,
  type ConfigInput,
  type ModelConfig,
  refuseUnknown,
  type ResolvedConfig,
  resolvedConfig,
} from "../../config/mod.ts";
import { DataError } from "../../common/mod.ts";
import { networkSide, takesSide } from "../model/network_side.ts";
import type { BatchShape } from "../model/trace_context.ts";
import {
  type Groups,
  groupsOf,
  joinGroups,
  makeGroups,
  partsOf,
  samplePositions,
  type Scan,
  type ScanPart,
  type ScanSet,
  type Split,
  splitPositions,
} from "../../scan/mod.ts";

import { regionSizeOf } from "./data/batches.ts";
import { labelsOf } from "./data/labels.ts";
import { modesOf } from "../model/scan_statistics.ts";
import { refuseOtherSize, validationGroups } from "./data/validation_scan.ts";

/** Groups of a scan. */
export interface ScanGroups {
  readonly scan: Scan | ScanSet;
  readonly groups: Groups;
}

/** The groups of a run. */
export interface TrainingPlan {
  /** Patterns of the training split. */
  readonly trainIndices: Int32Array;
  readonly groups: Groups;
  /** Groups that are judged and never trained on: of this scan, of another one, of both or of none. */
  readonly heldOut: readonly ScanGroups[];
  readonly shape: BatchShape;
}

/** Options of {@linkcode planTraining}. */
export interface PlanOptions {
  /** Settings. Default: the defaults. */
  readonly config?: ConfigInput;
  /**
   * Another scan whose patterns are the held-out ones, all of them. Of the training scan, patterns are then held out
   * only where `data.valFraction` was set by someone.
   */
  readonly validationScan?: Scan;
}

/** Widest merged region, in pattern sides: beyond it, the neighbours of a group have nothing in common. */
const MAX_REGION_SIDES = 8;

/** Samples, splits and groups a scan. Throws `DataError` or `OptionError` where that cannot be. */
export function planTraining(scan: Scan | ScanSet, options: PlanOptions): TrainingPlan {
  refuseUnknown(options, ["config", "validationScan"], "planTraining");
  const { validationScan } = options;
  const config = resolvedConfig(options.config);
  if (validationScan) refuseOtherSize(scan, validationScan);
  refuseSize(scan, config.values.model);
  const { model, data, training } = config.values;
  const others = validationScan ? [validationScan] : [];
  const channels = channelsOf(model);
  for (const part of model.modelType === "supervised" ? [scan, ...others] : []) labelsOf(part);
  const parts = partsOf(scan);
  const plans = parts.map((part) =>
    planPart(part, { config, channels, total: scan.n, others: others.length > 0 })
  );
  const groups = joinGroups(plans.map((plan) => plan.groups));
  const ofScan = plans.flatMap((plan) => plan.heldOut ?? []);
  const heldOut: ScanGroups[] = ofScan.length > 0 ? [{ scan, groups: joinGroups(ofScan) }] : [];
  if (validationScan) {
    heldOut.push({
      scan: validationScan,
      groups: validationGroups(validationScan, {
        size: channels,
        neighborCount: data.neighborCount,
        seed: training.seed,
      }),
    });
  }
  const shape = {
    batchSize: Math.min(training.batchSize, groups.count),
    channels,
    size: scan.size,
    modes: modesOf(scan, model),
    regionSize: Math.max(...[{ scan, groups }, ...heldOut].map(checkedRegionSize)) +
      2 * Math.ceil(training.positionJitter),
    ...(parts.length > 1 ? { scans: parts.length } : {}),
    ...(parts.some((part) => part.scan.mask) ? { masked: true } : {}),
  };
  const trainIndices = Int32Array.from(plans.flatMap((plan) => [...plan.train]));
  return { trainIndices, groups, heldOut, shape };
}

/** Throws `DataError` for patterns of a size that the network does not take. */
function refuseSize(scan: Scan | ScanSet, model: ModelConfig): void {
  const { size } = scan;
  if (takesSide(model, size)) return;
  const side = networkSide(model, size);
  throw new DataError({
    file: partsOf(scan)[0].scan.source,
    key: "diffraction",
    found: `patterns of ${size} x ${size}`,
    expected: `a side that this network takes, such as ${side}`,
    remedy:
      `give --pattern-size ${side}${
        side > size ? " --pad" : ""
      }, or use plica reconstruct or infer without a ` +
      "model, which take any even side",
  });
}

interface PartPlan {
  readonly train: Int32Array;
  readonly groups: Groups;
  readonly heldOut: Groups | undefined;
}

/** Splits and groups one of several scans, in the numbers of all of them together. */
function planPart(
  { scan, start }: ScanPart,
  { config, channels, total, others }: {
    config: ResolvedConfig;
    channels: number;
    total: number;
    others: boolean;
  },
): PartPlan {
  const { data, training } = config.values;
  const { positionsPx, source } = scan;
  const { train, validation } = splitScan(scan, { config, channels, others });
  const grouping = { size: channels, neighborCount: data.neighborCount, seed: training.seed, source };
  // each scan has its share of the groups asked for
  const asked = data.nGroups === null ? undefined : Math.max(1, Math.round(data.nGroups * scan.n / total));
  // one group for every position that was chosen: those that are held out count among them
  const everyone = asked !== undefined && !data.oversample && asked <= train.length + validation.length;
  const nGroups = everyone ? Math.min(asked, train.length) : asked;
  const groups = makeGroups(positionsPx, {
    ...grouping,
    indices: train,
    nGroups,
    oversample: data.oversample,
    sequential: data.sequentialSampling,
  });
  const heldOut = validation.length < channels
    ? undefined
    : data.split === "fraction"
    ? groupsOf(positionsPx, { indices: validation, size: channels })
    : makeGroups(positionsPx, { ...grouping, indices: validation });
  const numbered = (indices: Int32Array) => indices.map((index) => index + start);
  const moved = (part: Groups): Groups => ({ ...part, indices: numbered(part.indices) });
  return { train: numbered(train), groups: moved(groups), heldOut: heldOut && moved(heldOut) };
}

function splitScan(
  scan: Scan,
  { config, channels, others }: { config: ResolvedConfig; channels: number; others: boolean },
): Split {
  const { values: { data, training }, provenance } = config;
  const indices = samplePositions(scan.n, {
    nSubsample: data.nSubsample ?? undefined,
    subsampleSeed: data.subsampleSeed,
    sequential: data.sequentialSampling,
  });
  const nobodyAsked = provenance["data.valFraction"]?.layer === "default";
  return splitPositions(scan.positionsPx, {
    valFraction: others && nobodyAsked ? 0 : data.valFraction,
    split: data.split,
    seed: training.seed,
    indices,
    clusterSize: channels,
  });
}

function checkedRegionSize({ scan: { source, size }, groups }: ScanGroups): number {
  const regionSize = regionSizeOf(size, [groups]);
  if (regionSize <= MAX_REGION_SIDES * size) return regionSize;
  throw new DataError({
    file: source,
    key: "xcoords, ycoords",
    found: `groups of neighbours ${regionSize - size} px across`,
    expected: `at most ${(MAX_REGION_SIDES - 1) * size} px, so that patterns of ${size} px can be merged`,
    remedy:
      "check the unit of the coordinates (object pixels), use more of the patterns, or train with gridsize 1",
  });
}
