import assert from "node:assert/strict";
import { Canvas, canvasExtent, probeWeight } from "../../src/image/canvas.ts";
import { placePatches } from "../../src/image/place.ts";
import { testWithFiles } from "../support/arrays.ts";

testWithFiles("placement matches the reference vectors", ["golden/place_plain.npz"], (golden) => {
  const patches = Float32Array.from(golden("patches").data);
  const position = golden("position_xy").data;
  const [height, width] = golden("canvas").shape;
  const side = 32, canvas = new Canvas({ x0: 0, y0: 0, height, width }, new Float32Array(side ** 2).fill(1));
  // the reference leaves out what is not on its canvas as a whole
  const first = (axis: number, k: number) => Math.floor(position[2 * k + axis] - side / 2);
  const inside = (k: number) =>
    first(0, k) >= 0 && first(1, k) >= 0 && first(0, k) + side + 1 < width && first(1, k) + side + 1 < height;
  let placed = 0;
  for (let k = 0; k < position.length / 2; k++) {
    if (!inside(k)) continue;
    const patch = patches.subarray(2 * k * side ** 2, 2 * (k + 1) * side ** 2);
    canvas.add(patch, { xcoords: [position[2 * k]], ycoords: [position[2 * k + 1]] });
    placed++;
  }
  assert.ok(placed > 0 && placed > position.length / 2 - 40);
  const off = (a: Float64Array, b: Float64Array) => Math.max(...a.map((v, i) => Math.abs(v - b[i])));
  assert.ok(off(canvas.sums.sum, golden("canvas").data) < 1e-5);
  assert.ok(off(canvas.sums.weight, golden("weight").data) < 1e-5);
});

/** abs(probe)^2 as weights with structure, and patches cut from a plane wave at real positions. */
const SIDE = 8;
const probe = Float32Array.from({ length: 2 * SIDE * SIDE }, (_, i) => 1 + Math.cos(i));

Deno.test("the smallest canvas starts at the first patch and holds the last, fractions included", () => {
  const at = (x: number[]) => canvasExtent({ xcoords: x, ycoords: [4] }, SIDE);
  assert.deepEqual(at([4, 10]), { x0: 0, y0: 0, width: 14, height: 8 });
  assert.deepEqual(at([3.5, 10.25]), { x0: -1, y0: 0, width: 16, height: 8 });
  assert.throws(() => at([NaN]), /xcoords\[0\]/);
  assert.throws(() => at([]), /empty/);
});

Deno.test("pixel N/2 of a patch lies at its scan position", () => {
  const weight = new Float32Array(SIDE * SIDE);
  weight[SIDE / 2 * SIDE + SIDE / 2] = 1;
  const canvas = new Canvas({ x0: -2, y0: 3, width: 30, height: 20 }, weight);
  canvas.add(new Float32Array(2 * SIDE * SIDE).fill(1), { xcoords: [9.25], ycoords: [12] });
  const { weight: total } = canvas.finish();
  const at = (x: number, y: number) => total[(y - 3) * 30 + x + 2];
  assert.equal(at(9, 12), 0.75);
  assert.equal(at(10, 12), 0.25);
  assert.equal(total.reduce((s, w) => s + w), 1);
});

Deno.test("weighted placement equals the sum over four pixels that defines it", async () => {
  const n = 5, size = SIDE * SIDE;
  const patches = Float32Array.from({ length: 2 * n * size }, (_, i) => Math.sin(i * 1.7));
  const xcoords = [6, 6.25, 8.9, 12, 11.5], ycoords = [7, 7.5, 6.1, 9.999, 12];
  const extent = canvasExtent({ xcoords, ycoords }, SIDE);
  const weight = probeWeight(probe, SIDE);
  const [sum, total] = [
    new Float64Array(2 * extent.height * extent.width),
    new Float64Array(extent.height * extent.width),
  ];
  for (let i = 0; i < n; i++) {
    for (let p = 0; p < size; p++) {
      const y = ycoords[i] - SIDE / 2 + Math.floor(p / SIDE) - extent.y0,
        x = xcoords[i] - SIDE / 2 + p % SIDE - extent.x0;
      for (const [dy, dx] of [[0, 0], [0, 1], [1, 0], [1, 1]]) {
        const r = Math.floor(y) + dy, c = Math.floor(x) + dx;
        const share = Math.max(0, 1 - Math.abs(y - r)) * Math.max(0, 1 - Math.abs(x - c)) * weight[p];
        if (share === 0) continue;
        total[r * extent.width + c] += share;
        for (const part of [0, 1]) {
          sum[2 * (r * extent.width + c) + part] += share * patches[2 * (i * size + p) + part];
        }
      }
    }
  }
  const image = await placePatches(patches, { xcoords, ycoords, probe, side: SIDE });
  const threshold = 0.01 * Math.max(...total);
  total.forEach((w, i) => {
    assert.ok(Math.abs(image.weight[i] - w) < 1e-5);
    assert.equal(image.mask[i], w >= threshold ? 1 : 0);
    for (const part of [0, 1]) {
      const expected = w >= threshold ? sum[2 * i + part] / w : 0;
      assert.ok(Math.abs(image.data[2 * i + part] - expected) < 1e-5);
    }
  });
});

