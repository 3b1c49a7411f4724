/**
 * Readers that are given damaged files, and what they may answer: the same as of the whole file, or a refusal.
 *
 * @module
 */
import { isDeepStrictEqual } from "node:util";
import { parseConfig } from "../../src/config/parse.ts";
import { resolveConfig } from "../../src/config/resolve.ts";
import { encodeBundle, readBundle } from "../../src/formats/bundle.ts";
import { decodeHdf5, type StoredArray } from "../../src/formats/hdf5/hdf5.ts";
import { countOf, decodeNpy, type NpyArray } from "../../src/formats/npy/npy.ts";
import { openNpz } from "../../src/formats/npy/npz.ts";
import { encodeNpz } from "../../src/formats/npy/npz_write.ts";
import { openZip } from "../../src/formats/zip/zip.ts";
import { openSource } from "../../src/host/source.ts";
import { mergeShards, readShard, type Shard, writeShard } from "../../src/network/inference/shards.ts";
import { inspectScan } from "../../src/scan/inspect.ts";
import { openScan } from "../../src/scan/scan.ts";
import { fixture } from "../formats/support.ts";
import { goodScan } from "../scan/support.ts";
import { forgeZip } from "./forge.ts";
import { type Edit, mutate } from "./mutate.ts";

/** A reader with whole files for it. */
export interface Target {
  readonly name: string;
  readonly seeds: readonly Uint8Array[];
  /** The file with damage; default: the bytes themselves are changed. */
  readonly damage?: (seed: Uint8Array, edits: readonly Edit[]) => Promise<Uint8Array>;
  /** Reads everything; throws `DataError` or `ConfigError` for what it refuses, and `Unsound` for nonsense. */
  read(bytes: Uint8Array): Promise<unknown>;
  /** True where what was read of a damaged file may stand beside what was read of the whole one. */
  readonly same?: (found: unknown, whole: unknown) => boolean;
}

/** A file was accepted that should not have been. */
export class Unsound extends Error {
  override name = "Unsound";
}

const NAME = "file";

/** All readers. `folder`: for files that must lie on disk. */
export async function makeTargets(folder: string): Promise<Target[]> {
  const file = (name: string) => Deno.readFile(fixture(name));
  const [stored, deflated, zip64, counts, turned, canonical, weights, refused] = await Promise.all(
    ["types_stored.npz", "types_deflated.npz", "zip64.npz", "scan_counts.npz", "scan_diff3d.npz"]
      .concat("scan_canonical.npz", "weights.h5", "refused.npz").map(file),
  );
  const npy = await Promise.all(["version_1.npy", "version_2.npy", "version_3.npy"].map(file));
  const scans = [
    counts,
    turned,
    canonical,
    await encodeNpz(goodScan()),
    await encodeNpz(goodScan(), { compress: true }),
  ];
  const bundle = await encodeBundle(BUNDLE);
  const shard = await shardBytes(`${folder}/shard.npz`);
  const texts = CONFIGS.map((text) => new TextEncoder().encode(text));
  return [
    { name: "npy", seeds: npy, read: (bytes) => Promise.resolve(whole(decodeNpy(bytes, { file: NAME }))) },
    { name: "npz", seeds: [stored, deflated, zip64, refused], read: readNpz, same: subset },
    { name: "npy in npz", seeds: [stored, deflated], damage: damageEntry, read: readNpz },
    { name: "zip", seeds: [stored, deflated, zip64, bundle], read: readZip, same: subset },
    { name: "scan", seeds: scans, read: readScan, same: isDeepStrictEqual },
    { name: "npy in scan", seeds: scans, damage: damageEntry, read: readScan },
    { name: "hdf5", seeds: [weights], read: async (bytes) => readHdf5(await decodeHdf5(bytes, NAME)) },
    { name: "bundle", seeds: [bundle], read: readWeights, same: isDeepStrictEqual },
    {
      name: "entry of a bundle",
      seeds: [bundle],
      damage: damageEntry,
      read: readWeights,
      same: isDeepStrictEqual,
    },
    { name: "shard", seeds: [shard], read: shardReader(folder), same: isDeepStrictEqual },
    { name: "npy in shard", seeds: [shard], damage: damageEntry, read: shardReader(folder) },
    { name: "json", seeds: texts.slice(0, 1), read: (bytes) => readConfig(bytes, "run.json") },
    { name: "yaml", seeds: texts.slice(1), read: (bytes) => readConfig(bytes, "run.yaml") },
  ];
}

const MODEL = { inputs: [], outputs: [], weights: ["conv.weight"] };
const BUNDLE = {
  config: { values: { model: { gridsize: 2 } } },
  manifest: {
    programVersion: "0.1.0",
    created: "2026-01-02T03:04:05.000Z",
    trainingData: [],
    device: "wasm",
    metrics: { val_loss: 1.25 },
    models: { autoencoder: MODEL, diffraction_to_obj: MODEL },
  },
  weights: new Map<string, StoredArray>([
    ["conv.weight", { shape: [2, 4], data: Float32Array.from({ length: 8 }, (_, i) => i) }],
    ["conv.bias", { shape: [2], data: Float32Array.of(1, 2) }],
  ]),
  arrays: new Map([["probe", { shape: [2], data: Float32Array.of(1, 2, 3, 4), complex: true }]]),
};

const CONFIGS = [
  '{"model": {"gridsize": 2, "profile": "counts"}, "training": {"nepochs": 3, "batchSize": 8}, "seed": 4}',
  "model:\n  gridsize: 2\n  profile: counts\ntraining: {nepochs: 3, batch-size: 8}\nseed: 4\n",
  "# a run\nmodel: &m\n  gridsize: 1\nsolver:\n  algorithm: rpie\nexecution:\n  threads: 2\n",
];

