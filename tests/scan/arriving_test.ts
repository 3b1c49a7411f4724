import assert from "node:assert/strict";
import { DataError } from "../../src/common/errors.ts";
import { writeNpz } from "../../src/formats/npy/npz_write.ts";
import {
  type Arrival,
  arrivalFromJson,
  arrivalFromNpz,
  arrivalsInFolder,
  arrivalsInLines,
} from "../../src/scan/arriving.ts";

const SIZE = 64, PIXELS = SIZE * SIZE;
const amplitudes = Float32Array.from({ length: 2 * PIXELS }, (_, i) => 1 + i % 3);
const options = { size: SIZE, source: "line 1" };

const base64 = (data: ArrayBufferView<ArrayBuffer>) => new Uint8Array(data.buffer).toBase64();

function record(changes: Record<string, unknown> = {}, stack: Record<string, unknown> = {}) {
  const diffraction = { dtype: "float32", shape: [2, SIZE, SIZE], data: base64(amplitudes), ...stack };
  return JSON.stringify({ xcoords: [40, 41.5], ycoords: [50, 50.25], diffraction, ...changes });
}

function found(line: string, measurement?: "counts" | "amplitude"): Arrival {
  const arrival = arrivalFromJson(line, { ...options, measurement });
  assert.ok(arrival);
  return arrival;
}

Deno.test("a line of JSON gives counts and positions: floats are amplitudes, integers counts", () => {
  const { counts, xcoords, ycoords } = found(record());
  assert.deepEqual([...xcoords, ...ycoords], [40, 41.5, 50, 50.25]);
  assert.deepEqual([...counts.subarray(0, 4)], [1, 4, 9, 1]);
  assert.deepEqual([...found(record(), "counts").counts.subarray(0, 4)], [1, 2, 3, 1]);
  const integers = { dtype: "uint16", data: base64(Uint16Array.from(amplitudes)) };
  assert.deepEqual([...found(record({}, integers)).counts.subarray(0, 4)], [1, 2, 3, 1]);
  const one = { shape: [SIZE, SIZE], data: base64(amplitudes.slice(0, PIXELS)) };
  const single = found(record({ xcoords: 7, ycoords: [8] }, one));
  assert.deepEqual([single.counts.length, ...single.xcoords, ...single.ycoords], [PIXELS, 7, 8]);
  assert.equal(arrivalFromJson('{"end": true}', options), undefined);
});

Deno.test("a line that is wrong is refused in one line that says where", () => {
  const spoilt = (at: number, value: number) => {
    const values = amplitudes.slice();
    values[at] = value;
    return record({}, { data: base64(values) });
  };
  const cases: [string, RegExp][] = [
    ["{", /^line 1: found no JSON/],
    ["[1]", /^line 1: found a list, expected a JSON object/],
    [record({ diffraction: 3 }), /diffraction: found 3, expected an object/],
    [record({}, { dtype: "complex64" }), /diffraction\.dtype: found "complex64", expected one of float32/],
    [record({}, { shape: [2, 32, 32] }), /diffraction\.data: found 32768 bytes, expected 8192/],
    [record({}, { shape: [1, 128, 64] }), /diffraction: found shape \[1, 128, 64\], expected \[n, 64, 64\]/],
    [record({}, { shape: "2" }), /diffraction\.shape: found "2"/],
    [record({}, { data: "%%" }), /diffraction\.data: found text that is no base64/],
    [record({ xcoords: [1] }), /xcoords: found 1 positions, expected 2/],
    [record({ ycoords: [1, null] }), /ycoords: found a list, expected a list of numbers/],
    [record({ ycoords: undefined }), /ycoords: found nothing/],
    [spoilt(PIXELS + 3, NaN), /diffraction: found NaN or infinite values in pattern 1/],
    [spoilt(3, -1), /diffraction: found negative values in pattern 0/],
    [
      record({}, { data: base64(new Float32Array(2 * PIXELS)) }),
      /diffraction: found zeros only in pattern 0/,
    ],
  ];
  for (const [line, message] of cases) {
    assert.throws(() => arrivalFromJson(line, options), (error: unknown) => {
      assert.ok(error instanceof DataError);
      assert.match(error.message, message);
      return !error.message.includes("\n");
    });
  }
});

async function write(path: string, changes: Parameters<typeof writeNpz>[1] = {}) {
  const row = (...values: number[]) =>
    ({ dtype: "float64", shape: [2], data: Float64Array.from(values) }) as const;
  await writeNpz(path, {
    diffraction: { dtype: "float32", shape: [2, SIZE, SIZE], data: amplitudes },
    xcoords: row(40, 41.5),
    ycoords: row(50, 50.25),
    ...changes,
  });
}

Deno.test("files that come into a folder are read in the order of their names until END is there", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await write(`${folder}/b.npz`);
    await write(`${folder}/.hidden.npz`);
    await Deno.writeTextFile(`${folder}/notes.txt`, "");
    const seen: string[] = [];
    for await (const arrival of arrivalsInFolder(folder, { size: SIZE, pollMs: 5 })) {
      if (arrival instanceof DataError) {
        seen.push(arrival.message);
        await Deno.writeTextFile(`${folder}/END`, "");
        continue;
      }
      assert.equal(arrival.counts[2], 9);
      seen.push(arrival.source);
      if (seen.length === 1) await write(`${folder}/a.npz`); // later, though its name is earlier
      if (seen.length === 2) {
        await Deno.writeTextFile(`${folder}/c.npz`, "no zip");
        await Deno.utime(`${folder}/c.npz`, 1, 1); // nobody writes to it any more
      }
    }
    assert.deepEqual(seen.slice(0, 2), [`${folder}/b.npz`, `${folder}/a.npz`]);
    assert.match(seen[2], /c\.npz: found/);
    assert.equal(seen.length, 3);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a file that is still being written is tried again until it is whole", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await write(`${folder}/whole`);
    const bytes = await Deno.readFile(`${folder}/whole`);
    await Deno.writeFile(`${folder}/slow.npz`, bytes.subarray(0, 1000));
    const timer = setTimeout(() => Deno.writeFileSync(`${folder}/slow.npz`, bytes), 150);
    const { value } = await arrivalsInFolder(folder, { size: SIZE, pollMs: 5 }).next();
    clearTimeout(timer);
    assert.ok(value && !(value instanceof DataError));
    await assert.rejects(
      arrivalsInFolder(`${folder}/none`, { size: SIZE }).next(),
      /a folder that is being filled/,
    );
    await assert.rejects(arrivalFromNpz(`${folder}/none.npz`, { size: SIZE }), DataError);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("lines are put together from pieces of any length; the last needs no end", async () => {
  const text = `${record()}\n\nnonsense\n${record({ xcoords: [1, 2] })}`;
  const bytes = new TextEncoder().encode(text);
  const pieces = [0, 10, 11, 5000, 43_000, 43_850, 60_000, bytes.length];
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      pieces.slice(1).forEach((to, i) => controller.enqueue(bytes.slice(pieces[i], to)));
      controller.close();
    },
  });
  const all: (Arrival | DataError)[] = [];
  for await (const arrival of arrivalsInLines(stream, { size: SIZE })) all.push(arrival);
  const [first, second, third] = all;
  assert.ok(!(first instanceof DataError) && !(third instanceof DataError) && second instanceof DataError);
  assert.match(second.message, /^standard input: line 3: found no JSON/);
  assert.deepEqual([...third.xcoords], [1, 2]);
  const ended = new Blob([`{"end": true}\n${record()}`]).stream();
  for await (const _ of arrivalsInLines(ended, { size: SIZE })) assert.fail("after the end");
});
