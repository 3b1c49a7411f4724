import { deepEqual, ok } from "node:assert/strict";
import type { NpyArray } from "../../src/formats/npy/npy.ts";
import { encodeNpz } from "../../src/formats/npy/npz_write.ts";
import { inspectScan } from "../../src/scan/inspect.ts";
import { openScan } from "../../src/scan/scan.ts";
import { fixture, rejectsWith } from "../formats/support.ts";
import { goodScan, scanFile } from "./support.ts";

type Changes = Record<string, NpyArray | undefined>;

function patterns(change: (data: Float32Array) => void): Changes {
  const { diffraction } = goodScan();
  const data = Float32Array.from(diffraction.data as Float32Array);
  change(data);
  return { diffraction: { ...diffraction, data } };
}

function coordinates(x: (i: number) => number, y: (i: number) => number, n = 9): Changes {
  const column = (f: (i: number) => number) => Float64Array.from({ length: n }, (_, i) => f(i));
  return {
    xcoords: { dtype: "float64", shape: [n], data: column(x) },
    ycoords: { dtype: "float64", shape: [n], data: column(y) },
  };
}

function stack(...shape: number[]): Changes {
  const count = shape.reduce((product, n) => product * n, 1);
  return {
    diffraction: { dtype: "float32", shape, data: Float32Array.from({ length: count }, (_, i) => i % 7) },
  };
}

function probe(dtype: "complex64" | "bool", shape: number[], fill = 1): Changes {
  const count = shape.reduce((product, n) => product * n, 1);
  const data = dtype === "bool" ? new Uint8Array(count) : new Float32Array(2 * count).fill(fill);
  return { probeGuess: { dtype, shape, data } };
}

const CASES: readonly [string, Changes, ...RegExp[]][] = [
  ["no diffraction", { diffraction: undefined }, /diffraction: found only xcoords, ycoords, probeGuess/],
  ["no coordinates", { xcoords: undefined }, /xcoords: found only diffraction, ycoords, probeGuess/],
  ["no y", { ycoords: undefined }, /ycoords: found only/],
  ["no probe", { probeGuess: undefined }, /probeGuess: found only diffraction, xcoords, ycoords/],
  [
    "x and y of other lengths",
    { ycoords: coordinates(() => 0, () => 0, 8).ycoords },
    /ycoords: found 8.*expected 9/,
  ],
  [
    "fewer patterns than positions",
    stack(8, 64, 64),
    /diffraction: found 8 patterns.*\[8, 64, 64\].*expected 9/,
  ],
  [
    "N = 14",
    stack(9, 14, 14),
    /diffraction: found patterns of 14 x 14.*squares of an even side from 16 to 1024/,
  ],
  ["patterns that are not square", stack(9, 64, 128), /64 x 128/],
  ["a stack of two axes", stack(9, 4096), /shape \[9, 4096\]/],
  ["complex patterns", {
    diffraction: { dtype: "complex64", shape: [9, 64, 64], data: new Float32Array(18 * 4096) },
  }, /dtype complex64/],
  [
    "NaN",
    patterns((data) => data[4096 * 3 + 5] = NaN),
    /diffraction: found NaN or infinite values in pattern 3,/,
  ],
  ["infinite", patterns((data) => data[4096 * 8] = Infinity), /NaN or infinite values in pattern 8,/],
  ["negative", patterns((data) => data[4096 * 2 + 9] = -0.5), /negative values in pattern 2,/],
  ["an empty pattern", patterns((data) => data.fill(0, 4096 * 5, 4096 * 6)), /zeros only in pattern 5,/],
  [
    "constant patterns",
    patterns((data) => data.fill(3, 4096, 4096 * 3)),
    /one constant value in patterns 1, 2,/,
  ],
  [
    "metres",
    coordinates((i) => i * 1e-7, (i) => i * 1e-8),
    /xcoords, ycoords: .*within one pixel \(metres\?\)/,
  ],
  ["a span out of proportion", coordinates((i) => i * 1e4, () => 0), /a span of 80000 x 0.*65536/],
  ["a canvas out of proportion", coordinates((i) => i * 8000, (i) => i * 8000), /canvas of at most/],
  [
    "a position that is no number",
    coordinates((i) => i === 4 ? NaN : 9 * i, () => 0),
    /xcoords: found NaN at index 4/,
  ],
  [
    "coordinates of two columns",
    { xcoords: { dtype: "float32", shape: [9, 2], data: new Float32Array(18) } },
    /xcoords: .*\[9, 2\]/,
  ],
  [
    "a probe of another size",
    probe("complex64", [128, 128]),
    /probeGuess: found shape \[128, 128\], expected \[64, 64\]/,
  ],
  ["a probe that is a line", probe("complex64", [64]), /probeGuess: found shape \[64\]/],
  ["a probe of zeros", probe("complex64", [64, 64], 0), /probeGuess: found zeros only/],
  ["a probe of NaN", probe("complex64", [64, 64], NaN), /probeGuess: found NaN at element 0/],
  ["a probe of another type", probe("bool", [64, 64]), /probeGuess: found dtype bool/],
  [
    "a scan index of another length",
    { scan_index: { dtype: "int32", shape: [5], data: new Int32Array(5) } },
    /scan_index: found shape \[5\]/,
  ],
  ["labels of another length", {
    Y: { dtype: "complex64", shape: [5, 64, 64], data: new Float32Array(10 * 4096) },
  }, /Y: found shape \[5, 64, 64\]/],
];

