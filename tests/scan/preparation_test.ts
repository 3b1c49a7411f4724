/**
 * Frames of a detector prepared as patterns: each step beside its definition, and a scan that needs all of them.
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { encodeNpy } from "../../src/formats/npy/npy_write.ts";
import { encodeNpz } from "../../src/formats/npy/npz_write.ts";
import { openScan } from "../../src/scan/scan.ts";
import type { ReadingHints } from "../../src/scan/hints.ts";
import { rejectsWith } from "../formats/support.ts";
import { runPlica } from "../app/fake_session.ts";
import { compareReconstructions } from "../../src/comparison/compare.ts";
import { readObjectFile } from "../../src/image/object_file.ts";
import { scanArrays } from "../../src/simulation/scan_file.ts";
import { openSmallScan, smallScan } from "../support/small_scan.ts";
import { goodScan } from "./support.ts";

const N = 64, PIXELS = N * N, PATTERNS = 9;
const folder = await Deno.makeTempDir();
addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

/** Counts that fall off around a place of the detector. */
const counts = Uint16Array.from({ length: PATTERNS * PIXELS }, (_, i) => {
  const row = Math.floor(i % PIXELS / N) - 32, column = i % N - 32;
  return Math.round(900 * Math.exp(-(row ** 2 + column ** 2) / 80)) + (i * 7919) % 11;
});

async function opened(reading: ReadingHints, changes = {}) {
  const diffraction = { dtype: "uint16" as const, shape: [PATTERNS, N, N], data: counts };
  const file = await encodeNpz({ ...goodScan(), diffraction, ...changes });
  const notes: string[] = [];
  const scan = await openScan(file, { name: "raw.npz", reading, onNote: (line) => notes.push(line) });
  return { scan, notes };
}

async function image(name: string, data: Float32Array, shape = [N, N]): Promise<string> {
  const path = `${folder}/${name}.npy`;
  await Deno.writeFile(path, encodeNpy({ dtype: "float32", shape, data }));
  return path;
}

const near = (found: ArrayLike<number>, expected: ArrayLike<number>, within = 1e-5) => {
  equal(found.length, expected.length);
  for (let i = 0; i < found.length; i++) {
    ok(
      Math.abs(found[i] - expected[i]) <= within * (1 + Math.abs(expected[i])),
      `${i}: ${found[i]}, ${expected[i]}`,
    );
  }
};

Deno.test("bins add up counts; object pixels, positions and the middle of the probe stay", async () => {
  const { scan, notes } = await opened({ bin: 2 });
  const whole = (await opened({})).scan;
  deepEqual([scan.size, scan.n, scan.meanCounts], [32, PATTERNS, whole.meanCounts]);
  const [pattern] = [await scan.readCounts([4])];
  const sum = (r: number, c: number) =>
    [0, 1].flatMap((a) => [0, 1].map((b) => counts[4 * PIXELS + (2 * r + a) * N + 2 * c + b]))
      .reduce((all, value) => all + value, 0);
  equal(pattern[5 * 32 + 9], sum(5, 9));
  equal(pattern[16 * 32 + 16], sum(16, 16));
  deepEqual(scan.positionsPx, whole.positionsPx);
  for (const [r, c] of [[0, 0], [16, 16], [31, 3]]) {
    near(
      scan.probe.data.subarray(2 * (r * 32 + c), 2 * (r * 32 + c) + 2),
      whole.probe.data.subarray(2 * ((r + 16) * N + c + 16), 2 * ((r + 16) * N + c + 16) + 2),
    );
  }
  ok(notes.includes("bins of 2 x 2 detector pixels"));
});

Deno.test("amplitudes are binned by their counts", async () => {
  const data = Float32Array.from(counts, Math.sqrt);
  const { scan } = await opened({ bin: 4 }, {
    diffraction: { dtype: "float32", shape: [PATTERNS, N, N], data },
  });
  const counted = (await opened({ bin: 4 })).scan;
  equal(scan.measurement, "amplitude");
  near(await scan.readCounts([0, 8]), await counted.readCounts([0, 8]), 1e-5);
});

Deno.test("dark counts are taken off, and what is left is divided by the flat field", async () => {
  const flat = Float32Array.from({ length: PIXELS }, (_, k) => k === 7 ? 0 : 50 + k % 13);
  const dark = Float32Array.from({ length: 2 * PIXELS }, (_, i) => (i < PIXELS ? 4 : 6) + i % 3);
  const { scan, notes } = await opened({
    dark: await image("dark", dark, [2, N, N]),
    flat: await image("flat", flat),
  });
  const lit = flat.filter((value) => value > 0), mean = lit.reduce((a, b) => a + b, 0) / lit.length;
  const expected = Float32Array.from(
    { length: PIXELS },
    (_, k) => k === 7 ? 0 : Math.max(0, counts[k] - (dark[k] + dark[PIXELS + k]) / 2) * mean / flat[k],
  );
  near(await scan.readCounts([0]), expected);
  equal(scan.mask?.[7], 0);
  ok(notes.includes("dark counts taken off") && notes.includes("divided by the flat field"));
  const constant = (await opened({ dark: 5 })).scan;
  near(await constant.readCounts([1]), counts.subarray(PIXELS, 2 * PIXELS).map((v) => Math.max(0, v - 5)));
});

