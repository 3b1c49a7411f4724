import { deepEqual, equal, notDeepEqual, ok, throws } from "node:assert/strict";
import { Random } from "../../src/numeric/random.ts";

function draw(random: Random, count: number): number[] {
  return Array.from({ length: count }, () => random.uniform());
}

const PINNED = ["0.833362173884", "0.261927298526", "0.853380794464"];

Deno.test("the numbers of a seed never change", () => {
  deepEqual(draw(new Random(0), 3).map((value) => value.toFixed(12)), PINNED);
});

Deno.test("seeds and streams give numbers of their own", () => {
  deepEqual(draw(new Random(5), 9), draw(new Random(5), 9));
  const seen = new Set(
    [0, 1, 2, -1, 2 ** 40].flatMap((seed) =>
      ["", "a", "b"].map((stream) => new Random(seed, stream).uniform())
    ),
  );
  equal(seen.size, 15);
  throws(() => new Random(0.5), RangeError);
});

Deno.test("a generator goes on from its state, through JSON too", () => {
  const random = new Random(3);
  draw(random, 10);
  const copy = Random.fromState(JSON.parse(JSON.stringify(random.state)));
  deepEqual(draw(random, 10), draw(copy, 10));
  throws(() => Random.fromState([1, 2]), RangeError);
});

Deno.test("uniform and normal numbers have the moments they should", () => {
  const random = new Random(1);
  const n = 200_000;
  let [sum, square, fourth, mean] = [0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    mean += random.uniform() / n;
    const value = random.normal();
    sum += value / n;
    square += value ** 2 / n;
    fourth += value ** 4 / n;
  }
  ok(Math.abs(mean - 0.5) < 0.003, `${mean}`);
  ok(
    Math.abs(sum) < 0.01 && Math.abs(square - 1) < 0.015 && Math.abs(fourth - 3) < 0.12,
    `${sum} ${square} ${fourth}`,
  );
});

Deno.test("Poisson numbers follow their distribution, small means and large", () => {
  const random = new Random(2);
  const n = 100_000;
  for (const mean of [0.05, 2, 9.99, 10, 40, 3000]) {
    const found = Array.from({ length: n }, () => random.poisson(mean));
    const average = found.reduce((sum, k) => sum + k) / n;
    const variance = found.reduce((sum, k) => sum + (k - average) ** 2, 0) / n;
    ok(Math.abs(average - mean) < 5 * Math.sqrt(mean / n), `mean ${average} for ${mean}`);
    const spread = Math.sqrt((2 * mean ** 2 + mean) / n);
    ok(Math.abs(variance - mean) < 5 * spread, `variance ${variance} for ${mean}`);
    checkShape(found, mean);
  }
  equal(random.poisson(0), 0);
  throws(() => random.poisson(-1), RangeError);
  throws(() => random.poisson(NaN), RangeError);
});

/** Chi-square of the counts of each value whose expectation is above 20. */
function checkShape(found: readonly number[], mean: number): void {
  const counts = new Map<number, number>();
  for (const k of found) counts.set(k, (counts.get(k) ?? 0) + 1);
  let [chiSquare, cells] = [0, 0];
  let logProbability = -mean;
  for (let k = 0; k < mean + 12 * Math.sqrt(mean) + 12; k++) {
    if (k > 0) logProbability += Math.log(mean / k);
    const expected = found.length * Math.exp(logProbability);
    if (expected < 20) continue;
    chiSquare += ((counts.get(k) ?? 0) - expected) ** 2 / expected;
    cells++;
  }
  ok(
    Math.abs(chiSquare - cells) < 5 * Math.sqrt(2 * cells),
    `chi-square ${chiSquare} of ${cells} for ${mean}`,
  );
}

Deno.test("a shuffle keeps all elements, and every place is equally likely", () => {
  const random = new Random(4);
  const places = new Array<number>(5).fill(0);
  for (let i = 0; i < 50_000; i++) {
    const shuffled = random.shuffle(Int32Array.from([0, 1, 2, 3, 4]));
    equal(shuffled.reduce((sum, k) => sum + 2 ** k, 0), 31);
    places[shuffled.indexOf(0)]++;
  }
  for (const count of places) ok(Math.abs(count - 10_000) < 450, `${places}`);
});

Deno.test("a choice is of distinct numbers, ascending, each equally likely", () => {
  const random = new Random(6);
  const times = new Array<number>(6).fill(0);
  for (let i = 0; i < 30_000; i++) {
    const chosen = random.choose(6, 2);
    ok(chosen[0] < chosen[1]);
    for (const k of chosen) times[k]++;
  }
  for (const count of times) ok(Math.abs(count - 10_000) < 450, `${times}`);
  deepEqual(random.choose(3, 3), new Int32Array([0, 1, 2]));
  throws(() => random.choose(3, 4), RangeError);
  notDeepEqual(random.choose(1000, 10), random.choose(1000, 10));
});
