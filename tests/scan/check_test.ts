/**
 * The check of a scan: each mistake is named, and scans that are right are not doubted.
 */
import assert from "node:assert/strict";
import { encodeNpz } from "../../src/formats/npy/npz_write.ts";
import { checkScan } from "../../src/scan/check/check.ts";
import { openChecked } from "../../src/scan/check/open_checked.ts";
import { inspectScan } from "../../src/scan/inspect.ts";
import { openScan } from "../../src/scan/scan.ts";
import type { OpenScanOptions } from "../../src/scan/types.ts";
import { scanArrays } from "../../src/simulation/scan_file.ts";
import type { SimulatedScan } from "../../src/simulation/simulate.ts";
import { findShared } from "../support/arrays.ts";
import { smallScan } from "../support/small_scan.ts";

const SIDE = 64, PIXELS = SIDE * SIDE, ACROSS = 5;
const right = smallScan(ACROSS);

/** Doubts on a scan of which some parts are changed. */
async function doubtsOn(changes: Partial<SimulatedScan>, options: OpenScanOptions = {}): Promise<string[]> {
  const file = await encodeNpz(scanArrays({ ...right, ...changes }));
  await using scan = await openScan(file, options);
  const doubts = (await checkScan(scan)).map(({ line }) => line);
  if (!options.measurement) assert.deepEqual((await inspectScan(file)).doubts, doubts);
  return doubts;
}

const LENGTHS = { energy_ev: 8800, detector_distance_m: 1.9, detector_pixel_m: 75e-6 };
const WRONG_METADATA = [
  [{ ...LENGTHS, energy_ev: 8.8 }, /photons of 8.80 eV\) is of no .* source.*--energy/],
  [{ ...LENGTHS, energy_ev: 8.8e6 }, /photons of 8.80e\+6 eV\) is of no/],
  [{ ...LENGTHS, detector_distance_m: 0 }, /detector_distance_m left aside: found 0/],
] as const;

const diffractionOf = (value: (row: number, column: number, i: number) => number): Float32Array =>
  right.diffraction.map((_, i) => value(Math.floor(i % PIXELS / SIDE), i % SIDE, i));

Deno.test("a scan that is right has no doubts", async () => {
  assert.deepEqual(await doubtsOn({}), []);
});

Deno.test("the zero frequency in the corner is named", async () => {
  const half = SIDE / 2;
  const diffraction = diffractionOf((row, column, i) =>
    right.diffraction[i - i % PIXELS + (row + half) % SIDE * SIDE + (column + half) % SIDE]
  );
  const doubts = await doubtsOn({ diffraction });
  assert.equal(doubts.length, 1);
  assert.match(doubts[0], /zero frequency seems to be at index 0, not N\/2.*--zero-at-corner/);
});

Deno.test("patterns beside the far field of the probe are named with their centre", async () => {
  const diffraction = diffractionOf((row, column, i) =>
    right.diffraction[i - i % PIXELS + (row + SIDE - 6) % SIDE * SIDE + (column + 4) % SIDE]
  );
  const [line, ...others] = await doubtsOn({ diffraction });
  assert.match(line, /at \(row, column\) \(38, 28\), not \(32, 32\).*--centre 38,28 --pattern-size 52/);
  assert.deepEqual(others, []);
});

Deno.test("a hot pixel is named with its place and share, wherever it lies", async () => {
  for (const [row, column] of [[7, 50], [0, 20], [60, 63]]) {
    const diffraction = diffractionOf((r, c, i) => r === row && c === column ? 6e4 : right.diffraction[i]);
    const doubts = await doubtsOn({ diffraction });
    assert.equal(doubts.length, 1);
    assert.match(
      doubts[0],
      new RegExp(`^1 hot pixel .* \\(${row}, ${column}\\) with 100 % .*--bad-pixels "${row},${column}"`),
    );
  }
});

