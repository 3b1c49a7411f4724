/**
 * Parts of a reconstruction in files, and their sum: sums and weights are kept in float64, so that parts add up to what
 * the whole scan would have given.
 *
 * @module
 */
import { DataError, isRecord, parseJson } from "../../common/mod.ts";
import { MAX_TEXT_BYTES, type NpyArray, openNpz, textArray, writeNpz } from "../../formats/mod.ts";

import {
  Canvas,
  type CanvasSums,
  type PhasePairs,
  solvePhases,
  type Stitched,
  unionExtent,
} from "../../image/mod.ts";

import { type Quality, qualityOf } from "./quality.ts";

/** The file of a part in its output folder. */
export const SHARD_NAME = "shard.npz";

const FORMAT = "plica shard 1";

/** Properties that all parts of one reconstruction share. */
export interface ShardKind {
  /** Parts that the scan was cut into. */
  readonly count: number;
  /** SHA-256 of scan and weights. */
  readonly scanSha256: string;
  readonly weightsSha256: string;
  /** True if phases were synchronised, so that `merge` has to find the constants between the parts. */
  readonly phaseSync: boolean;
  /** Settings that the result depends on, as text. */
  readonly settings: string;
  readonly maskThreshold: number;
  readonly pixelSizeM?: number;
}

/** One part. */
export interface Shard extends ShardKind {
  /** From 0. */
  readonly index: number;
  readonly sums: CanvasSums;
  /** Patterns that went through the network. */
  readonly patterns: number;
  readonly quality?: ShardQuality;
}

/** The misfit of the patterns of a part, against its own image. */
export interface ShardQuality {
  readonly patterns: Int32Array;
  readonly misfit: Float64Array;
  readonly xcoords: Float64Array;
  readonly ycoords: Float64Array;
}

/** Writes a part, whole or not at all. */
export async function writeShard(path: string, shard: Shard): Promise<void> {
  const { sums: { height, width, sum, weight, x0, y0 }, quality, ...facts } = shard;
  const scalar = (value: number) => ({ dtype: "float64", shape: [], data: Float64Array.of(value) }) as const;
  const row = (data: Float64Array) => ({ dtype: "float64", shape: [data.length], data }) as const;
  await writeNpz(path, {
    numerator: { dtype: "complex128", shape: [height, width], data: sum },
    weight: { dtype: "float64", shape: [height, width], data: weight },
    x0: scalar(x0),
    y0: scalar(y0),
    ...(quality
      ? {
        pattern_index: { dtype: "int32", shape: [quality.patterns.length], data: quality.patterns },
        misfit: row(quality.misfit),
        xcoords: row(quality.xcoords),
        ycoords: row(quality.ycoords),
      } as const
      : {}),
    _metadata: textArray(JSON.stringify({ format: FORMAT, ...facts })),
  });
}

/** Reads a part. Throws `DataError` where it is none. */
export async function readShard(path: string): Promise<Shard> {
  await using npz = await openNpz(path);
  const refuse = (key: string, found: string) =>
    new DataError({
      file: path,
      key,
      found,
      expected: "a part of a reconstruction",
      remedy: `name the ${SHARD_NAME} that infer --shard wrote, or its folder`,
    });
  const facts = npz.has("_metadata")
    ? factsOf(await npz.readArray("_metadata", { atMost: MAX_TEXT_BYTES }))
    : undefined;
  if (!facts) throw refuse("_metadata", `no "format": "${FORMAT}"`);
  const floats = async (key: string) => {
    const { data, dtype } = await npz.readArray(key);
    if (!(data instanceof Float64Array)) throw refuse(key, dtype);
    return data;
  };
  const { shape } = npz.entry("weight");
  const [sum, weight, [x0], [y0]] = await Promise.all(["numerator", "weight", "x0", "y0"].map(floats));
  if (shape.length !== 2 || sum.length !== 2 * weight.length) {
    throw refuse("weight", "another shape than numerator");
  }
  // in the sum of all parts one such value would spread without a trace
  const wrong = Object.entries({ numerator: sum, weight, x0: [x0], y0: [y0] })
    .find(([, values]) => !values.every(Number.isFinite));
  if (wrong) throw refuse(wrong[0], "values that are NaN or infinite");
  if (weight.some((value) => value < 0)) throw refuse("weight", "negative values");
  const shard = { ...facts, sums: { height: shape[0], width: shape[1], x0, y0, sum, weight } };
  if (!npz.has("misfit")) return shard;
  const { data: patterns } = await npz.readArray("pattern_index");
  const [misfit, xcoords, ycoords] = await Promise.all(["misfit", "xcoords", "ycoords"].map(floats));
  return { ...shard, quality: { patterns: Int32Array.from(patterns, Number), misfit, xcoords, ycoords } };
}

