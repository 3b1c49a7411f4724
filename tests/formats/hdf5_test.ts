import { deepEqual, equal } from "node:assert/strict";
import { decodeHdf5, encodeHdf5, type StoredArray } from "../../src/formats/hdf5/hdf5.ts";
import { PYTHON, withPython } from "./python.ts";
import { fixture, rejectsWith, withFolder } from "./support.ts";

const ARRAYS = new Map<string, StoredArray>([
  ["encoder.blocks.0.conv1.weight", { shape: [2, 1, 3], data: new Float32Array([1, 2, 3, 4, 5, 6]) }],
  ["encoder.blocks.0.conv1.bias", { shape: [2], data: new Float32Array([-1, 1e-30]) }],
  ["scale", { shape: [], data: new Float32Array([2.5]) }],
  ["statistics.probe", { shape: [1, 2], data: new Float32Array([1, 2, 3, 4]), complex: true }],
]);

Deno.test("arrays come back from HDF5 under their names, complex ones and single values too", async () => {
  deepEqual(
    [...await decodeHdf5(await encodeHdf5(ARRAYS))].sort(),
    [...ARRAYS].sort(),
  );
});

Deno.test("the same arrays give the same bytes, at another time and in another order", async () => {
  const first = await encodeHdf5(ARRAYS);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  deepEqual(await encodeHdf5(new Map([...ARRAYS].reverse())), first);
});

Deno.test("a file that h5py wrote is read, float64 as float32", async () => {
  const arrays = await decodeHdf5(await Deno.readFile(fixture("weights.h5")));
  deepEqual(arrays.get("encoder.blocks.0.weight"), {
    shape: [2, 3],
    data: new Float32Array([0, 1, 2, 3, 4, 5]),
  });
  deepEqual(arrays.get("encoder.blocks.0.bias"), { shape: [3], data: new Float32Array([0, 1, 2]) });
  deepEqual(arrays.get("statistics.probe"), {
    shape: [2],
    data: new Float32Array([1, -2, 3, -4]),
    complex: true,
  });
  equal(arrays.size, 3);
});

Deno.test("bytes that are no HDF5, or cut short, are refused on one line", async () => {
  const whole = await encodeHdf5(ARRAYS);
  await rejectsWith(decodeHdf5(new Uint8Array(100), "weights.h5"), /^weights\.h5: found no readable HDF5/);
  await rejectsWith(decodeHdf5(whole.subarray(0, whole.length - 8), "weights.h5"), /truncated/);
});

Deno.test("names that cannot be paths and data that does not fill its shape are refused", async () => {
  const one = { shape: [1], data: new Float32Array(1) };
  await rejectsWith(encodeHdf5(new Map([["a..b", one]])), /a\.\.b/);
  await rejectsWith(encodeHdf5(new Map([["a/b", one]])), /a\/b/);
  await rejectsWith(encodeHdf5(new Map([["a", one], ["a.b", one]])), /an array named a as well/);
  await rejectsWith(encodeHdf5(new Map([["a", { shape: [2], data: new Float32Array(3) }]])), /3 values/);
});

Deno.test({
  ...await withPython("h5py reads what is written", ["h5py"]),
  fn: async () => {
    await withFolder(async (folder) => {
      await Deno.writeFile(`${folder}/w.h5`, await encodeHdf5(ARRAYS));
      const script =
        "import h5py, sys; f = h5py.File(sys.argv[1]); w = f['encoder/blocks/0/conv1/weight']; " +
        "print(w.dtype, w.shape, w[:].ravel().tolist(), f['scale'][()], f['statistics/probe'].shape, " +
        "f['statistics/probe'].attrs['complex'])";
      const { stdout } = await new Deno.Command(PYTHON, { args: ["-c", script, `${folder}/w.h5`] })
        .output();
      equal(
        new TextDecoder().decode(stdout).trim(),
        "float32 (2, 1, 3) [1.0, 2.0, 3.0, 4.0, 5.0, 6.0] 2.5 (1, 2, 2) last axis is (re, im)",
      );
    });
  },
});