Deno.test("constant patches give the same constant, phases taken out, whatever the fractions", async () => {
  const n = 3;
  const phases = [0.3, -1, 2];
  const patches = new Float32Array(2 * n * SIDE * SIDE);
  for (let i = 0; i < patches.length; i += 2) {
    const phase = phases[Math.floor(i / (2 * SIDE * SIDE))];
    patches[i] = 2 * Math.cos(phase);
    patches[i + 1] = 2 * Math.sin(phase);
  }
  const image = await placePatches(patches, {
    xcoords: [10.1, 12.7, 14],
    ycoords: [10.9, 11.2, 13],
    probe: new Float32Array([...probe, ...probe]),
    side: SIDE,
    phases,
  });
  assert.ok(image.mask.includes(1));
  image.mask.forEach((m, i) => {
    assert.ok(Math.abs(image.data[2 * i] - 2 * m) < 1e-5 && Math.abs(image.data[2 * i + 1]) < 1e-5);
  });
});

Deno.test("canvases filled apart and merged equal one filled at once", () => {
  const patches = Float32Array.from({ length: 2 * 4 * SIDE * SIDE }, (_, i) => Math.cos(3 * i));
  const xcoords = [5, 6.5, 7.5, 8.1], ycoords = [5, 5.5, 7, 6];
  const extent = canvasExtent({ xcoords, ycoords }, SIDE);
  const weight = probeWeight(probe, SIDE);
  const whole = new Canvas(extent, weight);
  whole.add(patches, { xcoords, ycoords });
  const parts = [[0, 1], [1, 4]].map(([from, to]) => {
    const part = new Canvas(extent, weight);
    part.add(patches.subarray(2 * SIDE * SIDE * from, 2 * SIDE * SIDE * to), {
      xcoords: xcoords.slice(from, to),
      ycoords: ycoords.slice(from, to),
    });
    return part;
  });
  parts[1].merge(parts[0]);
  assert.deepEqual(parts[1].finish(), whole.finish());
  assert.throws(() => whole.merge(new Canvas({ ...extent, x0: 99 }, weight)), RangeError);
});

Deno.test("patches off the canvas and batches of the wrong size are refused", () => {
  const canvas = new Canvas({ x0: 0, y0: 0, width: 20, height: 20 }, probeWeight(probe, SIDE));
  const patch = new Float32Array(2 * SIDE * SIDE);
  for (const [x, y] of [[3.9, 10], [10, 3], [16.1, 10], [10, 17], [NaN, 10]]) {
    assert.throws(() => canvas.add(patch, { xcoords: [x], ycoords: [y] }), /leaves the canvas/);
  }
  canvas.add(patch, { xcoords: [4], ycoords: [16] });
  assert.throws(() => canvas.add(patch, { xcoords: [4, 5], ycoords: [4, 5] }), RangeError);
  assert.throws(() => probeWeight(new Float32Array(100), SIDE), RangeError);
});

Deno.test("the phase of a patch against the canvas is what makes it agree, parts outside left out", () => {
  // a plane wave on an object: its patches agree but for the constants that they are turned by
  const object = (x: number, y: number) => 0.3 * Math.sin(0.4 * x) + 0.2 * Math.cos(0.5 * y);
  const patchAt = (x: number, y: number, turn: number) =>
    Float32Array.from({ length: 2 * SIDE * SIDE }, (_, i) => {
      const column = (i >> 1) % SIDE, row = Math.floor((i >> 1) / SIDE);
      const phase = object(x - SIDE / 2 + column, y - SIDE / 2 + row) + turn;
      return i % 2 === 0 ? Math.cos(phase) : Math.sin(phase);
    });
  const canvas = new Canvas({ x0: 0, y0: 0, width: 20, height: 20 }, probeWeight(probe, SIDE));
  assert.deepEqual(canvas.correlate(patchAt(8, 8, 1), { x: 8, y: 8 }), [0, 0], "nothing there yet");
  canvas.add(patchAt(8, 8, 0), { xcoords: [8], ycoords: [8] });
  for (const [x, y, turn] of [[8, 8, 2], [10, 7, -1.5], [5, 9, 0.4], [3, 3, 1], [17, 8, 0]]) {
    const [re, im] = canvas.correlate(patchAt(x, y, turn), { x, y });
    if (x === 17) assert.deepEqual([re, im], [0, 0], "no overlap");
    else assert.ok(Math.abs(Math.atan2(im, re) - turn) < 1e-6, `${Math.atan2(im, re)} not ${turn}`);
  }
});

Deno.test("a part of a canvas is given out as it lies, and one beside it refused", () => {
  const canvas = new Canvas({ x0: -2, y0: 3, width: 30, height: 20 }, probeWeight(probe, SIDE));
  canvas.add(new Float32Array(2 * SIDE * SIDE).fill(1), { xcoords: [9.25], ycoords: [12] });
  const whole = canvas.finish();
  const part = canvas.finish({ within: { x0: 5, y0: 8, width: 9, height: 9 } });
  for (let r = 0; r < 9; r++) {
    for (let c = 0; c < 9; c++) {
      const at = (r + 8 - 3) * 30 + c + 5 + 2;
      assert.equal(part.weight[r * 9 + c], whole.weight[at]);
      assert.equal(part.data[2 * (r * 9 + c)], whole.data[2 * at]);
    }
  }
  assert.throws(() => canvas.finish({ within: { x0: -3, y0: 3, width: 5, height: 5 } }), RangeError);
});
