/**
 * Scans of other programs, most of them written by these: the same 25 patterns in every format.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import { openScanFile } from "../../src/scan/preparation/open_scan_file.ts";
import { openScan } from "../../src/scan/scan.ts";
import type { OpenScanOptions, Scan } from "../../src/scan/types.ts";
import { encodeNpy } from "../../src/formats/npy/npy_write.ts";
import { rejectsWith } from "../formats/support.ts";
import { readArrays } from "../support/arrays.ts";

const interop = (name: string) => new URL(`../../fixtures/interop/${name}`, import.meta.url);
const json = async (name: string) => JSON.parse(await Deno.readTextFile(interop(name)));
const expected = await json("scan32.json");
const truth = await readArrays(interop("truth_scan32.npz"));
const bad = new Set<number>(expected.bad.map(([row, column]: [number, number]) => row * 32 + column));

const all = (scan: Scan) => Int32Array.from({ length: scan.n }, (_, i) => i);

/** Positions about their middle. */
function centred(values: ArrayLike<number>): Float64Array {
  const list = Float64Array.from(values);
  const middle = list.reduce((sum, value) => sum + value, 0) / list.length;
  return list.map((value) => value - middle);
}

function nearBy(found: ArrayLike<number>, wanted: ArrayLike<number>, within: number, what: string): void {
  equal(found.length, wanted.length, what);
  const worst = Math.max(...Array.from(found, (value, i) => Math.abs(value - wanted[i])));
  ok(worst <= within, `${what} is off by ${worst}`);
}

interface Case {
  readonly file: string;
  readonly options?: OpenScanOptions;
  /** Sizes of pixels are known. */
  readonly metres?: boolean;
  /** Bad pixels are marked in the file. */
  readonly marked?: boolean;
}

const PRODUCT = { energy: 8800, distanceM: 1.9, detectorPixelM: 75e-6, wavelengthM: expected.wavelength_m };
const LENGTHS = {
  wavelengthM: PRODUCT.wavelengthM,
  distanceM: PRODUCT.distanceM,
  detectorPixelM: PRODUCT.detectorPixelM,
};
const CASES: readonly Case[] = [
  { file: "scan32_cdtools.cxi", metres: true, marked: true },
  {
    file: "eiger_master.h5",
    options: { reading: { positionsPath: interop("positions.csv").pathname } },
    metres: true,
    marked: true,
  },
  {
    file: "eiger_master.h5",
    options: { reading: { positionsPath: interop("positions.txt").pathname } },
    metres: true,
    marked: true,
  },
  {
    file: "eiger_master.h5",
    options: { reading: { positionsPath: "ptylab_scan32.hdf5:/encoder" } },
    metres: true,
    marked: true,
  },
  {
    file: "eiger_master.h5",
    options: { reading: { positionsPath: "fold_slice_positions.h5" } },
    metres: true,
    marked: true,
  },
  { file: "ptychi_dp.hdf5", metres: false },
  { file: "ptylab_scan32.hdf5", metres: true },
  { file: "tike.npz" },
  { file: "truth_scan32.npz", options: { reading: LENGTHS }, metres: true, marked: true },
];

/** A file without a probe takes that of another. */
const probeFrom = interop("tike.npz");

