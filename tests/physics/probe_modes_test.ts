/**
 * Masks and added modes of probes.
 */
import assert from "node:assert/strict";
import { maskProbe, probeMask, withModes } from "../../src/physics/probe_modes.ts";
import { gaussianProbe, photonsOf } from "../../src/physics/probes/probes.ts";

const side = 32;

Deno.test("a mask is a disk with a soft edge", () => {
  const mask = probeMask({ side, diameter: 16, edge: 4 });
  const at = (column: number) => mask[16 * side + column];
  assert.deepEqual([at(16), at(21), at(27)], [1, 1, 0]);
  assert(Math.abs(at(24) - 0.5) < 1e-6);
  assert(at(23) > at(24) && at(24) > at(25));
  const hard = probeMask({ side, diameter: 16, edge: 0 });
  assert(hard.every((value) => value === 0 || value === 1));
  const probe = new Float64Array(2 * 2 * side * side).fill(1);
  assert.equal(photonsOf(maskProbe(probe, hard)), 4 * hard.reduce((a, b) => a + b));
});

Deno.test("added modes are weak and orthogonal to each other; surplus ones are left out", () => {
  const first = gaussianProbe({ side, photons: 1000, sigma: 5 });
  const all = withModes(first, { side, modes: 4 });
  const pixels = 2 * side * side;
  const mode = (k: number) => all.subarray(k * pixels, (k + 1) * pixels);
  assert.deepEqual([...mode(0)], [...first]);
  for (let k = 1; k < 4; k++) {
    assert(Math.abs(photonsOf(mode(k)) - 20) < 1e-6);
    for (let j = 0; j < k; j++) {
      const product = mode(k).reduce((total, value, i) => total + value * mode(j)[i], 0);
      assert(Math.abs(product) < 1e-6 * 1000, `modes ${j} and ${k}: ${product}`);
    }
  }
  assert.deepEqual([...withModes(all, { side, modes: 1 })], [...first]);
});