Deno.test("pixels do not count by a map, by saturation, behind a beam stop", async () => {
  const map = new Float32Array(PIXELS).fill(1);
  map[100] = 0;
  const bad = async (reading: ReadingHints) => {
    const { scan } = await opened(reading);
    return scan.mask ? [...scan.mask.keys()].filter((k) => scan.mask?.[k] === 0) : [];
  };
  deepEqual(await bad({ mask: await image("map", map) }), [100]);
  const bright = await bad({ saturation: 850 });
  const top = [...new Array(PIXELS).keys()].filter((k) =>
    [...new Array(PATTERNS).keys()].some((i) => counts[i * PIXELS + k] >= 850)
  );
  deepEqual(bright, top);
  const middle = 32 * N + 32;
  deepEqual(await bad({ beamStopPx: 1 }), [middle - N, middle - 1, middle, middle + 1, middle + N]);
  deepEqual(await bad({ bin: 2, mask: `${folder}/map.npy` }), [32 * 0 + 18]);
});

Deno.test("the zero frequency is brought to the middle from where the light is", async () => {
  const moved = new Uint16Array(PATTERNS * PIXELS).fill(5);
  for (let i = 0; i < counts.length; i++) {
    const row = Math.floor(i % PIXELS / N) + 7, column = i % N - 5;
    if (row < N && column >= 0) moved[Math.floor(i / PIXELS) * PIXELS + row * N + column] = counts[i];
  }
  const diffraction = { dtype: "uint16" as const, shape: [PATTERNS, N, N], data: moved };
  const { scan, notes } = await opened({ centreOfLight: true, patternSize: 40 }, { diffraction });
  match(
    notes.join("\n"),
    /zero frequency at row 3[89]\.\d, column 2[67]\.\d, the centre of mass of the light/,
  );
  const cropped = (await opened({ patternSize: 40 })).scan;
  deepEqual(await scan.readCounts([3]), await cropped.readCounts([3]));
});

Deno.test("what a pattern lacks at the edge of the frame is filled up and does not count", async () => {
  const { scan, notes } = await opened({ pad: true, patternSize: 80, centre: [30, 34] });
  equal(scan.size, 80);
  const pattern = await scan.readCounts([2]);
  equal(pattern[40 * 80 + 40], counts[2 * PIXELS + 30 * N + 34]);
  deepEqual(
    [scan.mask?.[0], scan.mask?.[40 * 80 + 40], scan.mask?.[9 * 80 + 40], scan.mask?.[10 * 80 + 40]],
    [
      ...[0, 1, 0, 1],
    ],
  );
  ok(notes.some((line) => /frames filled up to 80 x 80/.test(line)));
  const power = (data: Float32Array) => data.reduce((sum, value) => sum + value ** 2, 0);
  const whole = (await opened({})).scan;
  near([power(scan.probe.data)], [power(whole.probe.data)], 1e-4);
  near(scan.positionsPx.x, whole.positionsPx.x.map((x) => x * 80 / 64));
  await rejectsWith(opened({ patternSize: 80 }), /expected at least 80 x 80.*--pad/);
  await rejectsWith(opened({ pad: true, centre: [99, 0] }), /expected a place in the frame/);
});

Deno.test("positions are rotated from x to y after swap and flips", async () => {
  const whole = (await opened({})).scan, { scan } = await opened({ flipX: true, rotationDeg: 90 });
  near(scan.positionsPx.x, whole.positionsPx.y.map((y) => -y));
  near(scan.positionsPx.y, whole.positionsPx.x.map((x) => -x));
});

Deno.test("without a size, frames give the largest pattern around the zero frequency with fast transforms", async () => {
  const none = { probeGuess: undefined };
  const reading = { centre: [30, 34] as const };
  const diffraction = { dtype: "uint16" as const, shape: [PATTERNS, N, N], data: counts };
  const { probeGuess: _, ...rest } = { ...goodScan(), ...none, diffraction };
  const scan = await openScan(await encodeNpz(rest), {
    reading,
    probeFrom: { kind: "mean-pattern" },
  });
  equal(scan.size, 60);
});

