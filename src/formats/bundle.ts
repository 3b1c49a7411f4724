/**
 * The bundle `wts.h5.zip`: a trained model in one file. A zip of `manifest.json`, `config.json` and
 * `weights.h5`; frozen statistics that are arrays stand in `weights.h5` under `statistics/`.
 *
 * @module
 */
import { BUNDLE_FORMAT_VERSION, type BundleManifest, parseManifest } from "./bundle_manifest.ts";
import { DataError, messageOf, parseJson } from "../common/mod.ts";
import { openSource, sha256Hex, type SourceLike, type SourceOptions } from "../host/mod.ts";
import { decodeHdf5, encodeHdf5, type StoredArray } from "./hdf5/hdf5.ts";

import { MAX_TEXT_BYTES } from "./limits.ts";
import { weightsSha256 } from "./weights_hash.ts";
import { openZip, type ZipEntry } from "./zip/zip.ts";
import { encodeZip, writeZip, type ZipInput } from "./zip/zip_write.ts";

export type { BundleModel } from "./bundle_manifest.ts";

/** Name of the bundle in the folder of a run. */
export const BUNDLE_NAME = "wts.h5.zip";

/** A JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | {
  readonly [key: string]: Json | undefined;
};

/** Fields that the writer computes. */
type Computed = "formatVersion" | "weightsSha256" | "sha256" | "created";

/** Content for {@linkcode writeBundle}. */
export interface BundleContent {
  /** The whole resolved configuration. */
  readonly config: Json;
  /** `created` defaults to now. */
  readonly manifest: Omit<BundleManifest, Computed> & Partial<Pick<BundleManifest, "created">>;
  /** Weights under their module paths. */
  readonly weights: ReadonlyMap<string, StoredArray>;
  /** Frozen statistics, the probe and the like. */
  readonly arrays?: ReadonlyMap<string, StoredArray>;
  /** Further entries by name, such as what a run goes on from. */
  readonly extra?: ReadonlyMap<string, Uint8Array>;
}

/** Result of {@linkcode readBundle}. */
export interface Bundle {
  /** Path, address or name. */
  readonly file: string;
  readonly manifest: BundleManifest;
  readonly config: Json;
  readonly weights: ReadonlyMap<string, StoredArray>;
  readonly arrays: ReadonlyMap<string, StoredArray>;
  /** The further entries that were asked for and are there. */
  readonly extra: ReadonlyMap<string, Uint8Array>;
}

/** Options of {@linkcode readBundle}. */
export interface ReadBundleOptions extends SourceOptions {
  /** Names of further entries to read. Default none. */
  readonly extra?: readonly string[];
}

/** Weights are noise to deflate: what shrinks more than this, and is not small, is none. */
const WEIGHT_RATIO = 8;
const SMALL_WEIGHT_BYTES = 1 << 26;

const STATISTICS = "statistics.";
const ENTRIES = ["config.json", "weights.h5"] as const;

/** Writes a bundle, whole or not at all; returns its manifest. Throws `DataError` where it cannot. */
export async function writeBundle(path: string, content: BundleContent): Promise<BundleManifest> {
  const { manifest, entries } = await makeEntries(content);
  await writeZip(path, entries);
  return manifest;
}

/** Encodes a bundle in memory. */
export async function encodeBundle(content: BundleContent): Promise<Uint8Array<ArrayBuffer>> {
  return await encodeZip((await makeEntries(content)).entries);
}

/**
 * Reads and verifies a bundle (path, address, bytes or Blob). Throws `DataError` with the reason where it is
 * truncated, where an entry does not have the SHA-256 that the manifest says, and for a newer format.
 */
