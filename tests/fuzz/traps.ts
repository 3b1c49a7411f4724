/**
 * Files that are made to fill the memory, to keep a parser busy, or to be read as what they are not. Each names a defect
 * that readers have had, and how it is refused.
 *
 * @module
 */
import { parseConfig } from "../../src/config/parse.ts";
import { resolveConfig } from "../../src/config/resolve.ts";
import { readBundle } from "../../src/formats/bundle.ts";
import { decodeHdf5, makeHdf5 } from "../../src/formats/hdf5/hdf5.ts";
import { decodeNpy, type NpyArray } from "../../src/formats/npy/npy.ts";
import { encodeNpy, encodeNpyHeader } from "../../src/formats/npy/npy_write.ts";
import { openNpz } from "../../src/formats/npy/npz.ts";
import { encodeNpz, textArray } from "../../src/formats/npy/npz_write.ts";
import { sha256Hex } from "../../src/host/hash.ts";
import { readShard } from "../../src/network/inference/shards.ts";
import { inspectScan } from "../../src/scan/inspect.ts";
import { openScan } from "../../src/scan/scan.ts";
import { goodScan } from "../scan/support.ts";
import { deflateZeros, type ForgedEntry, forgeZip, joined } from "./forge.ts";

/** A file and the refusal that it meets. */
export interface Trap {
  readonly name: string;
  make(): Promise<Uint8Array> | Uint8Array;
  read(bytes: Uint8Array): Promise<unknown>;
  readonly refusal: RegExp;
}

const MEGABYTES = 512;
const NAME = "trap";
const text = (value: string) => new TextEncoder().encode(value);
const config = (name: string) => async (bytes: Uint8Array) =>
  resolveConfig([await parseConfig(new TextDecoder().decode(bytes), name)]);
const asScan = (bytes: Uint8Array) => openScan(bytes, { name: NAME });
const asBundle = (bytes: Uint8Array) => readBundle(bytes, { name: NAME });
const asNpy = (bytes: Uint8Array) => Promise.resolve().then(() => decodeNpy(bytes, { file: NAME }));

/** The first problem of a report, thrown. */
async function asReport(bytes: Uint8Array): Promise<void> {
  const { problems } = await inspectScan(bytes, { name: NAME });
  if (problems.length > 0) throw problems[0];
}

/** An array of zeros that takes half a gigabyte. */
async function zeros(
  name: string,
  { descr, shape, crc }: {
    readonly descr: string;
    readonly shape: readonly number[];
    readonly crc?: boolean;
  },
): Promise<ForgedEntry> {
  const head = new Uint8Array(encodeNpyHeader(descr, shape));
  return { name, ...await deflateZeros(head, { megabytes: MEGABYTES, crc }) };
}

/** A scan that is fine but for the entry, which takes the place of its namesake. */
function scanWith(entry: ForgedEntry): Uint8Array {
  const others = Object.entries(goodScan()).map(([key, array]) => ({
    name: `${key}.npy`,
    packed: encodeNpy(array),
  }));
  return forgeZip([...others.filter(({ name }) => name !== entry.name), entry]);
}

function npyOf(header: string, version = 1): Uint8Array<ArrayBuffer> {
  const bytes = text(header);
  const length = version === 1
    ? [bytes.length & 255, bytes.length >> 8]
    : [0, 1, 2, 3].map((i) => (bytes.length >> 8 * i) & 255);
  return joined([Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0, ...length), bytes]);
}

/** A part of a reconstruction of two pixels, with some arrays in the place of those that are fine. */
async function shardOf(changes: Readonly<Record<string, NpyArray>>): Promise<Uint8Array> {
  const scalar: NpyArray = { dtype: "float64", shape: [], data: Float64Array.of(0) };
  const facts = {
    ...{ format: "plica shard 1", index: 0, count: 1, patterns: 1, maskThreshold: 0.1, phaseSync: false },
    ...{ scanSha256: "a", weightsSha256: "b", settings: "{}" },
  };
  return await encodeNpz({
    numerator: { dtype: "complex128", shape: [1, 2], data: Float64Array.of(1, 0, 1, 0) },
    weight: { dtype: "float64", shape: [1, 2], data: Float64Array.of(1, 1) },
    ...{ x0: scalar, y0: scalar, _metadata: textArray(JSON.stringify(facts)) },
    ...changes,
  });
}