for (const [name, changes, ...expected] of CASES) {
  Deno.test(`a scan with ${name} is refused: file, key, found, expected, remedy`, async () => {
    const bytes = await scanFile(changes);
    const shape = /^scan\.npz: .+: found .+, expected .+; .+/;
    await rejectsWith(openScan(bytes, { name: "scan.npz" }), shape, ...expected);
    const { problems } = await inspectScan(bytes, { name: "scan.npz" });
    ok(problems.some(({ message }) => expected.every((pattern) => pattern.test(message))));
  });
}

Deno.test("inspecting names all problems at once", async () => {
  const bytes = await scanFile({
    ...patterns((data) => data.fill(0, 0, 4096)),
    ...coordinates((i) => i * 1e-7, () => 0),
    probeGuess: undefined,
  });
  const { problems, n, size } = await inspectScan(bytes);
  deepEqual(problems.map(({ key }) => key), ["xcoords, ycoords", "probeGuess", "diffraction"]);
  deepEqual([n, size], [9, 64]);
});

Deno.test("inspecting a file that is not a scan at all names what is missing", async () => {
  const { problems } = await inspectScan(fixture("types_stored.npz"));
  deepEqual(problems.map(({ key }) => key), ["xcoords", "ycoords", "diffraction", "probeGuess"]);
});

Deno.test("a flipped bit in a stored pattern is found before any work starts", async () => {
  const bytes = await scanFile();
  bytes[5000] ^= 1;
  await rejectsWith(
    openScan(bytes, { name: "scan.npz" }),
    /scan\.npz: diffraction: found bytes that do not match/,
  );
});

Deno.test("a flipped bit in a compressed scan, and a missing file, are refused", async () => {
  const bytes = await encodeNpz(goodScan(), { compress: true });
  bytes[1000] ^= 1;
  await rejectsWith(openScan(bytes, { name: "scan.npz" }), /scan\.npz: diffraction: found damaged data/);
  await rejectsWith(openScan("no/scan.npz"), /no\/scan\.npz: found no such file/);
});

Deno.test("pickled patterns are refused with the reason", async () => {
  const bytes = await scanFile();
  bytes.set(new TextEncoder().encode("|O4"), new TextDecoder("latin1").decode(bytes).indexOf("<f4"));
  await rejectsWith(
    openScan(bytes, { name: "scan.npz" }),
    /diffraction: found a pickled object array/,
    /allow_pickle/,
  );
});
