import assert from "node:assert/strict";
import { encode } from "../../src/deps/fast_png.ts";
import { DataError } from "../../src/common/errors.ts";
import { amplitudeOf, phaseOf } from "../../src/numeric/image.ts";
import {
  cells,
  circuit,
  deadLeaves,
  type DrawnObject,
  lines,
  type ObjectOptions,
  pictureObject,
  randomField,
  readPicture,
  siemensStar,
  textObject,
} from "../../src/simulation/objects/objects.ts";

type Draw = (options: ObjectOptions & { featureSize?: number }) => DrawnObject;
const RANDOM: readonly (readonly [string, Draw])[] = [
  ["dead leaves", deadLeaves],
  ["lines", lines],
  ["random field", randomField],
  ["cells", cells],
  ["circuit", circuit],
];
const FIXED: readonly (readonly [string, Draw])[] = [["star", siemensStar], ["text", textObject]];

const range = (values: Float64Array) => [Math.min(...values), Math.max(...values)];
const options = { height: 70, width: 83, amplitude: [0.5, 0.9], phase: [-0.7, 1.5], seed: 4 } as const;

Deno.test("every object fills its own ranges of amplitude and phase, and repeats by its seed", () => {
  for (const [name, draw] of [...RANDOM, ...FIXED]) {
    const object = draw(options);
    assert.equal(object.data.length, 2 * 70 * 83);
    assert.deepEqual(draw(options).data, object.data, name);
    const [aLow, aHigh] = range(amplitudeOf(object).data), [pLow, pHigh] = range(phaseOf(object).data);
    assert.ok(aLow >= 0.5 - 1e-9 && aHigh <= 0.9 + 1e-9 && aHigh - aLow > 0.25, `${name}: ${aLow} ${aHigh}`);
    assert.ok(pLow >= -0.7 - 1e-9 && pHigh <= 1.5 + 1e-9 && pHigh - pLow > 1.3, `${name}: ${pLow} ${pHigh}`);
    const flat = amplitudeOf(draw({ ...options, amplitude: [1, 1] })).data;
    assert.ok(flat.every((v) => Math.abs(v - 1) < 1e-9), name);
  }
  for (const [name, draw] of RANDOM) {
    assert.notDeepEqual(draw({ ...options, seed: 5 }).data, draw(options).data, name);
  }
});

Deno.test("larger features make an object smoother", () => {
  // mean squared step between neighbours over the variance
  const roughness = (object: DrawnObject) => {
    const { data, width } = phaseOf(object);
    const mean = data.reduce((sum, v) => sum + v, 0) / data.length;
    let [steps, variance] = [0, 0];
    for (let i = 1; i < data.length; i++) {
      if (i % width > 0) steps += (data[i] - data[i - 1]) ** 2;
      variance += (data[i] - mean) ** 2;
    }
    return steps / variance;
  };
  const sizes: Readonly<Record<string, readonly [number, number]>> = { star: [3, 12], text: [1, 4] };
  for (const [name, draw] of [...RANDOM, ...FIXED]) {
    const [small, large] = sizes[name] ?? [3, 9];
    const [fine, coarse] = [small, large].map((featureSize) =>
      roughness(draw({ height: 128, width: 128, featureSize, seed: 1 }))
    );
    assert.ok(coarse < 0.75 * fine, `${name}: ${coarse} ${fine}`);
  }
});

Deno.test("a random field has the correlation that it is named for", () => {
  let [product, square] = [0, 0];
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    const { data } = phaseOf(randomField({ height: 256, width: 256, featureSize: 3, phase: [-1, 1], seed }));
    for (let r = 0; r < 250; r++) {
      for (let c = 0; c < 250; c++) {
        const here = data[256 * r + c];
        product += here * (data[256 * r + c + 6] + data[256 * (r + 6) + c]) / 2;
        square += here ** 2;
      }
    }
  }
  // exp(-r^2 / (4 length^2)) at r = 6
  assert.ok(Math.abs(product / square - Math.exp(-1)) < 0.03, `${product / square}`);
});

Deno.test("text is written letter by letter, and a letter that is not there is a box", () => {
  const map = phaseOf(textObject({ height: 10, width: 12, text: "I", featureSize: 1, phase: [0, 1] })).data;
  const rows = Array.from(
    { length: 7 },
    (_, r) => [...map.subarray(12 * r, 12 * r + 6)].map((v) => v > 0.5 ? "#" : ".").join(""),
  );
  assert.deepEqual(rows, [".###..", "..#...", "..#...", "..#...", "..#...", "..#...", ".###.."]);
  assert.doesNotThrow(() => textObject({ height: 10, width: 12, text: "漢" }));
});

async function withPicture(
  png: Parameters<typeof encode>[0],
  run: (file: string) => Promise<void>,
): Promise<void> {
  const file = await Deno.makeTempFile({ suffix: ".png" });
  try {
    await Deno.writeFile(file, encode(png));
    await run(file);
  } finally {
    await Deno.remove(file);
  }
}

Deno.test("pictures of 8 and 16 bits, in grey and colour, become grey from 0 to 1", async () => {
  await withPicture({ width: 2, height: 1, channels: 1, data: Uint8Array.of(0, 255) }, async (file) => {
    assert.deepEqual([...(await readPicture(file)).data], [0, 1]);
  });
  const deep = { width: 2, height: 1, channels: 1, depth: 16, data: Uint16Array.of(65535, 13107) } as const;
  await withPicture(deep, async (file) => {
    const { data } = await readPicture(file);
    assert.ok(Math.abs(data[0] - 1) < 1e-12 && Math.abs(data[1] - 0.2) < 1e-12);
  });
  const colour = { width: 3, height: 1, channels: 3, data: Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255) };
  await withPicture(colour, async (file) => {
    const found = [...(await readPicture(file)).data].map((v) => Number(v.toFixed(6)));
    assert.deepEqual(found, [0.299, 0.587, 0.114]);
  });
});

Deno.test("a picture is stretched over the object without a change of its mean", async () => {
  const data = Uint8Array.from({ length: 40 * 30 }, (_, i) => (i * 37) % 251);
  await withPicture({ width: 40, height: 30, channels: 1, data }, async (file) => {
    const picture = await readPicture(file);
    const mean = (values: ArrayLike<number>) =>
      Array.from(values).reduce((sum, v) => sum + v, 0) / values.length;
    for (const [height, width] of [[15, 10], [60, 80], [30, 40]]) {
      const object = pictureObject({
        height,
        width,
        amplitudePicture: picture,
        amplitude: [0, 1],
        phase: [0, 0],
      });
      assert.ok(Math.abs(mean(amplitudeOf(object).data) - mean(picture.data)) < 0.01);
    }
    const same = pictureObject({
      height: 30,
      width: 40,
      amplitudePicture: picture,
      amplitude: [0, 1],
      phase: [0, 1],
    });
    const found = amplitudeOf(same).data;
    assert.ok(found.every((v, i) => Math.abs(v - picture.data[i]) < 1e-12));
  });
});

Deno.test("what is no picture is refused in one line", async () => {
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, "no picture");
    await assert.rejects(
      readPicture(file),
      (error: Error) => error instanceof DataError && /PNG/.test(error.message),
    );
    await assert.rejects(
      readPicture(`${file}.missing`),
      (error: Error) =>
        error instanceof DataError && /found no such file, expected a PNG/.test(error.message),
    );
  } finally {
    await Deno.remove(file);
  }
});
