import assert from "node:assert/strict";
import { alignToReference } from "../../src/comparison/alignment.ts";
import { commonArea, scannedArea } from "../../src/comparison/area.ts";
import { scoreObject } from "../../src/comparison/score.ts";
import type { PlacedImage } from "../../src/numeric/image.ts";
import { Random } from "../../src/numeric/random.ts";
import { testWithFiles } from "../support/arrays.ts";

/** A structured object; `change` maps amplitude, phase, row and column to what is stored. */
function objectOf(change: (a: number, p: number, r: number, c: number) => [number, number]): PlacedImage {
  const height = 70, width = 61;
  const data = new Float64Array(2 * height * width);
  for (let r = 0, i = 0; r < height; r++) {
    for (let c = 0; c < width; c++, i += 2) {
      const [a, p] = change(
        0.7 + 0.3 * Math.sign(Math.sin(r / 4)),
        1.2 * Math.sin(r / 6) * Math.cos(c / 5),
        r,
        c,
      );
      data[i] = a * Math.cos(p);
      data[i + 1] = a * Math.sin(p);
    }
  }
  return { height, width, data, x0: 20, y0: -5 };
}

const reference = objectOf((a, p) => [a, p]);
const positions = { xcoords: [30.3, 70.8, 44], ycoords: [0.5, 20, 58.9] };

function assertPerfect(object: PlacedImage, against = reference): void {
  const score = scoreObject(object, against, { positions });
  const { amplitudeSsim, phaseSsim, amplitudeMae, phaseMae } = score;
  assert.ok(Math.abs(amplitudeSsim - 1) < 1e-6 && Math.abs(phaseSsim - 1) < 1e-6, JSON.stringify(score));
  assert.ok(amplitudeMae < 1e-6 && phaseMae < 1e-6, JSON.stringify(score));
}

Deno.test("an object scores 1 against itself on the scanned area", () => {
  assertPerfect(reference);
  assert.deepEqual(scoreObject(reference, reference, { positions }).area, {
    xMin: 31,
    xMax: 70,
    yMin: 1,
    yMax: 58,
  });
});

Deno.test("scale, constant phase and ramps of any steepness are taken out", () => {
  for (const [y, x] of [[0, 0], [0.01, -0.02], [0.05, 0.06], [-0.5, 0.3], [1.3, -2]]) {
    const object = objectOf((a, p, r, c) => [3.7 * a, p + 2.5 + y * r + x * c]);
    assertPerfect(object);
    const { plane, scale } = scoreObject(object, reference, { positions });
    assert.ok(Math.abs(plane.ramp.y - y) < 1e-9 && Math.abs(plane.ramp.x - x) < 1e-9);
    assert.ok(Math.abs(scale - 1 / 3.7) < 1e-9);
  }
});

Deno.test("a reference whose phase crosses the cut at pi does no harm", () => {
  assertPerfect(objectOf((a, p) => [a, p]), objectOf((a, p) => [a, p + 3.1]));
});

Deno.test("another frame of the same object is compared pixel on pixel", () => {
  const { height, width, data } = reference;
  const wide = new Float64Array(2 * (height + 6) * (width + 4));
  for (let r = 0; r < height; r++) {
    wide.set(data.subarray(2 * r * width, 2 * (r + 1) * width), 2 * ((r + 2) * (width + 4) + 3));
  }
  assertPerfect({ height: height + 6, width: width + 4, data: wide, x0: 17, y0: -7 });
  const moved = scoreObject({ ...reference, x0: 21 }, reference, { positions });
  assert.ok(moved.phaseSsim < 0.98 && moved.phaseMae > 0.05, JSON.stringify(moved));
});

Deno.test("a known phase error is its mean absolute value and amplitude is untouched by it", () => {
  const object = objectOf((a, p, r, c) => [a, p + ((r + c) % 2 ? 0.1 : -0.1)]);
  const { phaseMae, phaseSsim, amplitudeSsim } = scoreObject(object, reference, { positions });
  assert.ok(Math.abs(phaseMae - 0.1) < 1e-3);
  assert.ok(phaseSsim < 1 && Math.abs(amplitudeSsim - 1) < 1e-9);
});

