import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { DataError, OptionError } from "../../src/common/errors.ts";
import {
  checkGroupOptions,
  type GroupOptions,
  type Groups,
  makeGroups,
} from "../../src/scan/grouping/groups.ts";
import { nearestNeighbours, type PositionsPx } from "../../src/numeric/neighbours.ts";
import { Random } from "../../src/numeric/random.ts";

function scattered(n: number): PositionsPx {
  const random = new Random(n, "positions");
  const column = () => Float64Array.from({ length: n }, () => 100 * random.uniform());
  return { x: column(), y: column() };
}

function distance(positions: PositionsPx, a: number, b: number): number {
  return Math.hypot(positions.x[a] - positions.x[b], positions.y[a] - positions.y[b]);
}

function bruteForce(positions: PositionsPx, seed: number, among: readonly number[]): number[] {
  return among.toSorted((a, b) => distance(positions, a, seed) - distance(positions, b, seed));
}

Deno.test("nearest neighbours are those of comparing all distances, the seed first", () => {
  const positions = scattered(300);
  const among = Int32Array.from({ length: 150 }, (_, i) => 2 * i);
  const seeds = Int32Array.from([0, 298, 40, 42, 44]);
  for (const choice of [undefined, among]) {
    const found = nearestNeighbours(positions, seeds, { count: 7, among: choice });
    seeds.forEach((seed, s) => {
      const all = Array.from(choice ?? positions.x.keys());
      deepEqual(Array.from(found.subarray(7 * s, 7 * s + 7)), bruteForce(positions, seed, all).slice(0, 7));
    });
  }
  throws(() => nearestNeighbours(positions, seeds, { count: 301 }), RangeError);
  equal(nearestNeighbours(positions, new Int32Array(0), { count: 3 }).length, 0);
});

Deno.test("a seed leads its own list where positions coincide", () => {
  const positions = { x: new Float64Array(6), y: new Float64Array(6) };
  const seeds = Int32Array.from([0, 3, 5]);
  const found = nearestNeighbours(positions, seeds, { count: 6 });
  deepEqual([found[0], found[6], found[12]], [0, 3, 5]);
  deepEqual(Array.from(found.subarray(6, 12)).sort(), [0, 1, 2, 3, 4, 5]);
});

function membersOf({ indices, size }: Groups, g: number): number[] {
  return Array.from(indices.subarray(g * size, (g + 1) * size));
}

Deno.test("each position seeds one group of itself and C - 1 of its K nearest, all distinct", () => {
  const positions = scattered(200);
  const groups = makeGroups(positions, { size: 4, neighborCount: 6, seed: 1 });
  deepEqual([groups.count, groups.size, groups.indices.length], [200, 4, 800]);
  for (let g = 0; g < 200; g++) {
    const members = membersOf(groups, g);
    equal(members[0], g);
    equal(new Set(members).size, 4);
    const nearest = bruteForce(positions, g, Array.from(positions.x.keys())).slice(0, 6);
    ok(members.every((member) => nearest.includes(member)));
  }
});

Deno.test("all neighbours of a seed are chosen equally often", () => {
  const positions = scattered(40);
  const times = new Array<number>(6).fill(0);
  for (let seed = 0; seed < 500; seed++) {
    const groups = makeGroups(positions, {
      size: 4,
      neighborCount: 7,
      seed,
      nGroups: 1,
      sequential: true,
    });
    const ranks = bruteForce(positions, 0, Array.from(positions.x.keys())).slice(1, 7);
    for (const member of membersOf(groups, 0).slice(1)) times[ranks.indexOf(member)]++;
  }
  for (const count of times) ok(Math.abs(count - 250) < 60, `${times}`);
});

Deno.test("centres are means, offsets are -(position - mean) as (x, y), and add up to zero", () => {
  const positions = scattered(50);
  const groups = makeGroups(positions, { size: 9, neighborCount: 12, seed: 2 });
  for (let g = 0; g < groups.count; g++) {
    const members = membersOf(groups, g);
    const meanX = members.reduce((sum, i) => sum + positions.x[i], 0) / 9;
    const meanY = members.reduce((sum, i) => sum + positions.y[i], 0) / 9;
    ok(Math.abs(groups.centersPx.x[g] - meanX) < 1e-9 && Math.abs(groups.centersPx.y[g] - meanY) < 1e-9);
    members.forEach((i, c) => {
      ok(Math.abs(groups.offsetsPx[2 * (9 * g + c)] - (meanX - positions.x[i])) < 1e-5);
      ok(Math.abs(groups.offsetsPx[2 * (9 * g + c) + 1] - (meanY - positions.y[i])) < 1e-5);
    });
  }
});