for (const { file, options, metres, marked } of CASES) {
  const name = `${file}${
    options?.reading?.positionsPath ? ` and ${options.reading.positionsPath.split("/").at(-1)}` : ""
  }`;
  Deno.test(`the scan of ${name} is that of all formats`, async () => {
    await using scan = await openScan(interop(file), { probeFrom, ...options });
    deepEqual([scan.n, scan.size, scan.measurement], [25, 32, "counts"]);
    nearBy(centred(scan.positionsPx.x), centred(expected.x_px), 2e-4, "x");
    nearBy(centred(scan.positionsPx.y), centred(expected.y_px), 2e-4, "y");
    const counts = await scan.readCounts(all(scan));
    let sum = 0;
    counts.forEach((value, i) => {
      if (!bad.has(i % 1024)) sum += value;
    });
    ok(Math.abs(sum / expected.good_sum - 1) < 1e-6, `${sum}`);
    const patterns = truth("patterns").data;
    const wrong = Array.from(counts).findIndex((value, i) =>
      !bad.has(i % 1024) && Math.abs(value - patterns[i]) > 0.01
    );
    equal(wrong, -1);
    if (marked) deepEqual([...bad].map((pixel) => scan.mask?.[pixel]), [0, 0]);
    if (metres) {
      ok(Math.abs((scan.pixelSizeM ?? 0) / expected.object_pixel_m - 1) < 1e-5, `${scan.pixelSizeM}`);
    }
  });
}