async function asShard(bytes: Uint8Array): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeFile(`${folder}/trap.npz`, bytes);
    await readShard(`${folder}/trap.npz`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** All traps. */
export const TRAPS: readonly Trap[] = [
  {
    name: "a bundle whose manifest inflates to half a gigabyte",
    make: async () =>
      forgeZip([{ name: "manifest.json", ...await deflateZeros(text("{"), { megabytes: MEGABYTES }) }]),
    read: asBundle,
    refusal: /^trap: manifest\.json: found \d+ bytes packed into \d+, expected at most 16777216 bytes/,
  },
  {
    name: "weights that inflate to half a gigabyte",
    make: async () => {
      const packed = text("{}");
      const manifest = text(JSON.stringify({
        formatVersion: 1,
        ...{ programVersion: "", created: "", trainingData: [], device: "", metrics: {} },
        models: Object.fromEntries(
          ["autoencoder", "diffraction_to_obj"].map((
            name,
          ) => [name, { inputs: [], outputs: [], weights: [] }]),
        ),
        weightsSha256: "0".repeat(64),
        sha256: { "config.json": await sha256Hex(packed) },
      }));
      const bomb = { name: "weights.h5", ...await deflateZeros(text("x"), { megabytes: MEGABYTES }) };
      return forgeZip([{ name: "manifest.json", packed: manifest }, { name: "config.json", packed }, bomb]);
    },
    read: asBundle,
    refusal: /^trap: weights\.h5: found \d+ bytes packed into \d+, expected at most 67108864 bytes/,
  },
  {
    name: "coordinates that inflate to half a gigabyte",
    make: async () => scanWith(await zeros("xcoords.npy", { descr: "<f8", shape: [2 ** 26] })),
    read: asScan,
    refusal: /^trap: xcoords: found 67108864 coordinates, expected at most 4194304/,
  },
  {
    name: "a probe that inflates to half a gigabyte",
    make: async () => scanWith(await zeros("probeGuess.npy", { descr: "<c8", shape: [8192, 8192] })),
    read: asScan,
    refusal: /^trap: probeGuess: found shape \[8192, 8192\], expected \[64, 64\]/,
  },
  {
    name: "an object that inflates to half a gigabyte from half a megabyte",
    make: async () => scanWith(await zeros("objectGuess.npy", { descr: "<c8", shape: [8192, 8192] })),
    read: asScan,
    refusal: /^trap: objectGuess: found \d+ bytes packed into \d+, expected at most 268435456 bytes/,
  },
  {
    name: "patterns that inflate to half a gigabyte of zeros",
    make: async () => {
      const entry = await zeros("diffraction.npy", { descr: "<f4", shape: [2 ** 15, 64, 64], crc: true });
      const column = encodeNpy({
        dtype: "float32",
        shape: [2 ** 15],
        data: Float32Array.from({ length: 2 ** 15 }, (_, i) => i % 181),
      });
      const probe = encodeNpy(goodScan().probeGuess);
      const named = { "xcoords.npy": column, "ycoords.npy": column, "probeGuess.npy": probe };
      return forgeZip([...Object.entries(named).map(([name, packed]) => ({ name, packed })), entry]);
    },
    read: asReport,
    refusal: /^trap: diffraction: found zeros only in patterns 0, 1, 2/,
  },
  {
    name: "metadata that inflates to half a gigabyte",
    make: async () => scanWith(await zeros("_metadata.npy", { descr: "|u1", shape: [2 ** 29] })),
    read: async (bytes) => {
      const notes: string[] = [];
      await using _scan = await openScan(bytes, { name: NAME, onNote: (line) => notes.push(line) });
      throw new TypeError(notes.join());
    },
    refusal: /_metadata: left aside: .*found \d+ bytes packed into \d+, expected at most 16777216/,
  },
  {
    name: "an entry that inflates to more than the directory says",
    make: async () => {
      const head = new Uint8Array(encodeNpyHeader("<f4", [100]));
      const packed = await deflateZeros(head, { megabytes: MEGABYTES });
      return forgeZip([{ name: "a.npy", ...packed, size: head.length + 400 }]);
    },
    read: async (bytes) => {
      await using npz = await openNpz(bytes, { name: NAME });
      await npz.readArray("a");
    },
    refusal: /^trap: a: found (more than the 528 bytes|damaged data \(Invalid uncompressed size)/,
  },
  {
    name: "a few bytes that are said to be gigabytes",
    make: () => {
      const head = new Uint8Array(encodeNpyHeader("<f4", [2 ** 29]));
      return forgeZip([{ name: "a.npy", packed: head, method: 8, size: 2 ** 31 + head.length }]);
    },
    read: async (bytes) => {
      await using npz = await openNpz(bytes, { name: NAME });
      await npz.readArray("a");
    },
    refusal: /^trap: a: found \d+ bytes packed into 128, expected at most 133120 bytes from so few/,
  },
  {
    name: "an archive whose directory is said to be gigabytes",
    make: () => forgeZip([{ name: "a.npy", packed: npyOf("") }], { directoryBytes: 0x7fffffff }),
    read: (bytes) => openNpz(bytes, { name: NAME }),
    refusal: /^trap: found a (directory of|truncated or damaged)/,
  },
  {
    name: "an archive with nothing in it",
    make: () => forgeZip([]),
    read: asReport,
    refusal: /^trap: found an archive without entries/,
  },
  {
    name: "a header whose fields are in a table under __proto__",
    make: () =>
      joined([
        npyOf("{'__proto__': {'descr': '<f4', 'fortran_order': False, 'shape': (1,)}}"),
        new Uint8Array(4),
      ]),
    read: asNpy,
    refusal: /^trap: found the npy header .*expected descr, fortran_order and shape/,
  },
  {
    name: "a header of megabytes",
    make: () => npyOf(" ".repeat(2 ** 21), 2),
    read: asNpy,
    refusal: /^trap: found an npy header of 2097164 bytes, expected at most 1048576/,
  },
  {
    name: "texts without length, a trillion of them",
    make: () => npyOf("{'descr': '<U0', 'fortran_order': False, 'shape': (1000000000000,)}"),
    read: asNpy,
    refusal: /^trap: found 1000000000000 texts of no length/,
  },
  {
    name: "an HDF5 file of kilobytes with a dataset of gigabytes",
    make: () =>
      makeHdf5((library, file) => {
        const data = new Float32Array(4);
        file.create_dataset({ name: "a", data, shape: [4], maxshape: [null], chunks: [4] });
        const dataset = file.get("a");
        if (dataset instanceof library.Dataset) dataset.resize([2 ** 28]);
      }),
    read: (bytes) => decodeHdf5(bytes, NAME),
    refusal: /^trap: found no readable HDF5 \(a has 1073741824 bytes of values where at most 67108864/,
  },
  {
    name: "YAML with 50,000 brackets",
    make: () => text(`model: ${"[".repeat(50_000)}`),
    read: config("trap.yaml"),
    refusal: /^trap\.yaml: not valid YAML: nested deeper than 64 levels/,
  },
  {
    name: "YAML with 10,000 lists in a line",
    make: () => text(`${"- ".repeat(10_000)}1`),
    read: config("trap.yaml"),
    refusal: /^trap\.yaml: not valid YAML: nested deeper than 64 levels/,
  },
  {
    name: "YAML with 20,000 keys",
    make: () => text(Array.from({ length: 20_000 }, (_, i) => `k${i}: 1`).join("\n")),
    read: config("trap.yaml"),
    refusal: /^trap\.yaml: found \d+ characters of YAML, expected at most 65536; write it as JSON/,
  },
  {
    name: "JSON with 100,000 brackets",
    make: () => text(`{"model": ${"[".repeat(100_000)}${"]".repeat(100_000)}}`),
    read: config("trap.json"),
    refusal: /^trap\.json: not valid JSON: nested deeper than 64 levels/,
  },
  {
    name: "a number that is none in YAML",
    make: () => text("training:\n  learningRate: .nan\n"),
    read: config("trap.yaml"),
    refusal: /^trap\.yaml: training\.learningRate: found NaN, expected number/,
  },
  {
    name: "a part of a reconstruction with a value that is no number",
    make: () =>
      shardOf({ numerator: { dtype: "complex128", shape: [1, 2], data: Float64Array.of(1, NaN, 1, 1) } }),
    read: asShard,
    refusal: /trap\.npz: numerator: found values that are NaN or infinite, expected a part/,
  },
  {
    name: "a part of a reconstruction with an infinite weight",
    make: () => shardOf({ weight: { dtype: "float64", shape: [1, 2], data: Float64Array.of(1, Infinity) } }),
    read: asShard,
    refusal: /trap\.npz: weight: found values that are NaN or infinite, expected a part/,
  },
];
