import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { OptionError } from "../../src/common/errors.ts";
import { samplePositions } from "../../src/scan/grouping/split.ts";
import { splitPositions } from "../../src/scan/grouping/split.ts";

const POSITIONS = {
  x: Float64Array.from({ length: 100 }, (_, i) => i % 10),
  y: Float64Array.from({ length: 100 }, (_, i) => Math.floor(i / 10)),
};

Deno.test("a subsample is of distinct positions, ascending, the same for the same seed", () => {
  const sample = samplePositions(1000, { nSubsample: 100, subsampleSeed: 4 });
  equal(new Set(sample).size, 100);
  ok(sample.every((index, i) => i === 0 || index > sample[i - 1]));
  deepEqual(sample, samplePositions(1000, { nSubsample: 100, subsampleSeed: 4 }));
  ok(sample.join() !== samplePositions(1000, { nSubsample: 100, subsampleSeed: 5 }).join());
});

Deno.test("sequential sampling takes the first, no limit takes all, too many are refused", () => {
  deepEqual(Array.from(samplePositions(9, { nSubsample: 3, sequential: true })), [0, 1, 2]);
  deepEqual(Array.from(samplePositions(3)), [0, 1, 2]);
  throws(() => samplePositions(3, { nSubsample: 4 }), OptionError);
  throws(() => samplePositions(3, { nSubsample: 0 }), OptionError);
});

for (const split of ["fraction", "y"] as const) {
  Deno.test(`every position is in exactly one part, split by ${split}`, () => {
    const { train, validation } = splitPositions(POSITIONS, { valFraction: 0.3, split, seed: 1 });
    deepEqual([train.length, validation.length], [70, 30]);
    deepEqual([...train, ...validation].sort((a, b) => a - b), Array.from({ length: 100 }, (_, i) => i));
    ok(train.every((index, i) => i === 0 || index > train[i - 1]));
  });
}

Deno.test("the split along y holds out the strip of largest y", () => {
  const { validation } = splitPositions(POSITIONS, { valFraction: 0.2, split: "y", seed: 1 });
  deepEqual(Array.from(validation), Array.from({ length: 20 }, (_, i) => 80 + i));
});

Deno.test("the drawn split depends on the seed alone", () => {
  const draw = (seed: number) => splitPositions(POSITIONS, { valFraction: 0.2, seed }).validation.join();
  equal(draw(1), draw(1));
  ok(draw(1) !== draw(2));
});

Deno.test("a split divides only the given positions; one is held out and one kept at least", () => {
  const indices = Int32Array.from([5, 9, 30]);
  const { train, validation } = splitPositions(POSITIONS, { valFraction: 0.01, seed: 1, indices });
  deepEqual([train.length, validation.length], [2, 1]);
  ok([...train, ...validation].every((index) => indices.includes(index)));
  equal(splitPositions(POSITIONS, { valFraction: 0, seed: 1 }).validation.length, 0);
  deepEqual(
    splitPositions(POSITIONS, { valFraction: 0.9, seed: 1, indices: indices.slice(0, 1) }).train.length,
    1,
  );
  throws(() => splitPositions(POSITIONS, { valFraction: 1, seed: 1 }), RangeError);
});