Deno.test("the pair of fold_slice, in the unit that its file does not state", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.copyFile(interop("ptychi_dp.hdf5"), `${folder}/data_roi0_dp.hdf5`);
    await Deno.copyFile(interop("fold_slice_positions.h5"), `${folder}/data_roi0_para.hdf5`);
    const file = `${folder}/data_roi0_dp.hdf5`, notes: string[] = [];
    const onNote = (line: string) => notes.push(line);
    await using scan = await openScan(file, { probeFrom, reading: LENGTHS, onNote });
    ok(
      notes.includes("read as fold_slice") && notes.includes("positions from data_roi0_para.hdf5"),
      `${notes}`,
    );
    nearBy(centred(scan.positionsPx.x), centred(expected.x_px), 2e-4, "x");
    nearBy(centred(scan.positionsPx.y), centred(expected.y_px), 2e-4, "y");
    const reading = { ...LENGTHS, positionsUnit: "um" as const };
    await rejectsWith(openScan(file, { probeFrom, reading }), /all within one pixel.*--positions-unit/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a product in the run folder gives positions, probe and object to ptychodus' patterns", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.copyFile(interop("diffraction_ptychodus_1.7.0.h5"), `${folder}/diffraction.h5`);
    await rejectsWith(
      openScan(`${folder}/diffraction.h5`),
      /found diffraction data of ptychodus without its product, expected product\.h5 or/,
    );
    await Deno.copyFile(interop("product_ptychodus_1.7.0.h5"), `${folder}/product.h5`);
    await using scan = await openScan(`${folder}/diffraction.h5`, { probeFrom });
    const product = await json("product_ptychodus_1.7.0.json");
    equal(scan.n, product.n ?? 12);
    deepEqual([scan.objectGuess?.height, scan.objectGuess?.width], [40, 48]);
    // indexes begin at 5: the first pattern is number 5 of the file
    const patterns = truth("patterns").data;
    const counts = await scan.readCounts([0]);
    const first = Array.from(counts).findIndex((value, i) => !bad.has(i) && value !== patterns[5 * 1024 + i]);
    equal(first, -1);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("ptypy's chunks are joined, in metres and pixels", async () => {
  const facts = await json("scan_ptypy.json");
  await using scan = await openScan(interop("scan_ptypy.ptyd"), { probeFrom: { kind: "mean-pattern" } });
  deepEqual([scan.n, scan.size], [25, 64]);
  const first = await scan.readCounts([0]);
  equal(first.reduce((sum, value) => sum + value, 0), facts.sum0);
  const x = scan.positionsPx.x.map((value) => value * (scan.pixelSizeM ?? NaN));
  nearBy(x, facts.positions.map(([, column]: number[]) => column), 1e-12, "x");
});

for (const file of ["py4dstem.h5", "hyperspy.hspy"]) {
  Deno.test(`the raster of ${file}`, async () => {
    const facts = await json(`${file}.json`);
    const { npz } = await openScanFile(interop(file), {
      hints: { wavelengthM: 1.9687e-12, patternSize: 24 },
    });
    await using _closed = npz;
    deepEqual(npz.entry("diffraction").shape, [20, 24, 24]);
    const { data } = await npz.readArray("diffraction");
    // (2, 3, 5, 7) of (4, 5, 24, 28); the crop begins at column 2
    equal(data[(2 * 5 + 3) * 576 + 5 * 24 + 7 - 2], facts.probe_2_3_5_7);
    // rows first: five columns in a row of the raster
    const [x, y] = [await npz.readArray("xcoords"), await npz.readArray("ycoords")];
    equal(y.data[0], y.data[4]);
    ok(x.data[1] > x.data[0] && y.data[5] > y.data[0]);
  });
}

Deno.test("frames of Merlin and EMPAD detectors", async () => {
  const places = (n: number) =>
    Array.from({ length: n }, (_, k) => `${k % 3},${Math.floor(k / 3)}`).join("\n");
  const csv = await Deno.makeTempFile({ suffix: ".csv" });
  try {
    const facts = await json("scan.mib.json");
    const hints = { positionsPath: csv, positionsUnit: "px" as const };
    await Deno.writeTextFile(csv, places(facts.n));
    await using merlin = await openScan(interop("scan.mib"), {
      reading: hints,
      probeFrom: { kind: "mean-pattern" },
    });
    deepEqual([merlin.n, merlin.size], [facts.n, 256]);
    const counts = await merlin.readCounts(all(merlin));
    equal(counts.reduce((sum, value) => sum + value, 0), facts.sum);
    deepEqual([...counts.subarray(255 * 256, 255 * 256 + 8)], facts.row0_of_file_first);
    await Deno.writeTextFile(csv, places(9));
    await using pad = await openScan(interop("scan_x3_y3.raw"), {
      reading: hints,
      probeFrom: { kind: "mean-pattern" },
    });
    deepEqual([pad.n, pad.size], [9, 128]);
  } finally {
    await Deno.remove(csv);
  }
});

Deno.test("what a file lacks is asked for by its flag", async () => {
  await rejectsWith(openScan(interop("eiger_master.h5")), /positions: found none .*--positions-path/);
  await rejectsWith(
    openScan(interop("ptylab_scan32.hdf5")),
    /probeGuess: found no probe in the file, expected one on the grid.*--probe-from/,
  );
  await rejectsWith(
    openScan(interop("eiger_master.h5"), { reading: { dataPath: "/entry/nothing" } }),
    /\/entry\/nothing: found no dataset, expected real frames/,
  );
  await rejectsWith(
    openScan(new Uint8Array(5000), { name: "x.bin" }),
    /x\.bin: found a file of no format that is known/,
  );
});

Deno.test("patterns alone in an NPY, with positions from a text", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const data = Uint16Array.from({ length: 4 * 32 * 32 }, (_, i) => i % 251);
    const file = `${folder}/frames.npy`;
    const bytes = encodeNpy({ dtype: "uint16", shape: [4, 32, 32], data });
    await Deno.writeFile(file, bytes);
    await Deno.writeTextFile(`${folder}/places.csv`, "0,0\n0,3\n3,0\n3,3\n");
    const reading = { positionsPath: `${folder}/places.csv`, positionsUnit: "px" as const };
    const options = { reading, probeFrom: { kind: "mean-pattern" as const } };
    await using scan = await openScan(file, options);
    deepEqual([scan.n, scan.size, scan.measurement], [4, 32, "counts"]);
    deepEqual(Array.from(await scan.readCounts([2])), Array.from(data.subarray(2048, 3072)));
    await Deno.writeFile(file, bytes.slice(0, 5000));
    await rejectsWith(openScan(file, options), /frames\.npy: found 5000 bytes, expected \d+ for/);
    await Deno.writeFile(file, encodeNpy({ dtype: "uint16", shape: [64, 64], data }));
    await rejectsWith(openScan(file, options), /positions: found 4 for 1 patterns/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
