import { deepEqual, equal, ok, throws } from "node:assert/strict";
import fc from "../../src/deps/fast_check.ts";
import { DataError } from "../../src/common/errors.ts";
import { decodeNpy, type NpyArray, parseNpyHeader } from "../../src/formats/npy/npy.ts";
import { encodeNpy, toFloat32, toFloat64 } from "../../src/formats/npy/npy_write.ts";
import { fixture } from "./support.ts";

const SAMPLES: readonly NpyArray[] = [
  { dtype: "bool", shape: [2], data: new Uint8Array([1, 0]) },
  { dtype: "int8", shape: [3], data: new Int8Array([-1, 2, 3]) },
  { dtype: "uint8", shape: [1], data: new Uint8Array([200]) },
  { dtype: "int16", shape: [2, 1], data: new Int16Array([-300, 7]) },
  { dtype: "uint16", shape: [2], data: new Uint16Array([65535, 1]) },
  { dtype: "int32", shape: [1], data: new Int32Array([-70000]) },
  { dtype: "uint32", shape: [1], data: new Uint32Array([4e9]) },
  { dtype: "int64", shape: [1], data: new BigInt64Array([-(2n ** 60n)]) },
  { dtype: "uint64", shape: [1], data: new BigUint64Array([2n ** 63n]) },
  { dtype: "float32", shape: [], data: new Float32Array([1.5]) },
  { dtype: "float64", shape: [0, 4], data: new Float64Array(0) },
  { dtype: "complex64", shape: [1, 2], data: new Float32Array([1, 2, 3, 4]) },
  { dtype: "complex128", shape: [1], data: new Float64Array([1, -2]) },
  { dtype: "string", shape: [2], data: ["äöü \u{1f52c}", ""] },
  { dtype: "bytes", shape: [], data: ["abc"] },
];

Deno.test("every type comes back from its npy file as it was", () => {
  for (const array of SAMPLES) deepEqual(decodeNpy(encodeNpy(array)), array);
});

Deno.test("npy versions 1, 2 and 3, written by numpy, are read alike", async () => {
  const data = new Float32Array([0, 1, 2, 3, 4, 5]);
  for (const version of [1, 2, 3]) {
    const bytes = await Deno.readFile(fixture(`version_${version}.npy`));
    equal(bytes[6], version);
    deepEqual(decodeNpy(bytes), { dtype: "float32", shape: [2, 3], data });
  }
});

Deno.test("data begins at a multiple of 64, as numpy writes it", async () => {
  const ours = encodeNpy({ dtype: "float32", shape: [2, 3], data: new Float32Array([0, 1, 2, 3, 4, 5]) });
  deepEqual(ours, new Uint8Array(await Deno.readFile(fixture("version_1.npy"))));
  equal(parseNpyHeader(ours).dataOffset % 64, 0);
});

Deno.test("a header of more than 64 KiB is written as version 2", () => {
  const shape = new Array<number>(40000).fill(1);
  const bytes = encodeNpy({ dtype: "uint8", shape, data: new Uint8Array([7]) });
  equal(bytes[6], 2);
  deepEqual(decodeNpy(bytes).data, new Uint8Array([7]));
});

Deno.test("elements become floats, complex pairs stay interleaved, text is refused", () => {
  deepEqual(
    toFloat32({ dtype: "int64", shape: [1], data: new BigInt64Array([-5n]) }),
    new Float32Array([-5]),
  );
  deepEqual(toFloat64({ dtype: "uint16", shape: [1], data: new Uint16Array([5]) }), new Float64Array([5]));
  deepEqual(
    toFloat32({ dtype: "complex128", shape: [1], data: new Float64Array([1, -2]) }),
    new Float32Array([1, -2]),
  );
  throws(() => toFloat64({ dtype: "string", shape: [1], data: ["x"] }), DataError);
});

Deno.test("writing refuses data that does not fill the shape", () => {
  throws(() => encodeNpy({ dtype: "float32", shape: [3], data: new Float32Array(2) }), /2 elements.*3/);
  throws(() => encodeNpy({ dtype: "complex64", shape: [3], data: new Float32Array(3) }), DataError);
});

function npyWith(header: string, body = 24): Uint8Array {
  const bytes = encodeNpy({ dtype: "uint8", shape: [body], data: new Uint8Array(body) });
  const start = parseNpyHeader(bytes).dataOffset;
  bytes.fill(0x20, 10, start - 1);
  bytes.set(new TextEncoder().encode(header), 10);
  return bytes;
}

Deno.test("malformed headers, foreign types and wrong sizes are refused with the reason", () => {
  const cases: readonly [string, RegExp][] = [
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (7,), }", /24 bytes of data.*28 for shape \[7\]/],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (-6,), }", /npy header/],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 99999999999), }", /npy header/],
    ["{'descr': '<f4', 'fortran_order': Maybe, 'shape': (6,), }", /npy header/],
    ["{'descr': '<f4', 'shape': (6,), }", /npy header/],
    ["not a dictionary", /npy header/],
    ["{'descr': '<f3', 'fortran_order': False, 'shape': (8,), }", /'<f3'/],
    ["{'descr': '<M8[D]', 'fortran_order': False, 'shape': (3,), }", /M8/],
    ["{'descr': '|O', 'fortran_order': False, 'shape': (3,), }", /allow_pickle/],
    ["{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (6,), }", /structured/],
  ];
  for (const [header, pattern] of cases) {
    throws(
      () => decodeNpy(npyWith(header)),
      (error: unknown) => error instanceof DataError && pattern.test(error.message),
    );
  }
  throws(() => decodeNpy(new TextEncoder().encode("hello, this is text")), /npy magic/);
  const future = encodeNpy({ dtype: "uint8", shape: [1], data: new Uint8Array(1) });
  future[6] = 4;
  throws(() => decodeNpy(future), /version 4/);
});

Deno.test("an npy file cut anywhere is refused", () => {
  const whole = encodeNpy({ dtype: "float32", shape: [3, 5], data: new Float32Array(15).fill(2) });
  for (let length = 0; length < whole.length; length++) {
    throws(() => decodeNpy(whole.subarray(0, length)), DataError, `cut to ${length}`);
  }
});

Deno.test("any float array of any shape survives the round trip", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 }),
      fc.infiniteStream(fc.double()),
      (shape, values) => {
        const count = shape.reduce((product, n) => product * n, 1);
        const array: NpyArray = { dtype: "float64", shape, data: Float64Array.from(values.take(count)) };
        const back = decodeNpy(encodeNpy(array));
        deepEqual(back.shape, shape);
        deepEqual(Array.from(toFloat64(back)), Array.from(toFloat64(array)));
      },
    ),
    { seed: 1 },
  );
});

Deno.test("decoding leaves the caller's bytes alone and works at any offset", () => {
  const bytes = encodeNpy({ dtype: "float64", shape: [2], data: new Float64Array([1, 2]) });
  const shifted = new Uint8Array(bytes.length + 1);
  shifted.set(bytes, 1);
  const copy = shifted.slice();
  const { data } = decodeNpy(shifted.subarray(1));
  ok(data instanceof Float64Array);
  data.fill(9);
  deepEqual(shifted, copy);
});