Deno.test("positions that are a few more than patterns are named with the flag that takes the first ones", async () => {
  const frames = `${folder}/frames.npy`, places = `${folder}/places.csv`;
  await Deno.writeFile(frames, encodeNpy({ dtype: "uint16", shape: [PATTERNS, N, N], data: counts }));
  const lines = Array.from({ length: PATTERNS + 1 }, (_, i) => `${8 * Math.floor(i / 3)},${8 * (i % 3)}`);
  await Deno.writeTextFile(places, lines.join("\n"));
  const options = (reading: ReadingHints) => ({
    reading: { positionsPath: places, positionsUnit: "px" as const, ...reading },
    probeFrom: { kind: "mean-pattern" as const },
  });
  await rejectsWith(openScan(frames, options({})), /found 10 for 9 patterns.*--patterns 0:9/);
  const range = { start: 0, stop: 9, step: 1 };
  await using scan = await openScan(frames, options({ patterns: range }));
  deepEqual(Array.from(scan.positionsPx.x), [0, 8, 16, 0, 8, 16, 0, 8, 16]);
});

Deno.test("a near field of which a part is read, or that is binned, stays one", async () => {
  const lengths = {
    ...{ wavelength_m: 1e-10, detector_distance_m: 0.005, detector_pixel_m: 1e-7, pixel_size_m: 1e-7 },
    propagation: "near",
  };
  const metadata = { dtype: "string" as const, shape: [], data: [JSON.stringify(lengths)] };
  const part = { start: 0, stop: 6, step: 1 };
  const { scan } = await opened({ patterns: part }, { _metadata: metadata });
  const whole = (await opened({}, { _metadata: metadata })).scan;
  equal(whole.geometry?.propagation, "angular-spectrum");
  deepEqual(scan.geometry, whole.geometry);
  deepEqual([...scan.positionsPx.x], [...whole.positionsPx.x.subarray(0, 6)]);
  const binned = (await opened({ bin: 2 }, { _metadata: metadata })).scan;
  deepEqual([binned.geometry?.propagation, binned.pixelSizeM], ["angular-spectrum", 2e-7]);
  near(binned.positionsPx.x, whole.positionsPx.x.map((x) => x / 2));
});

Deno.test("images that do not fit and words that mean nothing are refused in one line", async () => {
  const small = await image("small", new Float32Array(16 * 16), [16, 16]);
  await rejectsWith(opened({ dark: small }), /small\.npy: --dark: found 16 x 16 pixels, expected 64 x 64/);
  await rejectsWith(opened({ flat: `${folder}/none.npy` }), /none\.npy: found no such file/);
  const none = await image("none", new Float32Array(PIXELS));
  await rejectsWith(opened({ flat: none }), /none\.npy: --flat: found no pixel with light/);
  await rejectsWith(opened({ mask: none }), /detector: found no pixel of the pattern that counts.*--mask/);
  await rejectsWith(opened({ beamStopPx: 500 }), /no pixel of the pattern that counts.*--beam-stop/);
  const { code, err } = await runPlica("inspect", "x.npz", "--centre", "left");
  equal(code, 2);
  match(err, /--centre: found left, expected ROW,COLUMN, such as 514\.5,1030, or light/);
});

Deno.test("a scan with dark counts and an uneven detector is put right by the flags [wasm]", async () => {
  await using right = await openSmallScan(7);
  const all = await right.readCounts(Int32Array.from({ length: right.n }, (_, i) => i));
  const flat = Float32Array.from({ length: PIXELS }, (_, k) => 1 + 0.6 * Math.sin(k / 9) * Math.cos(k / 400));
  const raw = all.map((value, i) => value * flat[i % PIXELS] + 3);
  const { x, y } = right.positionsPx, { data } = right.probe;
  const file = `${folder}/uneven.npz`;
  await Deno.writeFile(
    file,
    await encodeNpz({
      diffraction: { dtype: "float32", shape: [right.n, N, N], data: raw },
      xcoords: { dtype: "float64", shape: [right.n], data: x },
      ycoords: { dtype: "float64", shape: [right.n], data: y },
      probeGuess: { dtype: "complex64", shape: [N, N], data },
    }),
  );
  const truth = `${folder}/truth.npz`;
  await Deno.writeFile(truth, await encodeNpz(scanArrays(smallScan(7))));
  const phase = async (name: string, ...flags: string[]) => {
    const out = `${folder}/${name}`;
    const { code, err } = await runPlica(
      ...["reconstruct", "--data-file", file, "--measurement", "counts", "--output-dir", out],
      ...["--accelerator", "wasm", "--threads", "1", "--algorithm", "OSM", "--num-epochs", "50", ...flags],
    );
    ok(code === 0 || code === 1, err);
    const image = await readObjectFile(`${out}/reconstruction.npz`);
    return compareReconstructions(image, await readObjectFile(truth)).phase.ssim;
  };
  const field = await image("even", flat);
  const [wrong, cured] = [await phase("wrong"), await phase("cured", "--dark", "3", "--flat", field)];
  ok(cured > 0.9 && wrong < cured - 0.1, `${wrong} -> ${cured}`);
});