Deno.test("C = 1 makes a group of each position, with no offset", () => {
  const positions = scattered(5);
  const groups = makeGroups(positions, { size: 1, neighborCount: 7, seed: 0 });
  deepEqual(Array.from(groups.indices), [0, 1, 2, 3, 4]);
  deepEqual(groups.offsetsPx, new Float32Array(10));
  deepEqual(groups.centersPx, positions);
});

Deno.test("the same seed gives the same groups, another seed others", () => {
  const positions = scattered(80);
  const make = (seed: number) =>
    makeGroups(positions, { size: 4, neighborCount: 7, nGroups: 30, seed }).indices.join();
  equal(make(1), make(1));
  ok(make(1) !== make(2));
});

Deno.test("fewer groups are drawn without repeating a seed, or are the first ones", () => {
  const positions = scattered(60);
  const seedsOf = (options: Partial<GroupOptions>) => {
    const { indices } = makeGroups(positions, {
      size: 4,
      neighborCount: 7,
      nGroups: 20,
      seed: 3,
      ...options,
    });
    return Array.from(indices).filter((_, i) => i % 4 === 0);
  };
  equal(new Set(seedsOf({})).size, 20);
  ok(Math.max(...seedsOf({})) > 30);
  deepEqual(seedsOf({ sequential: true }), Array.from({ length: 20 }, (_, i) => i));
});

Deno.test("groups stay within the chosen positions", () => {
  const positions = scattered(60);
  const indices = Int32Array.from({ length: 20 }, (_, i) => 3 * i);
  const groups = makeGroups(positions, { size: 4, neighborCount: 7, seed: 3, indices });
  equal(groups.count, 20);
  ok(groups.indices.every((index) => index % 3 === 0));
});

Deno.test("oversampling makes every position a seed equally often, with draws of its own", () => {
  const positions = scattered(20);
  const groups = makeGroups(positions, { size: 4, neighborCount: 7, seed: 3, nGroups: 50, oversample: true });
  const times = new Array<number>(20).fill(0);
  for (let g = 0; g < 50; g++) times[groups.indices[4 * g]]++;
  ok(times.every((count) => count === 2 || count === 3), `${times}`);
  equal(groups.count, 50);
  const draws = new Set(Array.from({ length: 40 }, (_, g) => membersOf(groups, g).join()));
  ok(draws.size > 30, `${draws.size}`);
});

Deno.test("K < C, too few positions and oversampling unasked or of single positions are refused", () => {
  const wrong: readonly [
    number,
    Omit<GroupOptions, "seed">,
    RegExp,
    typeof DataError | typeof OptionError,
  ][] = [
    [
      100,
      { size: 4, neighborCount: 3 },
      /neighborCount: found 3, expected at least 4, the patterns of a group/,
      OptionError,
    ],
    [
      3,
      { size: 4, neighborCount: 7, source: "scan.npz" },
      /scan\.npz: found 3 positions, expected at least 4/,
      DataError,
    ],
    [
      100,
      { size: 4, neighborCount: 7, nGroups: 101 },
      /nGroups: found 101, expected at most the 100 positions/,
      OptionError,
    ],
    [
      100,
      { size: 1, neighborCount: 7, nGroups: 101, oversample: true },
      /oversample: found groups of one/,
      OptionError,
    ],
    [100, { size: 1.5, neighborCount: 7 }, /size/, OptionError],
    [100, { size: 1, neighborCount: 7, nGroups: 0 }, /nGroups/, OptionError],
  ];
  for (const [n, options, pattern, kind] of wrong) {
    throws(
      () => checkGroupOptions(n, options),
      (error: unknown) => error instanceof kind && pattern.test(error.message),
    );
    throws(() => makeGroups(scattered(n), { ...options, seed: 0 }), pattern);
  }
  checkGroupOptions(4, { size: 4, neighborCount: 7 });
});

Deno.test("fewer positions than K are all neighbours", () => {
  const groups = makeGroups(scattered(4), { size: 4, neighborCount: 7, seed: 0 });
  for (let g = 0; g < 4; g++) deepEqual(membersOf(groups, g).sort(), [0, 1, 2, 3]);
});
