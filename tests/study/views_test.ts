import { deepEqual, equal, ok } from "node:assert/strict";
import type { PositionsPx } from "../../src/numeric/mod.ts";
import { rasterPositions } from "../../src/simulation/positions.ts";
import { measureView } from "../../src/study/views/measure.ts";
import { selectSpaced, selectSubsample } from "../../src/study/views/select.ts";

const near = (a: number, b: number, tolerance: number) =>
  ok(Math.abs(a - b) <= tolerance, `${a} is not ${b} to ${tolerance}`);

const raster = (rows: number, columns: number, step: number): PositionsPx =>
  rasterPositions({ rows, columns, step, jitter: 0, x0: 0, y0: 0, seed: 0 });

const chosen = ({ x, y }: PositionsPx, indices: Int32Array): PositionsPx => ({
  x: Float64Array.from(indices, (i) => x[i]),
  y: Float64Array.from(indices, (i) => y[i]),
});

function distances({ x, y }: PositionsPx, i: number): number[] {
  return Array.from(x, (_, k) => Math.hypot(x[i] - x[k], y[i] - y[k])).filter((_, k) => k !== i);
}

/** The overlap of two disks as it is written in textbooks. */
function disks(distance: number, diameter: number): number {
  if (distance >= diameter) return 0;
  const radius = diameter / 2;
  const lens = 2 * radius ** 2 * Math.acos(distance / diameter) -
    distance / 2 * Math.sqrt(4 * radius ** 2 - distance ** 2);
  return lens / (Math.PI * radius ** 2);
}

const MEASURE = { diameterPx: 24, neighbours: 6, gridsize: 2, neighborCount: 7, seed: 1 };

Deno.test("a spacing that few patterns keep is made greedily: 5 x 5 points 64 px apart, 102.4 px wanted", () => {
  const positions = raster(5, 5, 64);
  const selection = selectSpaced(positions, { spacingPx: 0.8 * 128, greedy: false });
  equal(selection.directPart, 0);
  equal(selection.strategy, "greedy");
  // every other point of every other row
  deepEqual([...selection.indices], [0, 2, 4, 10, 12, 14, 20, 22, 24]);
  const kept = chosen(positions, selection.indices);
  for (let i = 0; i < kept.x.length; i++) ok(Math.min(...distances(kept, i)) >= 102.4);
});

Deno.test("a spacing that enough patterns keep by themselves is taken directly", () => {
  const loose = raster(3, 3, 40);
  const selection = selectSpaced(loose, { spacingPx: 38.4, greedy: false });
  equal(selection.strategy, "direct");
  equal(selection.indices.length, 9);
  const pair = { x: Float64Array.of(0, 1, 100, 200), y: Float64Array.of(0, 0, 0, 0) };
  deepEqual([...selectSpaced(pair, { spacingPx: 50, greedy: false }).indices], [2, 3]);
  deepEqual([...selectSpaced(pair, { spacingPx: 50, greedy: true }).indices], [0, 2, 3]);
});

Deno.test("a subsample has the overlap that was asked for, and a smaller one is its beginning", () => {
  const positions = raster(24, 24, 4);
  let before = positions.x.length + 1;
  for (const overlap of [0.7, 0.5, 0.3, 0.2]) {
    const { indices } = selectSubsample(positions, { ...MEASURE, overlap, seed: 456 });
    near(measureView(chosen(positions, indices), MEASURE).positions, overlap, 0.02);
    ok(indices.length < before);
    before = indices.length;
  }
});

Deno.test("the three overlaps and the bound are those of the formulas", () => {
  const positions = raster(6, 7, 9);
  const measured = measureView(positions, MEASURE);
  const n = positions.x.length;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const six = distances(positions, i).sort((a, b) => a - b).slice(0, 6);
    sum += six.reduce((total, distance) => total + disks(distance, 24), 0) / 6;
  }
  near(measured.positions, sum / n, 1e-12);
  near(measured.acceptanceBound, Math.min(0.1, 45 * 54 / (n * Math.PI * 144)), 1e-12);
  near(measured.histogram.reduce((total, part) => total + part, 0), 1, 1e-12);
  // a group of four of seven neighbours on a raster of 9 px
  ok(measured.withinGroups !== undefined);
  ok(measured.withinGroups > disks(18, 24) && measured.withinGroups <= disks(9, 24) + 1e-12);
  ok(measured.groups > 0 && measured.groups < 1);
  equal(measureView(positions, { ...MEASURE, gridsize: 1 }).withinGroups, undefined);
  // far apart the bound is a tenth, and nothing overlaps
  const far = measureView(raster(4, 4, 100), MEASURE);
  deepEqual([far.positions, far.acceptanceBound], [0, 0.1]);
});

Deno.test("patterns measured twice count once, and one or none overlap with nothing", () => {
  const { x, y } = raster(4, 4, 9);
  const twice = { x: Float64Array.of(...x, ...x), y: Float64Array.of(...y, ...y) };
  const [one, two] = [measureView({ x, y }, MEASURE), measureView(twice, MEASURE)];
  equal(two.positions, one.positions);
  equal(two.places, 16);
  const single = measureView({ x: Float64Array.of(5), y: Float64Array.of(5) }, MEASURE);
  deepEqual([single.positions, single.groups, single.groupCount], [0, 0, 0]);
  const none = measureView({ x: new Float64Array(0), y: new Float64Array(0) }, MEASURE);
  deepEqual([none.positions, none.groups, none.acceptanceBound], [0, 0, 0]);
  ok(none.effectiveAcceptance > 0);
});