/** The facts in the metadata; undefined where they are not those of a part. */
function factsOf({ data }: NpyArray): Omit<Shard, "sums" | "quality"> | undefined {
  const facts = parsed(String(data[0]));
  if (!isRecord(facts) || facts.format !== FORMAT) return undefined;
  const {
    index,
    count,
    patterns,
    maskThreshold,
    scanSha256,
    weightsSha256,
    settings,
    phaseSync,
    pixelSizeM,
  } = facts;
  const numbers = typeof index === "number" && typeof count === "number" && typeof patterns === "number" &&
    typeof maskThreshold === "number";
  const texts = typeof scanSha256 === "string" && typeof weightsSha256 === "string" &&
    typeof settings === "string";
  if (!numbers || !texts || typeof phaseSync !== "boolean") return undefined;
  const known = { index, count, patterns, maskThreshold, scanSha256, weightsSha256, settings, phaseSync };
  return typeof pixelSizeM === "number" ? { ...known, pixelSizeM } : known;
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** A merged reconstruction. */
export interface Merged extends Stitched, Omit<ShardKind, "count"> {
  readonly shards: number;
  readonly patterns: number;
  /** Phases in radians that were taken out of the parts, where phases are synchronised. */
  readonly phases?: Float64Array;
  readonly quality?: Quality & Pick<ShardQuality, "xcoords" | "ycoords">;
}

/**
 * Adds parts up. Where phases were synchronised, each part has a constant of its own: that of all parts together is found
 * from where they overlap, as that of patches is. `names` are for messages. Throws `DataError` where parts are missing, are
 * there twice, or belong to different reconstructions.
 */
export function mergeShards(shards: readonly Shard[], names: readonly string[] = []): Merged {
  checkShards(shards, names);
  const [first] = shards;
  const extent = shards.map(({ sums }) => sums).reduce(unionExtentOf);
  const canvas = new Canvas(extent, new Float32Array(0));
  const phases = first.phaseSync ? solvePhases(pairsOf(shards)).phases : undefined;
  shards.forEach(({ sums }, k) => canvas.addSums(sums, { phase: phases?.[k] }));
  const { maskThreshold, scanSha256, weightsSha256, phaseSync, settings, pixelSizeM } = first;
  const quality = joinedQuality(shards);
  return {
    ...canvas.finish({ minWeight: maskThreshold }),
    ...{ maskThreshold, scanSha256, weightsSha256, phaseSync, settings },
    ...(pixelSizeM === undefined ? {} : { pixelSizeM }),
    shards: shards.length,
    patterns: shards.reduce((sum, { patterns }) => sum + patterns, 0),
    ...(phases ? { phases } : {}),
    ...(quality ? { quality } : {}),
  };
}

function unionExtentOf(a: CanvasSums, b: CanvasSums): CanvasSums {
  return { ...a, ...unionExtent(a, b) };
}

function checkShards(shards: readonly Shard[], names: readonly string[]): void {
  const [first] = shards;
  if (!first) throw new RangeError("there are no parts to merge");
  const nameOf = (k: number) => names[k] ?? `part ${k + 1}`;
  const same = ["scanSha256", "weightsSha256", "settings", "phaseSync", "count", "maskThreshold"] as const;
  const refuse = (k: number, found: string, expected: string, remedy: string) =>
    new DataError({ file: nameOf(k), found, expected, remedy });
  const place = new Map<number, number>();
  shards.forEach((shard, k) => {
    const other = same.find((key) => shard[key] !== first[key]);
    if (other) {
      const what = other === "scanSha256"
        ? "another scan"
        : other === "weightsSha256"
        ? "another model"
        : other;
      const found = other.endsWith("256") ? `a part of ${what}` : `${what} ${shard[other]}`;
      const expected = other.endsWith("256")
        ? `the same as ${nameOf(0)}`
        : `${first[other]}, as in ${nameOf(0)}`;
      throw refuse(k, found, expected, "merge parts of one reconstruction");
    }
    const before = place.get(shard.index);
    if (before !== undefined) {
      const found = `part ${shard.index + 1}/${shard.count}, as ${nameOf(before)}`;
      throw refuse(k, found, "every part once", "leave one out");
    }
    place.set(shard.index, k);
  });
  const missing = Array.from({ length: first.count }, (_, i) => i).filter((i) => !place.has(i));
  if (missing.length === 0) return;
  const parts = missing.slice(0, 10).map((i) => `${i + 1}/${first.count}`).join(", ");
  throw refuse(0, `no part ${parts} beside it`, `all ${first.count} parts`, "name the missing ones as well");
}

/** h_jk = sum of sqrt(w_j w_k) O_j conj(O_k) over the pixels that both have. */
function pairsOf(shards: readonly Shard[]): PhasePairs {
  const first: number[] = [], second: number[] = [], values: number[] = [];
  for (let j = 0; j < shards.length; j++) {
    for (let k = j + 1; k < shards.length; k++) {
      const [re, im] = overlapOf(shards[j].sums, shards[k].sums);
      if (re === 0 && im === 0) continue;
      first.push(j);
      second.push(k);
      values.push(re, im);
    }
  }
  return {
    patches: shards.length,
    first: Int32Array.from(first),
    second: Int32Array.from(second),
    values: Float64Array.from(values),
  };
}

function overlapOf(a: CanvasSums, b: CanvasSums): [number, number] {
  const left = Math.max(a.x0, b.x0), right = Math.min(a.x0 + a.width, b.x0 + b.width);
  const top = Math.max(a.y0, b.y0), bottom = Math.min(a.y0 + a.height, b.y0 + b.height);
  let re = 0, im = 0;
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const i = (y - a.y0) * a.width + x - a.x0, k = (y - b.y0) * b.width + x - b.x0;
      const w = a.weight[i] * b.weight[k];
      if (!(w > 0)) continue;
      // sqrt(w_a w_b) / (w_a w_b)
      const share = 1 / Math.sqrt(w);
      const ar = a.sum[2 * i], ai = a.sum[2 * i + 1], br = b.sum[2 * k], bi = b.sum[2 * k + 1];
      re += share * (ar * br + ai * bi);
      im += share * (ai * br - ar * bi);
    }
  }
  return [re, im];
}

/** Patterns of all parts, each once. */
function joinedQuality(shards: readonly Shard[]): Merged["quality"] {
  const seen = new Map<number, { misfit: number; x: number; y: number }>();
  for (const { quality } of shards) {
    if (!quality) return undefined;
    const { patterns, misfit, xcoords, ycoords } = quality;
    patterns.forEach((pattern, i) => seen.set(pattern, { misfit: misfit[i], x: xcoords[i], y: ycoords[i] }));
  }
  const patterns = Int32Array.from(seen.keys()).sort();
  const column = (key: "misfit" | "x" | "y") =>
    Float64Array.from(patterns, (pattern) => seen.get(pattern)?.[key] ?? NaN);
  return { ...qualityOf(patterns, column("misfit")), xcoords: column("x"), ycoords: column("y") };
}
