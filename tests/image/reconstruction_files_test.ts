import { deepEqual, equal, ok } from "node:assert/strict";
import { decodeHdf5 } from "../../src/formats/hdf5/hdf5.ts";
import { openNpz } from "../../src/formats/npy/npz.ts";
import { type WritableImage, writeReconstruction } from "../../src/image/reconstruction_files.ts";
import { namesIn, withFolder } from "../formats/support.ts";

const image: WritableImage = {
  height: 2,
  width: 3,
  x0: -4,
  y0: 7,
  data: Float32Array.of(1, 0, 0, 2, -3, 0, 0, -4, 3, 4, 0, 0),
  weight: Float32Array.of(1, 2, 3, 4, 5, 0),
  mask: Uint8Array.of(1, 1, 1, 1, 1, 0),
  pixelSizeM: 2e-8,
};

Deno.test("each format writes its own files and says where they are", () =>
  withFolder(async (folder) => {
    const files = {
      npz: { reconstruction: "reconstruction.npz" },
      png: {
        amplitude: "reconstructed_amplitude.png",
        phase: "reconstructed_phase.png",
        complex: "reconstructed_complex.png",
      },
      "bare-png": { bareAmplitude: "bare_amplitude.png", barePhase: "bare_phase.png" },
      tiff: { amplitudeTiff: "reconstructed_amplitude.tif", phaseTiff: "reconstructed_phase.tif" },
      h5: { hdf5: "reconstruction.h5" },
    } as const;
    for (const format of ["npz", "png", "bare-png", "tiff", "h5"] as const) {
      await Deno.mkdir(`${folder}/${format}`);
      const written = await writeReconstruction(`${folder}/${format}`, image, { formats: [format] });
      const expected = Object.entries(files[format]).map((
        [key, name],
      ) => [key, `${folder}/${format}/${name}`]);
      deepEqual(written, Object.fromEntries(expected));
      deepEqual(await namesIn(`${folder}/${format}`), Object.values(files[format]).sort());
    }
    await writeReconstruction(folder, image);
    const formats = ["bare-png", "h5", "npz", "png", "tiff"];
    deepEqual(await namesIn(folder), [...formats, ...Object.values(files.png), "reconstruction.npz"].sort());
  }));

Deno.test("amplitude, phase, places and pixel size are the same in all formats", () =>
  withFolder(async (folder) => {
    const files = await writeReconstruction(folder, image, { formats: ["npz", "tiff", "h5"] });
    const read = async (path = "") => {
      const bytes = await Deno.readFile(path);
      return [...new Float32Array(bytes.slice(8, 8 + 24).buffer)];
    };
    deepEqual(await read(files.amplitudeTiff), [1, 2, 3, 4, 5, NaN]);
    const phases = [0, Math.PI / 2, Math.PI, -Math.PI / 2, Math.atan2(4, 3), NaN];
    (await read(files.phaseTiff)).forEach((phase, i) => {
      ok(Object.is(phase, phases[i]) || Math.abs(Math.abs(phase) - Math.abs(phases[i])) < 1e-6, `${phase}`);
    });
    const text = new TextDecoder().decode(await Deno.readFile(files.phaseTiff ?? ""));
    ok(text.includes("quantity=phase in rad\nx0=-4\ny0=7\npixel_size_m=2e-8\n"));
    await using npz = await openNpz(files.reconstruction ?? "");
    const arrays = await decodeHdf5(await Deno.readFile(files.hdf5 ?? ""));
    for (const key of ["x0", "y0", "pixel_size_m"]) {
      const value = Number((await npz.readArray(key)).data[0]);
      equal(arrays.get(key)?.data[0], Math.fround(value));
    }
    deepEqual((await npz.readArray("object")).data, image.data);
    deepEqual(arrays.get("object"), { shape: [2, 3], data: image.data, complex: true });
    deepEqual(arrays.get("weight")?.data, image.weight);
    deepEqual(arrays.get("mask")?.data, Float32Array.from(image.mask));
  }));
