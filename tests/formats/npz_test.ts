import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import type { NpyArray } from "../../src/formats/npy/npy.ts";
import { type Npz, openNpz } from "../../src/formats/npy/npz.ts";
import { encodeNpz, textArray, writeNpz } from "../../src/formats/npy/npz_write.ts";
import { toFloat64 } from "../../src/formats/npy/npy_write.ts";
import { fixture, namesIn, rejectsWith, withFolder } from "./support.ts";

const RAMP = [0, 1, 2, 3, 4, 5];
const COMPLEX_RAMP = RAMP.flatMap((k) => [k, -2 * k]);

async function numbers(npz: Npz, key: string): Promise<number[]> {
  return Array.from(toFloat64(await npz.readArray(key)));
}

for (const kind of ["stored", "deflated"]) {
  Deno.test(`arrays of all types that numpy wrote, ${kind}`, async () => {
    await using npz = await openNpz(fixture(`types_${kind}.npz`));
    for (const { key, inPlace } of npz.entries) {
      if (/^(big_)?[iuf]\d/.test(key)) deepEqual(await numbers(npz, key), RAMP, key);
      if (/^(big_)?c\d/.test(key)) deepEqual(await numbers(npz, key), COMPLEX_RAMP, key);
      equal(inPlace, kind === "stored" && !key.startsWith("fortran"), key);
    }
    deepEqual(await numbers(npz, "b1"), [0, 1, 1, 1, 1, 1]);
    deepEqual(await numbers(npz, "negative"), [-1, -300, -70000]);
    deepEqual(await numbers(npz, "fortran"), Array.from({ length: 24 }, (_, i) => i));
    deepEqual(await numbers(npz, "fortran_big_c16"), COMPLEX_RAMP);
    deepEqual(await numbers(npz, "scalar"), [3.5]);
    deepEqual(npz.entry("empty").shape, [0, 4]);
    deepEqual((await npz.readArray("texts")).data, ["a", "", "äöü \u{1f52c}"]);
    deepEqual((await npz.readArray("bytes")).data, ["ab", "c"]);
    const [json] = (await npz.readArray("text")).data;
    deepEqual(JSON.parse(String(json)), { name: "Blendenöffnung", pixel_size_m: 3e-8 });
  });

  Deno.test(`half precision, ${kind}: zero, subnormal, largest, infinite, NaN`, async () => {
    await using npz = await openNpz(fixture(`types_${kind}.npz`));
    const halves = await numbers(npz, "halves");
    deepEqual(halves.slice(0, 3), [0, -0.5, 65504]);
    equal(halves[3], 2 ** -24);
    equal(halves[4], 2 ** -14 * (1023 / 1024));
    deepEqual(halves.slice(5, 8), [Infinity, -Infinity, NaN]);
    equal(halves[8], 1365 / 4096);
  });
}