Deno.test("stuck and dead pixels are named and left out, beside those that a flag leaves out", async () => {
  const counts = right.diffraction.map((v) => Math.round(v * v));
  const at = (row: number, column: number) => row * SIDE + column;
  const diffraction = counts.map((value, i) =>
    i % PIXELS === at(40, 30) ? 7 : i % PIXELS === at(33, 36) ? 0 : value
  );
  const file = await encodeNpz(scanArrays({ ...right, diffraction }));
  const reading = { badPixels: [[5, 6] as const] };
  const { scan, notes, doubts } = await openChecked(file, { measurement: "counts", reading });
  assert.deepEqual(doubts, []);
  assert.match(
    notes.join("\n"),
    /put right: 1 stuck pixel .* \(40, 30\), the same in all patterns, 1 dead pixel .* \(33, 36\), without/,
  );
  const bad = [...scan.mask?.keys() ?? []].filter((pixel) => scan.mask?.[pixel] === 0);
  assert.deepEqual(bad, [at(5, 6), at(33, 36), at(40, 30)]);
});

Deno.test("a beam stop is named with its radius, until its pixels are left out", async () => {
  const diffraction = diffractionOf((row, column, i) =>
    Math.hypot(row - 32, column - 32) <= 3 ? 0 : Math.round(right.diffraction[i] ** 2)
  );
  const [line, ...others] = await doubtsOn({ diffraction }, { measurement: "counts" });
  assert.match(line, /no photon around the zero frequency.*--beam-stop [45]$/);
  assert.deepEqual(others, []);
  const reading = { beamStopPx: 4 };
  assert.deepEqual(await doubtsOn({ diffraction }, { measurement: "counts", reading }), []);
});

Deno.test("positions that repeat and patterns that hardly overlap are named", async () => {
  const [repeats] = await doubtsOn({
    xcoords: right.xcoords.map((x, i) => i < 5 ? right.xcoords[0] : x),
    ycoords: right.ycoords.map((y, i) => i < 5 ? right.ycoords[0] : y),
  });
  assert.match(repeats, /^4 of 25 patterns have the position of another/);
  const [sparse] = await doubtsOn({
    xcoords: right.xcoords.map((v) => 5 * v),
    ycoords: right.ycoords.map((v) => 5 * v),
  });
  assert.match(sparse, /^neighbours overlap by \d+ % of the probe's area/);
});

Deno.test("counts that are read as amplitudes are named, and the reverse", async () => {
  const [counts, ...others] = await doubtsOn({
    diffraction: right.diffraction.map((v) => Math.round(v * v)),
  });
  assert.match(counts, /photon counts, but are read as amplitudes.*--measurement counts/);
  assert.deepEqual(others, []);
  const [amplitudes] = await doubtsOn({}, { measurement: "counts" });
  assert.match(amplitudes, /amplitudes, but are read as photon counts.*--measurement amplitude/);
});

Deno.test("positions in another unit, an energy in another unit and dark patterns are named", async () => {
  const far = { xcoords: right.xcoords.map((v) => 20 * v), ycoords: right.ycoords.map((v) => 20 * v) };
  assert.match((await doubtsOn(far))[0], /object pixels apart, patterns 64 wide.*--positions-unit/);
  const dark = diffractionOf((_row, _column, i) => (i < 2 * PIXELS ? 0.05 : 1) * right.diffraction[i]);
  assert.match((await doubtsOn({ diffraction: dark }))[0], /^2 of 25 patterns .* are dark beside the others/);
  const bright = diffractionOf((_row, _column, i) => (i < PIXELS ? 6 : 1) * right.diffraction[i]);
  assert.match((await doubtsOn({ diffraction: bright }))[0], /^1 of 25 patterns .* 10 times the light/);
  const scaled = diffractionOf((_row, _column, i) => 1e-3 * right.diffraction[i]);
  assert.match((await doubtsOn({ diffraction: scaled }))[0], /photons in a pattern: they seem to be scaled/);
  for (const [metadata, line] of WRONG_METADATA) {
    const file = await encodeNpz(scanArrays(right, metadata));
    const { doubts, notes } = await inspectScan(file);
    assert.match([...doubts, ...notes].join("; "), line);
  }
});

for (const size of [64, 128]) {
  const path = `data/siemens_star_${size}.npz`;
  const url = findShared(path);
  Deno.test({
    name: `the real scan of ${size} x ${size} patterns is not doubted${url ? "" : ` (skipped: no ${path})`}`,
    ignore: !url,
    fn: async () => {
      if (!url) return;
      await using scan = await openScan(url);
      assert.deepEqual(await checkScan(scan), []);
    },
  });
}