export async function readBundle(source: SourceLike, options: ReadBundleOptions = {}): Promise<Bundle> {
  const open = await openSource(source, options);
  try {
    const zip = await openZip(open);
    const file = open.name;
    const manifest = parseManifest(
      decodeText(await zip.entry("manifest.json").read({ atMost: MAX_TEXT_BYTES })),
      file,
    );
    const verified = async (name: string) => {
      const entry = zip.entry(name);
      const bytes = await entry.read({
        atMost: name === "config.json" ? MAX_TEXT_BYTES : weightBytes(entry),
      });
      const found = await sha256Hex(bytes);
      const expected = manifest.sha256[name] ?? "in the manifest";
      if (found !== expected) throw tampered(file, name, { found, expected });
      return bytes;
    };
    const [config, weights] = await Promise.all(ENTRIES.map(verified));
    const extra = new Map<string, Uint8Array>();
    for (const name of options.extra ?? []) {
      if (manifest.sha256[name] !== undefined) extra.set(name, await verified(name));
    }
    const bundle = {
      file,
      manifest,
      config: parseConfig(decodeText(config), file),
      extra,
      ...splitArrays(await decodeHdf5(weights, file)),
    };
    const found = await weightsSha256(bundle.weights);
    if (found !== manifest.weightsSha256) {
      throw tampered(file, "weights.h5", { found, expected: manifest.weightsSha256 });
    }
    return bundle;
  } finally {
    await open.close();
  }
}

/** Returns a bundle in memory as if it had been written to `file` and read. */
export async function bundleOf(content: BundleContent, file: string): Promise<Bundle> {
  const { manifest } = await makeEntries(content);
  const { config, weights, arrays = new Map(), extra = new Map() } = content;
  return { file, manifest, config, weights, arrays, extra };
}

async function makeEntries(
  content: BundleContent,
): Promise<{ manifest: BundleManifest; entries: ZipInput[] }> {
  const files: [string, Uint8Array][] = [
    ["config.json", encodeJson(content.config)],
    ["weights.h5", await encodeHdf5(joinArrays(content))],
    ...content.extra ?? [],
  ];
  const sha256: Record<string, string> = {};
  for (const [name, bytes] of files) sha256[name] = await sha256Hex(bytes);
  const manifest = {
    formatVersion: BUNDLE_FORMAT_VERSION,
    created: new Date().toISOString(),
    ...content.manifest,
    weightsSha256: await weightsSha256(content.weights),
    sha256,
  } satisfies BundleManifest;
  const entries = files.map(([name, content]) => ({ name, content }));
  return { manifest, entries: [{ name: "manifest.json", content: encodeJson(manifest) }, ...entries] };
}

function joinArrays({ weights, arrays = new Map() }: BundleContent): Map<string, StoredArray> {
  const all = new Map<string, StoredArray>();
  for (const [name, array] of weights) {
    if (name.startsWith(STATISTICS)) {
      throw new RangeError(`a weight cannot be named ${name}: that is for statistics`);
    }
    all.set(name, array);
  }
  for (const [name, array] of arrays) all.set(STATISTICS + name, array);
  return all;
}

function splitArrays(all: ReadonlyMap<string, StoredArray>): Pick<Bundle, "weights" | "arrays"> {
  const weights = new Map<string, StoredArray>();
  const arrays = new Map<string, StoredArray>();
  for (const [name, array] of all) {
    if (name.startsWith(STATISTICS)) arrays.set(name.slice(STATISTICS.length), array);
    else weights.set(name, array);
  }
  return { weights, arrays };
}

function encodeJson(value: Json | BundleManifest): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value, null, 2) + "\n");
}

function weightBytes({ compressedSize }: ZipEntry): number {
  return Math.max(SMALL_WEIGHT_BYTES, WEIGHT_RATIO * compressedSize);
}

function decodeText(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function parseConfig(text: string, file: string): Json {
  try {
    return parseJson(text) as Json;
  } catch (error) {
    throw new DataError({
      file,
      key: "config.json",
      found: `no JSON (${messageOf(error)})`,
      expected: "the configuration",
      remedy: "copy or train the model again",
      cause: error,
    });
  }
}

function tampered(file: string, key: string, hashes: { found: string; expected: string }): DataError {
  return new DataError({
    file,
    key,
    found: `SHA-256 ${hashes.found.slice(0, 16)}...`,
    expected: `${hashes.expected.slice(0, 16)}..., as the manifest says`,
    remedy: "the bundle was changed or damaged: copy it again, or train again",
  });
}
