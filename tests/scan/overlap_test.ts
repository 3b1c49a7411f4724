import assert from "node:assert/strict";
import { diskProbe } from "../../src/physics/probes/probes.ts";
import { groupsOf } from "../../src/scan/grouping/groups.ts";
import {
  discOverlap,
  groupCentreOverlap,
  groupOverlap,
  neighbourOverlap,
  scanOverlap,
} from "../../src/scan/overlap.ts";

const near = (a: number | undefined, b: number) =>
  assert.ok(a !== undefined && Math.abs(a - b) < 1e-12, `${a} and ${b}`);
const at = (...places: readonly (readonly [number, number])[]) => ({
  x: Float64Array.from(places, ([x]) => x),
  y: Float64Array.from(places, ([, y]) => y),
});
const grid = (side: number, step: number) =>
  at(
    ...Array.from(
      { length: side * side },
      (_, i) => [step * (i % side), step * Math.floor(i / side)] as const,
    ),
  );
const overlap = (distance: number) => discOverlap(distance, { diameterPx: 10 });

Deno.test("two disks share all at no distance, nothing from a diameter on, and what geometry says between", () => {
  assert.equal(overlap(0), 1);
  assert.equal(overlap(10), 0);
  assert.equal(overlap(25), 0);
  near(overlap(5), 2 / 3 - Math.sqrt(3) / (2 * Math.PI));
  near(overlap(10 / Math.SQRT2), 0.5 - 1 / Math.PI);
  near(overlap(-5), overlap(5));
  assert.throws(() => discOverlap(1, { diameterPx: 0 }), RangeError);
});

Deno.test("the formula is the area that disks share", () => {
  let [both, one] = [0, 0];
  for (let y = -500; y <= 500; y++) {
    for (let x = -500; x <= 500; x++) {
      if (Math.hypot(x, y) > 500) continue;
      one++;
      if (Math.hypot(x - 300, y) <= 500) both++;
    }
  }
  assert.ok(Math.abs(both / one - overlap(3)) < 1e-3);
});

Deno.test("neighbours on a line and on a grid overlap as their distances say", () => {
  near(neighbourOverlap(at([0, 0], [4, 0]), { diameterPx: 10 }), overlap(4));
  // the ends have neighbours at 2 and 4, the middle at 2 and 2
  const line = neighbourOverlap(at([0, 0], [2, 0], [4, 0]), { diameterPx: 10, neighbours: 2 });
  near(line, (2 * (overlap(2) + overlap(4)) / 2 + overlap(2)) / 3);
  // corners, edges and the middle of 3 x 3 with two neighbours all have two at one step
  near(neighbourOverlap(grid(3, 4), { diameterPx: 10, neighbours: 2 }), overlap(4));
  // more neighbours than there are
  near(neighbourOverlap(at([0, 0], [0, 6]), { diameterPx: 10, neighbours: 9 }), overlap(6));
  assert.equal(neighbourOverlap(at([1, 1]), { diameterPx: 10 }), undefined);
});

Deno.test("a position that was measured twice does not count as its own neighbour", () => {
  const once = grid(3, 4);
  const twice = { x: Float64Array.of(...once.x, ...once.x), y: Float64Array.of(...once.y, ...once.y) };
  near(neighbourOverlap(twice, { diameterPx: 10 }), neighbourOverlap(once, { diameterPx: 10 }) ?? NaN);
  assert.equal(neighbourOverlap(at([1, 1], [1, 1]), { diameterPx: 10 }), undefined);
});

Deno.test("a square group has four sides and two diagonals, and a repeated member counts once", () => {
  const positions = grid(4, 3);
  const square = groupsOf(positions, { indices: Int32Array.of(0, 1, 4, 5), size: 4 });
  const expected = (4 * overlap(3) + 2 * overlap(3 * Math.SQRT2)) / 6;
  near(groupOverlap(positions, { groups: square, diameterPx: 10 }), expected);
  const repeated = groupsOf(positions, { indices: Int32Array.of(0, 1, 1, 0), size: 4 });
  near(groupOverlap(positions, { groups: repeated, diameterPx: 10 }), overlap(3));
  const single = groupsOf(positions, { indices: Int32Array.of(3, 7), size: 1 });
  assert.equal(groupOverlap(positions, { groups: single, diameterPx: 10 }), undefined);
});

Deno.test("centres of groups overlap by their own distances", () => {
  const positions = grid(4, 3);
  // two squares side by side, six pixels from centre to centre
  const groups = groupsOf(positions, { indices: Int32Array.of(0, 1, 4, 5, 2, 3, 6, 7), size: 4 });
  near(groupCentreOverlap(groups, { diameterPx: 10 }), overlap(6));
});

Deno.test("the measures of a scan take the probe's second moment, or the radius that is given", () => {
  const probe = {
    modes: 1,
    size: 64,
    data: Float32Array.from(diskProbe({ side: 64, photons: 10, radius: 14 })),
  };
  const scan = { positionsPx: grid(2, 7), probe };
  const measured = scanOverlap(scan);
  assert.ok(Math.abs(measured.diameterPx - 27.7) < 0.1, `${measured.diameterPx}`);
  const given = scanOverlap(scan, { radiusPx: 5, neighbours: 2 });
  assert.equal(given.diameterPx, 10);
  near(given.positions, overlap(7));
  near(given.withinGroups, (4 * overlap(7) + 2 * overlap(7 * Math.SQRT2)) / 6);
  assert.equal(given.groupCentres, undefined);
  const [fine, coarse] = [3, 4].map((step) =>
    scanOverlap({ probe, positionsPx: grid(6, step) }, { radiusPx: 5 })
  );
  for (const key of ["positions", "withinGroups", "groupCentres"] as const) {
    const [more, less] = [fine[key] ?? NaN, coarse[key] ?? NaN];
    assert.ok(more < 1 && more > less && less > 0, `${key}: ${more} ${less}`);
  }
  assert.equal(scanOverlap({ ...scan, positionsPx: at([3, 3]) }).positions, undefined);
});

Deno.test("a probe whose light is in one pixel has the overlap of a pixel", () => {
  const data = new Float32Array(2 * 16);
  data[2 * 5] = 1;
  const { positions, diameterPx } = scanOverlap({
    positionsPx: grid(3, 0.5),
    probe: { modes: 1, size: 4, data },
  });
  assert.equal(diameterPx, 1);
  assert.ok(positions !== undefined && positions > 0 && positions < 1);
});
