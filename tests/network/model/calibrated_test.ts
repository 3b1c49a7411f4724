import assert from "node:assert/strict";
import { calibratedNetwork, levelsOf } from "../../../src/network/model/calibrated.ts";
import { Scope, Weights } from "../../../src/network/model/parameters.ts";
import { Graph } from "../../../src/engine/graph/graph.ts";

/** Shapes of the weights of a network for patterns of side N. */
function shapesOf(size: number, options: Parameters<typeof calibratedNetwork>[2] = {}) {
  const graph = new Graph(), weights = new Weights();
  const x = graph.input("x", [1, 2, size, size]);
  const { a, b } = calibratedNetwork(new Scope(graph, weights).at("autoencoder"), x, options);
  assert.deepEqual([a.shape, b.shape], [[1, 1, size, size], [1, 1, size, size]]);
  return new Map(weights.entries.map(({ name, shape }) => [name, shape]));
}

const encoderWidths = (shapes: ReadonlyMap<string, readonly number[]>) =>
  [...shapes].filter(([name]) => /encoder\.blocks\.\d+\.conv1\.weight/.test(name)).map(([, [width]]) =>
    width
  );

Deno.test("the levels follow the side of the patterns, and the deepest is as wide at every side", () => {
  assert.equal(encoderWidths(shapesOf(32)).length, 3);
  assert.deepEqual(encoderWidths(shapesOf(64)), [64, 128, 256]);
  assert.deepEqual(encoderWidths(shapesOf(128)), [32, 64, 128, 256]);
  assert.deepEqual(encoderWidths(shapesOf(256, { filtersScale: 1 })), [8, 16, 32, 64, 128]);
});

Deno.test("levels that are asked for are those of the weights", () => {
  for (const levels of [2, 3, 4, 5]) {
    const shapes = shapesOf(64, { levels });
    assert.equal(levelsOf(shapes.keys()), levels);
    assert.equal(encoderWidths(shapes).at(-1), 256);
  }
  assert.equal(levelsOf(["s1", "decoder.blocks.0.weight"]), undefined);
});
