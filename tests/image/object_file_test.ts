import assert from "node:assert/strict";
import { DataError } from "../../src/common/errors.ts";
import { encodeNpz, type NpzArrays, textArray } from "../../src/formats/npy/npz_write.ts";
import { readObjectFile } from "../../src/image/object_file.ts";

const object = {
  dtype: "complex64",
  shape: [2, 3],
  data: Float32Array.from({ length: 12 }, (_, i) => i),
} as const;
const scalar = (value: number) => ({ dtype: "float64", shape: [], data: Float64Array.of(value) }) as const;
const read = async (arrays: NpzArrays) => await readObjectFile(await encodeNpz(arrays), { name: "a.npz" });

Deno.test("an object comes back with its place, weight, probe, positions, losses and pixel size", async () => {
  const found = await read({
    object,
    x0: scalar(-3),
    y0: scalar(7),
    weight: { dtype: "float32", shape: [2, 3], data: Float32Array.from([1, 2, 3, 4, 5, 6]) },
    probe: { dtype: "complex64", shape: [2, 2], data: Float32Array.from([1, 0, 0, 1, 0, 0, 1, 0]) },
    xcoords: { dtype: "float64", shape: [2], data: Float64Array.of(1, 2) },
    ycoords: { dtype: "float64", shape: [2], data: Float64Array.of(3, 4) },
    losses: { dtype: "float64", shape: [3], data: Float64Array.of(9, 4, 1) },
    pixel_size_m: scalar(2e-8),
    _metadata: textArray(JSON.stringify({ algorithm: "rPIE" })),
  });
  assert.equal(found.source, "a.npz");
  assert.deepEqual([found.object.height, found.object.width, found.object.x0, found.object.y0], [
    2,
    3,
    -3,
    7,
  ]);
  assert.deepEqual([...found.object.data], [...object.data]);
  assert.deepEqual([...found.weight ?? []], [1, 2, 3, 4, 5, 6]);
  assert.deepEqual([found.probe?.modes, found.probe?.size], [1, 2]);
  assert.deepEqual([...found.positionsPx?.y ?? []], [3, 4]);
  assert.deepEqual([...found.losses ?? []], [9, 4, 1]);
  assert.equal(found.pixelSizeM, 2e-8);
  assert.deepEqual(found.metadata, { algorithm: "rPIE" });
});

Deno.test("the true object of a scan serves as well, in its frame and with its metadata", async () => {
  const found = await read({ objectGuess: object, _metadata: textArray('{"pixel_size_m": 1e-8}') });
  assert.deepEqual([found.object.x0, found.object.y0, found.pixelSizeM], [0, 0, 1e-8]);
  assert.equal(found.weight, undefined);
});

for (
  const [what, arrays, pattern] of [
    ["no object", { probe: object }, /a\.npz: found no object or objectGuess among probe/],
    ["a stack", { object: { ...object, shape: [3, 2, 2], data: new Float32Array(24) } }, /shape .*3.*2.*2/],
    ["NaN", { object: { ...object, data: new Float32Array(12).fill(NaN) } }, /NaN or infinite/],
    ["a weight of another canvas", { object, weight: scalar(1) }, /weight: .*2 x 3, as the object/],
  ] satisfies [string, NpzArrays, RegExp][]
) {
  Deno.test(`an object file is refused: ${what}`, async () => {
    await assert.rejects(read(arrays), (error) => error instanceof DataError && pattern.test(error.message));
  });
}
