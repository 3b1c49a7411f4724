import { deepEqual, equal, notEqual, rejects } from "node:assert/strict";
import { type BundleContent, encodeBundle, readBundle, writeBundle } from "../../src/formats/bundle.ts";
import { weightsSha256 } from "../../src/formats/weights_hash.ts";
import { DataError } from "../../src/common/errors.ts";
import { sha256Hex } from "../../src/host/hash.ts";
import type { StoredArray } from "../../src/formats/hdf5/hdf5.ts";
import { openSource } from "../../src/host/source.ts";
import { openZip } from "../../src/formats/zip/zip.ts";
import { encodeZip } from "../../src/formats/zip/zip_write.ts";
import { namesIn, rejectsWith, withFolder } from "./support.ts";

const WEIGHTS = new Map<string, StoredArray>([
  ["encoder.conv1.weight", { shape: [2, 2], data: new Float32Array([1, 2, 3, 4]) }],
  ["encoder.conv1.bias", { shape: [2], data: new Float32Array([5, 6]) }],
]);

const MODEL = {
  inputs: [{ name: "input", shape: ["batch", 2, 64, 64], dtype: "float32" as const }],
  outputs: [{ name: "object", shape: ["batch", 64, 64], dtype: "complex64" as const }],
  weights: [...WEIGHTS.keys()],
};

const CONTENT: BundleContent = {
  config: { model: { profile: "calibrated", gridsize: 2 }, note: "ö" },
  manifest: {
    programVersion: "0.1.0",
    created: "2026-01-02T03:04:05.000Z",
    trainingData: [{ file: "scan.npz", sha256: "0".repeat(64) }],
    device: "wasm (2 threads)",
    metrics: { val_loss: 1.25 },
    models: { autoencoder: MODEL, diffraction_to_obj: MODEL },
  },
  weights: WEIGHTS,
  arrays: new Map([["probe", { shape: [2], data: new Float32Array([1, 2, 3, 4]), complex: true }]]),
};

Deno.test("a bundle comes back whole from a file, bytes and an address", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/wts.h5.zip`;
    const manifest = await writeBundle(path, CONTENT);
    deepEqual(await namesIn(folder), ["wts.h5.zip"]);
    for (const source of [path, await Deno.readFile(path), new URL(`file://${path}`)]) {
      const bundle = await readBundle(source);
      deepEqual(bundle.config, CONTENT.config);
      deepEqual(new Map(bundle.weights), WEIGHTS);
      deepEqual(bundle.arrays, CONTENT.arrays);
      deepEqual(bundle.manifest, manifest);
      equal(bundle.manifest.weightsSha256, await weightsSha256(WEIGHTS));
    }
  });
});

Deno.test("the same content gives the same bytes", async () => {
  deepEqual(await encodeBundle(CONTENT), await encodeBundle(CONTENT));
});

Deno.test("the hash of weights depends on names, shapes and values, not on their order", async () => {
  const hash = await weightsSha256(WEIGHTS);
  equal(await weightsSha256(new Map([...WEIGHTS].reverse())), hash);
  const changes: [string, StoredArray][] = [
    ["encoder.conv1.bias", { shape: [2], data: new Float32Array([5, 7]) }],
    ["encoder.conv1.bias", { shape: [2, 1], data: new Float32Array([5, 6]) }],
    ["encoder.conv2.bias", { shape: [2], data: new Float32Array([5, 6]) }],
  ];
  for (const change of changes) notEqual(await weightsSha256(new Map([...WEIGHTS, change])), hash);
});

Deno.test("a bundle cut anywhere is refused", async () => {
  const whole = await encodeBundle(CONTENT);
  for (let length = 0; length < whole.length; length += 61) {
    await rejectsWith(readBundle(whole.slice(0, length)), /bytes in memory: found/);
  }
});

Deno.test("a flipped bit anywhere is refused or changes nothing", async () => {
  const whole = await encodeBundle(CONTENT);
  const expected = await readBundle(whole);
  for (let at = 0; at < whole.length; at += 37) {
    const bytes = whole.slice();
    bytes[at] ^= 1 << (at % 8);
    try {
      deepEqual(await readBundle(bytes), expected);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
    }
  }
});

/** The bundle with one entry replaced, its checksums in the zip made right again. */
async function withEntry(name: string, change: (bytes: Uint8Array) => Uint8Array): Promise<Uint8Array> {
  const source = await openSource(await encodeBundle(CONTENT));
  const { entries } = await openZip(source);
  return await encodeZip(
    await Promise.all(entries.map(async (entry) => {
      const bytes = await entry.read();
      return { name: entry.name, content: entry.name === name ? change(bytes) : bytes };
    })),
  );
}

function edit(from: RegExp, to: string): (bytes: Uint8Array) => Uint8Array {
  return (bytes) => new TextEncoder().encode(new TextDecoder().decode(bytes).replace(from, to));
}

Deno.test("an entry that is not what the manifest says is named", async () => {
  const config = await withEntry("config.json", edit(/calibrated/, "amplitude"));
  await rejectsWith(readBundle(config), /config\.json: found SHA-256 .*as the manifest says/);
  const weights = await withEntry(
    "weights.h5",
    (bytes) => bytes.map((byte, i) => i === 3000 ? byte ^ 1 : byte),
  );
  await rejectsWith(readBundle(weights), /weights\.h5: found SHA-256/);
  const hash = await withEntry("manifest.json", edit(/("weightsSha256": ")\w{8}/, "$100000000"));
  await rejectsWith(readBundle(hash), /weights\.h5: found SHA-256/);
});

Deno.test("a newer format, a broken manifest and a missing entry are refused with the reason", async () => {
  const newer = await withEntry("manifest.json", edit(/"formatVersion": 1/, '"formatVersion": 2'));
  await rejectsWith(
    readBundle(newer),
    /manifest\.json: found format version 2.*newer version of the program/,
  );
  const broken = await withEntry("manifest.json", edit(/\{/, "["));
  await rejectsWith(readBundle(broken), /manifest\.json: found no JSON/);
  const partial = await withEntry("manifest.json", edit(/"device": ".*?",/, ""));
  await rejectsWith(readBundle(partial), /manifest\.json: found device: /);
  const other = await encodeZip([{ name: "a.txt", content: new Uint8Array(1) }]);
  await rejectsWith(readBundle(other), /manifest\.json: found only a\.txt/);
});

Deno.test("a bundle that cannot be written leaves nothing, and weights keep out of the statistics", async () => {
  await withFolder(async (folder) => {
    await rejectsWith(writeBundle(`${folder}/none/wts.h5.zip`, CONTENT), /wts\.h5\.zip: found/);
    const weights = new Map([["statistics.x", { shape: [1], data: new Float32Array(1) }]]);
    await rejects(writeBundle(`${folder}/wts.h5.zip`, { ...CONTENT, weights }), RangeError);
    deepEqual(await namesIn(folder), []);
  });
});

Deno.test("entries are hashed with SHA-256 as anyone can check", async () => {
  const { entries } = await openZip(await openSource(await encodeBundle(CONTENT)));
  const { manifest } = await readBundle(await encodeBundle(CONTENT));
  for (const entry of entries.slice(1)) {
    equal(manifest.sha256[entry.name], await sha256Hex(await entry.read()));
  }
  deepEqual(entries.map(({ name }) => name), ["manifest.json", "config.json", "weights.h5"]);
});