Deno.test("zip64 entries that Python forced are read, rows in place", async () => {
  await using npz = await openNpz(fixture("zip64.npz"));
  ok(npz.entry("b").inPlace);
  const { shape, data } = await npz.readRows("b", [3, 0, 1]);
  deepEqual(shape, [3, 5]);
  deepEqual(Array.from(data as Float64Array), [15, 16, 17, 18, 19, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

Deno.test("rows of a stored array are read by range, never the whole file", async () => {
  const data = Float32Array.from({ length: 200 * 1000 }, (_, i) => i);
  const bytes = await encodeNpz({ big: { dtype: "float32", shape: [200, 1000], data } });
  let read = 0;
  class Counting extends Blob {
    override slice(start?: number, end?: number): Blob {
      read += (end ?? this.size) - (start ?? 0);
      return super.slice(start, end);
    }
  }
  await using npz = await openNpz(new Counting([bytes]));
  read = 0;
  const rows = await npz.readRows("big", [7, 8, 190]);
  equal(read, 3 * 4000);
  deepEqual((rows.data as Float32Array).subarray(1998, 2002), new Float32Array([8998, 8999, 190000, 190001]));
  await rejects(npz.readRows("big", [200]), RangeError);
  await rejects(npz.readRows("big", [-1]), RangeError);
});

Deno.test("rows are the same stored, deflated, in Fortran order and big endian", async () => {
  await using stored = await openNpz(fixture("types_stored.npz"));
  await using deflated = await openNpz(fixture("types_deflated.npz"));
  for (const npz of [stored, deflated]) {
    for (const key of ["f4", "big_f8", "u2", "big_f2"]) {
      deepEqual(Array.from(toFloat64(await npz.readRows(key, [1, 0]))), [3, 4, 5, 0, 1, 2], key);
    }
    deepEqual(
      Array.from(toFloat64(await npz.readRows("fortran", [1]))),
      Array.from({ length: 12 }, (_, i) => 12 + i),
    );
    const whole = await npz.readArray("fortran");
    deepEqual(whole.shape, [2, 3, 4]);
    deepEqual(Array.from(toFloat64(whole)), Array.from({ length: 24 }, (_, i) => i));
  }
});

Deno.test("a walk over all rows gives each once, in order", async () => {
  await using npz = await openNpz(fixture("zip64.npz"));
  const seen: number[] = [];
  const starts: number[] = [];
  for await (const { start, array } of npz.streamRows("a", 3)) {
    starts.push(start);
    seen.push(...toFloat64(array));
  }
  deepEqual(starts, [0, 3]);
  deepEqual(seen, Array.from({ length: 20 }, (_, i) => i));
});

Deno.test("pickled and structured arrays are refused when asked for, the others stay readable", async () => {
  await using npz = await openNpz(fixture("refused.npz"));
  deepEqual(npz.entries.map(({ key }) => key), ["fine"]);
  await rejectsWith(
    npz.readArray("pickled"),
    /refused\.npz: pickled: found a pickled object array/,
    /allow_pickle/,
  );
  await rejectsWith(npz.readArray("records"), /structured/);
  await rejectsWith(npz.readArray("dates"), /M8/);
});

Deno.test("a missing key is refused with those that are there", async () => {
  await using npz = await openNpz(fixture("zip64.npz"));
  await rejectsWith(npz.readArray("c"), /zip64\.npz: c: found only a, b/);
});

const SAMPLE: Record<string, NpyArray> = {
  diffraction: { dtype: "float32", shape: [2, 2, 2], data: Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8]) },
  probe: { dtype: "complex64", shape: [1, 2], data: new Float32Array([1, 2, 3, 4]) },
  _metadata: textArray('{"a": "ö"}'),
};

for (const compress of [false, true]) {
  Deno.test(`what is written comes back, compress ${compress}, and is the same each time`, async () => {
    await withFolder(async (folder) => {
      const path = `${folder}/out.npz`;
      await writeNpz(path, SAMPLE, { compress });
      await using npz = await openNpz(path);
      deepEqual(npz.entries.map(({ key }) => key), Object.keys(SAMPLE));
      for (const [key, array] of Object.entries(SAMPLE)) deepEqual(await npz.readArray(key), array);
      equal(npz.entry("diffraction").inPlace, !compress);
      deepEqual(new Uint8Array(await Deno.readFile(path)), await encodeNpz(SAMPLE, { compress }));
      deepEqual(await namesIn(folder), ["out.npz"]);
    });
  });
}

Deno.test("a stack can be written in pieces", async () => {
  async function* pieces() {
    yield new Uint16Array([1, 2, 3]);
    yield await Promise.resolve(new Uint16Array([4]));
  }
  const bytes = await encodeNpz({ s: { dtype: "uint16", shape: [2, 2], chunks: pieces() } });
  await using npz = await openNpz(bytes);
  deepEqual(await npz.readArray("s"), {
    dtype: "uint16",
    shape: [2, 2],
    data: new Uint16Array([1, 2, 3, 4]),
  });
});

Deno.test("a write that fails leaves nothing behind, and the old file as it was", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/out.npz`;
    await writeNpz(path, SAMPLE);
    const before = await Deno.readFile(path);
    async function* tooShort() {
      yield await Promise.resolve(new Float32Array(3));
    }
    const stream = { dtype: "float32", shape: [4], chunks: tooShort() } as const;
    await rejectsWith(writeNpz(path, { ...SAMPLE, stream }), /stream: found 12 bytes, expected 16/);
    deepEqual(await namesIn(folder), ["out.npz"]);
    deepEqual(await Deno.readFile(path), before);
    await rejectsWith(writeNpz(`${folder}/no/such/out.npz`, SAMPLE), /out\.npz: found/);
  });
});

const python = await hasNumpy();

async function hasNumpy(): Promise<boolean> {
  try {
    return (await new Deno.Command("python3", { args: ["-c", "import numpy"], stderr: "null" }).output())
      .success;
  } catch {
    return false;
  }
}

Deno.test({
  name: `numpy reads what is written${python ? "" : " (skipped: no python3 with numpy)"}`,
  ignore: !python,
  fn: async () => {
    await withFolder(async (folder) => {
      await writeNpz(`${folder}/a.npz`, SAMPLE);
      const script = "import numpy, sys; z = numpy.load(sys.argv[1]); " +
        "print([(k, z[k].dtype.name, z[k].shape, z[k].ravel().tolist()) for k in z])";
      const { stdout } = await new Deno.Command("python3", { args: ["-c", script, `${folder}/a.npz`] })
        .output();
      const expected = "[('diffraction', 'float32', (2, 2, 2), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]), " +
        "('probe', 'complex64', (1, 2), [(1+2j), (3+4j)]), ('_metadata', 'str320', (), ['{\"a\": \"ö\"}'])]";
      equal(new TextDecoder().decode(stdout).trim(), expected);
    });
  },
});