/** Opens the file and reads each entry in every way there is; the ways must agree. */
async function readNpz(bytes: Uint8Array): Promise<unknown[]> {
  await using npz = await openNpz(bytes, { name: NAME });
  const arrays: unknown[] = [];
  for (const { key, shape } of npz.entries) {
    const array = whole(await npz.readArray(key));
    const count = Number(Array.isArray(array.data) ? 0 : array.data.length);
    let streamed = 0;
    for await (const { data } of npz.streamElements(key)) streamed += Array.isArray(data) ? 0 : data.length;
    if (count !== streamed) throw new Unsound(`${key}: ${count} elements, ${streamed} of them streamed`);
    let rows = 0;
    if (shape.length > 0) { for await (const piece of npz.streamRows(key, 3)) rows += piece.array.shape[0]; }
    if (rows !== (countOf(shape) === 0 ? 0 : shape[0] ?? 0)) throw new Unsound(`${key}: ${rows} rows`);
    arrays.push(array.data);
  }
  const [refusal] = npz.unreadable.values();
  if (arrays.length === 0 && refusal) throw refusal;
  return arrays;
}

async function readZip(bytes: Uint8Array): Promise<unknown[]> {
  const source = await openSource(bytes, { name: NAME });
  const archive = await openZip(source);
  const contents: unknown[] = [];
  for (const entry of archive.entries) contents.push(await entry.read());
  return contents;
}

async function readScan(bytes: Uint8Array): Promise<unknown> {
  // looking at a scan must end with a report whatever is wrong with the arrays
  await inspectScan(bytes, { name: NAME });
  await using scan = await openScan(bytes, { name: NAME });
  const all = Int32Array.from({ length: scan.n }, (_, i) => i);
  const counts = await scan.readCounts(all);
  const { positionsPx, probe } = scan;
  const numbers = [counts, positionsPx.x, positionsPx.y, probe.data];
  if (numbers.some((values) => !values.every(Number.isFinite))) {
    throw new Unsound("values that are not finite");
  }
  return numbers;
}

function readHdf5(arrays: ReadonlyMap<string, StoredArray>): unknown {
  for (const [name, { shape, data, complex }] of arrays) {
    if (data.length !== countOf(shape) * (complex ? 2 : 1)) {
      throw new Unsound(`${name}: ${data.length} values`);
    }
  }
  return arrays;
}

async function readWeights(bytes: Uint8Array): Promise<unknown> {
  const { weights, arrays } = await readBundle(bytes, { name: NAME });
  readHdf5(weights);
  return [weights, arrays];
}

async function shardBytes(path: string): Promise<Uint8Array> {
  const fill = (count: number) => Float64Array.from({ length: count }, (_, i) => 1 + Math.sin(i));
  const sums = { height: 8, width: 9, x0: 3, y0: -2, sum: fill(144), weight: fill(72) };
  const quality = { patterns: Int32Array.of(0, 1), misfit: fill(2), xcoords: fill(2), ycoords: fill(2) };
  const shard: Shard = {
    index: 0,
    count: 1,
    patterns: 2,
    maskThreshold: 0.1,
    scanSha256: "a",
    weightsSha256: "b",
    settings: "{}",
    phaseSync: false,
    sums,
    quality,
  };
  await writeShard(path, shard);
  return await Deno.readFile(path);
}

function shardReader(folder: string): Target["read"] {
  return async (bytes) => {
    const path = `${folder}/damaged.npz`;
    await Deno.writeFile(path, bytes);
    const { sums, quality, ...rest } = await readShard(path);
    if (![sums.sum, sums.weight].every((values) => values.every(Number.isFinite))) {
      throw new Unsound("a part with values that are not finite");
    }
    mergeShards([{ ...rest, sums, quality, index: 0, count: 1 }]);
    return [sums.sum, sums.weight, sums.x0, sums.y0];
  };
}

async function readConfig(bytes: Uint8Array, name: string): Promise<unknown> {
  return resolveConfig([await parseConfig(new TextDecoder().decode(bytes), name)]).values;
}

/** Damages the content of one entry, and puts the archive together so that its checksums are right. */
async function damageEntry(seed: Uint8Array, edits: readonly Edit[]): Promise<Uint8Array> {
  const { entries } = await openZip(await openSource(seed, { name: NAME }));
  const chosen = edits[0].value % entries.length;
  const forged = entries.map(async (entry, k) => {
    const content = await entry.read();
    // most of an array is numbers: half of the damage is to its head
    const split = edits.length % 2 === 0 ? content.length : Math.min(content.length, 128);
    if (k !== chosen) return { name: entry.name, packed: content };
    const head = mutate(content.subarray(0, split), edits);
    const packed = new Uint8Array(head.length + content.length - split);
    packed.set(head);
    packed.set(content.subarray(split), head.length);
    return { name: entry.name, packed };
  });
  return forgeZip(await Promise.all(forged));
}

function whole(array: NpyArray): NpyArray {
  const { data, shape, dtype } = array;
  const count = countOf(shape) * (dtype.startsWith("complex") ? 2 : 1);
  if (data.length !== count) throw new Unsound(`${data.length} elements of shape ${shape}`);
  return array;
}

/** Every part that was read is one of the whole file: the directory is not protected, what it points to is. */
function subset(found: unknown, whole: unknown): boolean {
  return Array.isArray(found) && Array.isArray(whole) &&
    found.every((part) => whole.some((one) => isDeepStrictEqual(part, one)));
}
