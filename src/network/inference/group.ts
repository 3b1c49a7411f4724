/**
 * The first stage of a reconstruction: which patterns go through the network together, in which order and how often.
 *
 * @module
 */
import { type Logger, OptionError, silentLogger } from "../../common/mod.ts";
import type { Model } from "../model/model.ts";
import { blocksOf, makeGroups, type Scan } from "../../scan/mod.ts";
import { groupingOf } from "./network.ts";

/** Numbers of patterns, `size` after `size` going through the network as one input. */
export interface PatternOrder {
  readonly patterns: Int32Array;
  readonly size: number;
}

/** A part of a scan: block number `index`, from 0, of `count` compact ones. */
export interface ShardOf {
  readonly index: number;
  readonly count: number;
}

/** Options of {@linkcode groupPatterns}. */
export interface OrderOptions {
  readonly model: Model;
  /** Patterns to reconstruct. Default: all. */
  readonly indices?: Int32Array;
  /** Groups of a historical network. Default: one for each pattern. */
  readonly nGroups?: number;
  /** K, the neighbours that a group is drawn from, of a historical network. */
  readonly neighborCount: number;
  /** Seed of the groups. */
  readonly seed: number;
}

/** What goes through the network. */
export interface Groups {
  /** The order of each pass, of the shard alone where there is one. */
  readonly passes: readonly PatternOrder[];
  /** The first pass of the whole scan. */
  readonly whole: PatternOrder;
  /** Patterns of all passes. */
  readonly count: number;
}

/**
 * Orders the patterns of a scan. The calibrated network takes one pattern at a time; a historical one of gridsize 2
 * or more takes groups, which depend on the seed, and every member of a group counts.
 */
function patternOrder(
  scan: Scan,
  { model, nGroups, neighborCount, seed, ...options }: OrderOptions,
): PatternOrder {
  const indices = options.indices ?? Int32Array.from({ length: scan.n }, (_, i) => i);
  const { channels, grouped } = groupingOf(model);
  if (!grouped) return { patterns: indices, size: 1 };
  const { indices: patterns } = makeGroups(scan.positionsPx, {
    size: channels,
    neighborCount: Math.max(neighborCount, channels),
    seed,
    nGroups,
    indices,
    source: scan.source,
  });
  return { patterns, size: channels };
}

/**
 * Groups the patterns of every pass, each with groups of its own. Single patterns are gone through once, with a line to the
 * logger. Throws `OptionError` for a shard without patterns.
 */
export function groupPatterns(
  scan: Scan,
  { passes, shard, logger = silentLogger, ...order }: OrderOptions & {
    readonly passes: number;
    readonly shard: ShardOf | undefined;
    readonly logger?: Logger;
  },
): Groups {
  const whole = patternOrder(scan, order);
  const repeated = whole.size > 1;
  if (!repeated && passes > 1) {
    logger.info(
      `passes: this network takes single patterns, so ${passes} passes are all the same; doing one`,
    );
  }
  const others = Array.from(
    { length: repeated ? passes - 1 : 0 },
    (_, k) => patternOrder(scan, { ...order, seed: order.seed + 1 + k }),
  );
  const all = [whole, ...others];
  const parts = shard ? all.map((one) => inBlock(one, { scan, indices: order.indices, shard })) : all;
  if (shard && parts.some(({ patterns }) => patterns.length === 0)) throw emptyShard(whole, shard);
  return { passes: parts, whole, count: parts.reduce((sum, { patterns }) => sum + patterns.length, 0) };
}

/** The inputs of an order whose first pattern is in a block. */
function inBlock(
  { patterns, size }: PatternOrder,
  { scan, indices, shard: { index, count } }: {
    readonly scan: Scan;
    readonly indices: Int32Array | undefined;
    readonly shard: ShardOf;
  },
): PatternOrder {
  const among = indices ?? Int32Array.from({ length: scan.n }, (_, i) => i);
  const block = blocksOf(scan.positionsPx, { blocks: count, indices: among });
  return { patterns: patterns.filter((_, i) => block[patterns[i - i % size]] === index), size };
}

function emptyShard({ patterns, size }: PatternOrder, { index, count }: ShardOf): OptionError {
  return new OptionError({
    option: "shard",
    found: `${index + 1}/${count}, a part without patterns`,
    expected: `at most ${patterns.length / size} parts`,
    remedy: "cut the scan into fewer parts",
  });
}
