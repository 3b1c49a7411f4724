import assert from "node:assert/strict";
import { unwrapPhase } from "../../src/comparison/unwrap.ts";
import { wrap } from "../../src/comparison/alignment.ts";
import { Random } from "../../src/numeric/random.ts";

function phases(height: number, width: number, at: (r: number, c: number) => number) {
  const data = Float64Array.from({ length: height * width }, (_, p) => at(Math.floor(p / width), p % width));
  return { height, width, data };
}

function turnsApart(a: ArrayLike<number>, b: ArrayLike<number>, inside: (p: number) => boolean): Set<number> {
  const turns = new Set<number>();
  for (let p = 0; p < a.length; p++) {
    if (inside(p)) turns.add(Math.round(1e6 * (a[p] - b[p]) / (2 * Math.PI)) / 1e6);
  }
  return turns;
}

Deno.test("a smooth surface of many turns comes back up to one constant", () => {
  const random = new Random(1, "unwrap");
  const truth = phases(
    40,
    57,
    (r, c) => 30 * Math.exp(-((r - 18) ** 2 + (c - 30) ** 2) / 250) + 0.3 * random.normal(),
  );
  const found = unwrapPhase({ ...truth, data: truth.data.map(wrap) });
  const turns = turnsApart(found.data, truth.data, () => true);
  assert.equal(turns.size, 1);
  assert.ok(Number.isInteger([...turns][0]));
});

Deno.test("what lies outside of the mask neither changes nor misleads", () => {
  const truth = phases(30, 30, (r, c) => 0.8 * c + 0.1 * r);
  const random = new Random(2, "unwrap");
  const inside = (p: number) => Math.abs(p % 30 - 15) > 2 || Math.floor(p / 30) > 25; // a noisy wall with a door
  const wrapped = {
    ...truth,
    data: truth.data.map((v, p) => inside(p) ? wrap(v) : wrap(10 * random.normal())),
  };
  const mask = Uint8Array.from(truth.data, (_, p) => inside(p) ? 1 : 0);
  const found = unwrapPhase(wrapped, { mask });
  assert.equal(turnsApart(found.data, truth.data, inside).size, 1);
  wrapped.data.forEach((v, p) => inside(p) || assert.equal(found.data[p], v));
});
