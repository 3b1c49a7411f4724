/**
 * Labels of supervised training: where they come from, and what is refused.
 */
import assert from "node:assert/strict";
import type { NpyArray } from "../../../src/formats/npy/npy.ts";
import { encodeNpz, type NpzArrays } from "../../../src/formats/npy/npz_write.ts";
import { samplePatch } from "../../../src/physics/propagate.ts";
import { scanArrays } from "../../../src/simulation/scan_file.ts";
import { joinScans } from "../../../src/scan/scan_set.ts";
import { openScan } from "../../../src/scan/scan.ts";
import type { Scan } from "../../../src/scan/types.ts";
import { labelsOf } from "../../../src/network/training/data/labels.ts";
import { smallScan } from "../../support/small_scan.ts";

const simulated = smallScan(3);
const arrays = scanArrays(simulated);
const { objectGuess, ...unlabelled } = arrays;
const PIXELS = 64 * 64;
const n = simulated.xcoords.length;
const truth = Array.from({ length: n }, (_, i) => {
  const place = { x: simulated.xcoords[i], y: simulated.ycoords[i], side: 64 };
  return Float32Array.from(samplePatch(simulated.object, place));
});
const map = (value: (re: number, im: number) => number): NpyArray => ({
  dtype: "float32",
  shape: [n, 64, 64],
  data: Float32Array.from(
    truth.flatMap((patch) => Array.from({ length: PIXELS }, (_, i) => value(patch[2 * i], patch[2 * i + 1]))),
  ),
});
const maps = { label_amp: map(Math.hypot), label_phase: map((re, im) => Math.atan2(im, re)) };
const patches: NpyArray = {
  dtype: "complex64",
  shape: [n, 64, 64],
  data: Float32Array.from(truth.flatMap((patch) => [...patch])),
};

const open = async (more: NpzArrays, name = "scan.npz"): Promise<Scan> =>
  await openScan(await encodeNpz({ ...unlabelled, ...more }), { name });

Deno.test("label_amp and label_phase, Y and objectGuess give the same labels", async () => {
  const sources: NpzArrays[] = [maps, { Y: patches }, { objectGuess }];
  const names = ["label_amp and label_phase", "Y", "objectGuess"];
  for (const [k, more] of sources.entries()) {
    await using scan = await open(more);
    const source = labelsOf(scan);
    assert.equal(source.from, names[k]);
    const { amplitude, phase } = await source.read([7, 2]);
    for (let i = 0; i < PIXELS; i += 97) {
      const [re, im] = [truth[2][2 * i], truth[2][2 * i + 1]];
      assert(Math.abs(amplitude[PIXELS + i] - Math.hypot(re, im)) < 1e-5);
      assert(Math.abs(phase[PIXELS + i] - Math.atan2(im, re)) < 1e-5);
    }
  }
});

Deno.test("the patterns of several scans have the labels of their own scan", async () => {
  await using scan = joinScans([await open(maps), await open({ Y: patches })]);
  const { amplitude } = await labelsOf(scan).read([n + 4, 4]);
  assert.deepEqual(amplitude.slice(0, PIXELS), amplitude.slice(PIXELS));
  const { amplitude: other } = await labelsOf(scan).read([5]);
  assert.notDeepEqual(other, amplitude.slice(PIXELS));
});

Deno.test("what is no label is refused, with what to do", async () => {
  const flat = { ...objectGuess, data: new Float32Array(2 * 92 * 92).fill(1), shape: [92, 92] };
  const cases: [NpzArrays, RegExp][] = [
    [{}, /label_amp, label_phase, Y, objectGuess: found no such arrays.*simulate command.*unsupervised/],
    [{ label_amp: maps.label_amp }, /: label_phase, Y, objectGuess: found no such arrays/],
    [{ objectGuess: flat }, /objectGuess: found one constant value, which is a first guess.*simulate/],
    [
      { Y: { ...patches, dtype: "float32", shape: [n, 64, 128] } },
      /Y: found float32 of shape \[9, 64, 128\]/,
    ],
    [
      { objectGuess: { dtype: "complex64", shape: [64, 64], data: Float32Array.from(truth[0]) } },
      /objectGuess: found 64 x 64 px, which the patches of \d+ positions do not lie in/,
    ],
  ];
  for (const [more, message] of cases) {
    await using scan = await open(more);
    assert.throws(() => labelsOf(scan), message);
  }
});

Deno.test("labels that are not numbers name their pattern", async () => {
  const data = (maps.label_amp.data as Float32Array).slice();
  data[3 * PIXELS + 5] = NaN;
  await using scan = await open({ ...maps, label_amp: { ...maps.label_amp, data } });
  const source = labelsOf(scan);
  await source.read([0, 1]);
  await assert.rejects(source.read([1, 3]), /label_amp: found NaN among the labels of pattern 3/);
});
