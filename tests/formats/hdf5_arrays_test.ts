import { deepEqual, rejects } from "node:assert/strict";
import { decodeHdf5 } from "../../src/formats/hdf5/hdf5.ts";
import { type Hdf5Array, writeHdf5Arrays } from "../../src/formats/hdf5/hdf5_arrays.ts";
import { python, withPython } from "./python.ts";
import { withFolder } from "./support.ts";

const ARRAYS: Readonly<Record<string, Hdf5Array>> = {
  object: {
    dtype: "complex64",
    shape: [2, 2],
    data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8),
    attributes: { units: "1" },
  },
  weight: { dtype: "float32", shape: [2, 2], data: Float32Array.of(0.5, 1, 1.5, 2) },
  mask: { dtype: "uint8", shape: [2, 2], data: Uint8Array.of(0, 1, 1, 1) },
  x0: { dtype: "float64", shape: [], data: Float64Array.of(-3), attributes: { units: "object pixels" } },
};

/** The bytes that are written. */
async function encodeHdf5Arrays(
  ...[arrays, options]: [
    Readonly<Record<string, Hdf5Array>>,
    { attributes: Record<string, string | number> }?,
  ]
) {
  const file = await Deno.makeTempFile();
  try {
    await writeHdf5Arrays(file, arrays, options);
    return await Deno.readFile(file);
  } finally {
    await Deno.remove(file);
  }
}

Deno.test("arrays of several types come back from HDF5", async () => {
  const read = await decodeHdf5(await encodeHdf5Arrays(ARRAYS));
  deepEqual(read.get("object"), {
    shape: [2, 2],
    data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8),
    complex: true,
  });
  deepEqual(read.get("x0"), { shape: [], data: Float32Array.of(-3) });
  deepEqual(read.get("weight"), { shape: [2, 2], data: Float32Array.of(0.5, 1, 1.5, 2) });
  deepEqual(read.get("mask"), { shape: [2, 2], data: Float32Array.of(0, 1, 1, 1) });
});

Deno.test("the same arrays and attributes give the same HDF5", async () => {
  const first = await encodeHdf5Arrays(ARRAYS, { attributes: { creator: "plica" } });
  deepEqual(await encodeHdf5Arrays(ARRAYS, { attributes: { creator: "plica" } }), first);
});

Deno.test("text, and data that does not fill its shape, are refused", async () => {
  const text: Hdf5Array = { dtype: "string", shape: [1], data: ["a"] };
  await rejects(encodeHdf5Arrays({ text }), /text: found 1 values of string/);
  const short: Hdf5Array = { dtype: "complex64", shape: [2], data: new Float32Array(2) };
  await rejects(encodeHdf5Arrays({ short }), /short: found 2 values of complex64, expected 2 numbers/);
});

Deno.test({
  ...await withPython("h5py reads complex arrays, single values and attributes", ["h5py"]),
  fn: () =>
    withFolder(async (folder) => {
      const attributes = { creator: "plica", pixel_size_m: 1.5e-8 };
      await Deno.writeFile(`${folder}/a.h5`, await encodeHdf5Arrays(ARRAYS, { attributes }));
      const script = `
import h5py, json, sys
f = h5py.File(sys.argv[1])
o = f["object"]
print(json.dumps([sorted(f), str(o.dtype), o.shape, o[()].real.ravel().tolist(), o[()].imag.ravel().tolist(),
                  f["weight"][()].tolist(), str(f["mask"].dtype), float(f["x0"][()]), str(f["x0"].dtype),
                  o.attrs["units"], f.attrs["creator"], float(f.attrs["pixel_size_m"])]))`;
      deepEqual(await python(script, `${folder}/a.h5`), [
        ["mask", "object", "weight", "x0"],
        ...["complex64", [2, 2], [1, 3, 5, 7], [2, 4, 6, 8]],
        ...[[[0.5, 1], [1.5, 2]], "uint8", -3, "float64", "1", "plica", 1.5e-8],
      ]);
    }),
});
