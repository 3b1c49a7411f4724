import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { writeTiff } from "../../src/formats/tiff.ts";
import { python, withPython } from "./python.ts";
import { withFolder } from "./support.ts";

const image = { width: 5, height: 3, data: Float32Array.from({ length: 15 }, (_, i) => i - 7.25) };

/** The directory as section 2 of TIFF 6.0 describes it: values by tag. */
function readTags(bytes: Uint8Array): Map<number, number[]> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  equal(view.getUint16(0), 0x4949);
  equal(view.getUint16(2, true), 42);
  const at = view.getUint32(4, true);
  const count = view.getUint16(at, true);
  const sizes: Record<number, number> = { 2: 1, 3: 2, 4: 4, 5: 8 };
  const tags = new Map<number, number[]>();
  for (let i = 0; i < count; i++) {
    const entry = at + 2 + 12 * i;
    const [id, type] = [view.getUint16(entry, true), view.getUint16(entry + 2, true)];
    const n = view.getUint32(entry + 4, true);
    const place = sizes[type] * n <= 4 ? entry + 8 : view.getUint32(entry + 8, true);
    equal(place % 2, 0, "values begin at an even offset");
    const value = (k: number) => {
      if (type === 2) return bytes[place + k];
      if (type === 3) return view.getUint16(place + 2 * k, true);
      if (type === 4) return view.getUint32(place + 4 * k, true);
      return view.getUint32(place + 8 * k, true) / view.getUint32(place + 8 * k + 4, true);
    };
    tags.set(id, Array.from({ length: n }, (_, k) => value(k)));
  }
  equal(view.getUint32(at + 2 + 12 * count, true), 0, "one page");
  return tags;
}

/** The bytes that are written. */
async function encodeTiff(
  ...[picture, options]: [Parameters<typeof writeTiff>[1], Parameters<typeof writeTiff>[2]?]
) {
  const file = await Deno.makeTempFile();
  try {
    await writeTiff(file, picture, options);
    return await Deno.readFile(file);
  } finally {
    await Deno.remove(file);
  }
}

Deno.test("a TIFF has the tags of a float32 image, in order, and its values in one strip", async () => {
  const bytes = await encodeTiff(image, { pixelSizeM: 12.5e-9, description: { quantity: "phase" } });
  const tags = readTags(bytes);
  deepEqual([...tags.keys()], [...tags.keys()].sort((a, b) => a - b));
  const expected = { 256: 5, 257: 3, 258: 32, 259: 1, 262: 1, 277: 1, 278: 3, 279: 60, 296: 3, 339: 3 };
  for (const [tag, value] of Object.entries(expected)) {
    deepEqual(tags.get(Number(tag)), [value], `tag ${tag}`);
  }
  const [strip] = tags.get(273) ?? [];
  deepEqual(new Float32Array(bytes.slice(strip, strip + 60).buffer), image.data);
  for (const tag of [282, 283]) {
    const [perCentimetre] = tags.get(tag) ?? [];
    ok(Math.abs(0.01 / perCentimetre / 12.5e-9 - 1) < 1e-8, `${perCentimetre} pixels per centimetre`);
  }
  const text = new TextDecoder().decode(Uint8Array.from(tags.get(270) ?? []));
  equal(text, "ImageJ=1.54f\nimages=1\nunit=cm\nquantity=phase\npixel_size_m=1.25e-8\n\0");
});

Deno.test("pixel sizes from picometres to centimetres keep nine digits", async () => {
  for (const pixelSizeM of [5e-12, 1e-10, 3.3333e-8, 1e-6, 0.0123]) {
    const [perCentimetre] = readTags(await encodeTiff(image, { pixelSizeM })).get(282) ?? [];
    ok(Math.abs(0.01 / perCentimetre / pixelSizeM - 1) < 1e-9, `${pixelSizeM}`);
  }
});

Deno.test("without a pixel size the resolution has no unit", async () => {
  const tags = readTags(await encodeTiff(image));
  deepEqual(tags.get(296), [1]);
  deepEqual(tags.get(282), [1]);
});

Deno.test("an image beyond 4 GB is refused before memory is taken", async () => {
  await rejects(encodeTiff({ width: 40_000, height: 30_000, data: [] }), /30000 x 40000 pixels.*h5 or npz/);
});

Deno.test({
  ...await withPython("tifffile reads values, pixel size and the ImageJ description of a TIFF", ["tifffile"]),
  fn: () =>
    withFolder(async (folder) => {
      const description = { quantity: "phase in rad", x0: -3 };
      await Deno.writeFile(`${folder}/a.tif`, await encodeTiff(image, { pixelSizeM: 12.5e-9, description }));
      const script = `
import json, sys, tifffile
with tifffile.TiffFile(sys.argv[1]) as f:
    p = f.pages[0]
    a = p.asarray()
    x, d = p.tags["XResolution"].value
    print(json.dumps([str(a.dtype), a.shape, a.ravel().tolist(), int(p.tags["ResolutionUnit"].value), d / x,
                      f.is_imagej, f.imagej_metadata["unit"], f.imagej_metadata["quantity"],
                      f.imagej_metadata["pixel_size_m"], f.imagej_metadata["x0"]]))`;
      const read = await python(script, `${folder}/a.tif`);
      ok(Array.isArray(read));
      deepEqual(read.toSpliced(4, 1), [
        "float32",
        [3, 5],
        [...image.data],
        ...[3, true, "cm", "phase in rad", 12.5e-9, -3],
      ]);
      ok(Math.abs(read[4] / 12.5e-7 - 1) < 1e-8);
    }),
});