Deno.test("the more noise, the lower every score", () => {
  const noisy = [0.02, 0.1, 0.5].map((size) => {
    const random = new Random(1, "noise");
    return scoreObject(
      objectOf((a, p) => [a + size * random.normal(), p + size * random.normal()]),
      reference,
      { positions },
    );
  });
  for (const [less, more] of [[noisy[0], noisy[1]], [noisy[1], noisy[2]]]) {
    assert.ok(less.phaseSsim > more.phaseSsim && less.amplitudeSsim > more.amplitudeSsim);
    assert.ok(less.phaseMae < more.phaseMae && less.amplitudeMae < more.amplitudeMae);
  }
});

Deno.test("pixels without a value are not taken for right ones", () => {
  const holes = objectOf((a, p, r) => [r < 30 ? 0 : a, p]);
  const score = scoreObject(holes, reference, { positions });
  assert.ok(score.phaseSsim < 0.8 && score.amplitudeSsim < 0.8 && score.phaseMae > 0.05);
});

Deno.test("a mask keeps bad pixels out of the fit", () => {
  const mask = Uint8Array.from({ length: 70 * 61 }, (_, i) => i % 61 < 40 ? 1 : 0);
  const object = objectOf((a, p, r, c) => c < 40 ? [2 * a, p + 0.03 * r + 1] : [9, 5 * Math.sin(r * c)]);
  const { plane, scale } = alignToReference(object, reference, { mask });
  assert.ok(
    Math.abs(plane.ramp.y - 0.03) < 1e-9 && Math.abs(plane.ramp.x) < 1e-9 && Math.abs(scale - 0.5) < 1e-9,
  );
});

Deno.test("objects without a common area and scans without positions are refused", () => {
  assert.throws(() => commonArea([reference, { ...reference, x0: 500 }]), /no area in common/);
  assert.throws(() => scannedArea({ xcoords: [], ycoords: [] }), /no scan positions/);
  assert.throws(() => alignToReference(reference, reference, { mask: [1] }), /mask/);
  assert.throws(() => alignToReference({ ...reference, width: 60 }, reference), /cannot align 70 x 60/);
});

testWithFiles(
  "the iterative object of the real scan scores 1 against itself and poorly against a flat one",
  ["data/siemens_star_64.npz", "data/siemens_star_64_iterative.npz"],
  (scan, iterative) => {
    const [height, width] = iterative("object").shape;
    const object = { height, width, data: iterative("object").data, x0: 0, y0: 0 };
    const at = { positions: { xcoords: scan("xcoords").data, ycoords: scan("ycoords").data } };
    const same = scoreObject(object, object, at);
    assert.ok(Math.abs(same.phaseSsim - 1) < 1e-9 && Math.abs(same.amplitudeSsim - 1) < 1e-9);
    const flat = { ...object, data: object.data.map((_, i) => i % 2 ? 0 : 1) };
    const poor = scoreObject(flat, object, at);
    assert.ok(poor.phaseSsim < 0.5 && poor.amplitudeSsim < 0.5, JSON.stringify(poor));
  },
);

Deno.test("where there is no structure, a small difference of two phases near zero costs nothing", () => {
  // Dots on a flat ground, at half of their contrast: after alignment the grounds lie at 0.03 and 0.06 rad.
  const dots = (height: number) => objectOf((_, __, r, c) => [1, r % 12 < 3 && c % 12 < 3 ? height : 0]);
  const { phaseSsim } = scoreObject(dots(0.5), dots(1), { positions });
  assert.ok(phaseSsim > 0.9 && phaseSsim < 0.99, `${phaseSsim}`);
});

Deno.test("the phase score does not depend on where the zero of the phase lies", () => {
  const half = (turn: number) => {
    const truth = objectOf((a, p) => [a, p + turn]);
    return scoreObject(objectOf((a, p) => [a, 0.5 * p + 0.3 + turn]), truth, { positions }).phaseSsim;
  };
  const scores = [0, 0.01, -0.4, 1.1, 3].map(half);
  for (const score of scores) assert.ok(Math.abs(score - scores[0]) < 1e-3, scores.join());
  // 2 (1/2) / (1 + 1/4) = 0.8, and more where the reference is nearly flat.
  assert.ok(scores[0] > 0.8 && scores[0] < 0.95, scores.join());
});
