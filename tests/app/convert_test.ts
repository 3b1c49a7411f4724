/**
 * Scans and results as files of other programs, read back by these where they are installed.
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { openScan } from "../../src/scan/scan.ts";
import { openHdf5 } from "../../src/formats/hdf5/hdf5_file.ts";
import { writeNpz } from "../../src/formats/npy/npz_write.ts";
import { python, withPython } from "../formats/python.ts";
import { namesIn, withFolder } from "../formats/support.ts";
import { runPlica } from "./fake_session.ts";

const interop = (name: string) => new URL(`../../fixtures/interop/${name}`, import.meta.url).pathname;
const SCAN = interop("scan32_cdtools.cxi");
const PROBE = ["--probe-from", interop("tike.npz")];
const WAVELENGTH = 1.4089113185e-10;

async function convert(...args: string[]): Promise<string> {
  const { code, out, err } = await runPlica("convert", ...args, "--quiet");
  equal(code, 0, err);
  return out;
}

/** A result of three positions, whose object begins at (-20, 6). */
async function writeResult(file: string): Promise<void> {
  const number = (value: number) => ({ dtype: "float64", shape: [], data: Float64Array.of(value) }) as const;
  const vector = (values: number[]) =>
    ({ dtype: "float64", shape: [values.length], data: Float64Array.from(values) }) as const;
  await writeNpz(file, {
    object: { dtype: "complex64", shape: [40, 48], data: new Float32Array(2 * 40 * 48).fill(0.5) },
    probe: { dtype: "complex64", shape: [2, 16, 16], data: new Float32Array(2 * 2 * 256).fill(3) },
    x0: number(-20),
    y0: number(6),
    xcoords: vector([-5, 0, 7.5]),
    ycoords: vector([20, 22.25, 30]),
    pattern_index: { dtype: "int32", shape: [3], data: Int32Array.of(4, 5, 9) },
    losses: vector([3, 1.5]),
    pixel_size_m: number(1e-8),
    _metadata: {
      dtype: "string",
      shape: [],
      data: [JSON.stringify({ wavelength_m: WAVELENGTH, detector_distance_m: 1.9, algorithm: "LSQML" })],
    },
  });
}

for (const out of ["product.h5", "scan.cxi"]) {
  Deno.test(`a scan comes back from ${out} as it was`, async () => {
    await withFolder(async (folder) => {
      await convert(SCAN, `${folder}/${out}`, ...PROBE);
      await using before = await openScan(SCAN, { probeFrom: PROBE[1] });
      await using after = await openScan(`${folder}/${out === "scan.cxi" ? out : "diffraction.h5"}`);
      deepEqual([after.n, after.size, after.measurement], [25, 32, "counts"]);
      ok(Math.abs((after.pixelSizeM ?? 0) / (before.pixelSizeM ?? NaN) - 1) < 1e-6);
      deepEqual(await after.readCounts([0, 24]), await before.readCounts([0, 24]));
      deepEqual(after.mask, before.mask);
      deepEqual(after.probe.data, before.probe.data);
      for (const axis of ["x", "y"] as const) {
        const [a, b] = [after.positionsPx[axis], before.positionsPx[axis]];
        ok(a.every((value, k) => Math.abs(value - a[0] - (b[k] - b[0])) < 1e-6), axis);
      }
    });
  });
}

Deno.test("a result becomes a product: object, probe, positions by their patterns, losses, lengths", async () => {
  await withFolder(async (folder) => {
    await writeResult(`${folder}/reconstruction.npz`);
    await convert(folder, `${folder}/out.h5`);
    await using file = await openHdf5(`${folder}/out.h5`);
    const values = async (path: string) => Array.from((await file.read(path)).data, Number);
    deepEqual(await values("/probe_position_indexes"), [4, 5, 9]);
    deepEqual(await values("/probe_position_x_m"), [-5e-8, 0, 7.5e-8]);
    deepEqual(await values("/loss_values"), [3, 1.5]);
    const { shape } = await file.read("/object");
    deepEqual([shape, (await file.find("/probe"))?.shape], [[1, 40, 48], [1, 2, 16, 16]]);
    const object = await file.attributes("/object"), root = await file.attributes("/");
    ok(Math.abs(Number(object.get("center_x_m")) - 4e-8) < 1e-20);
    ok(Math.abs(Number(object.get("center_y_m")) - 26e-8) < 1e-20);
    ok(Math.abs(Number(root.get("photon_energy_eV")) - 8800) < 0.01);
    equal(root.get("photon_energy_eV"), root.get("probe_energy_eV"));
    ok(!String(root.get("comments")).includes("dummies"));
  });
});

Deno.test("what is not known is a dummy, and comments say so", async () => {
  await withFolder(async (folder) => {
    await convert(interop("tike.npz"), `${folder}/product.h5`);
    await using file = await openHdf5(`${folder}/product.h5`);
    match(String((await file.attributes("/")).get("comments")), /dummies.*object pixel 5e-8 m.*energy 0/s);
  });
});

Deno.test("convert refuses what it cannot write, and writes nothing", async () => {
  await withFolder(async (folder) => {
    const refused = async (pattern: RegExp, code: number, ...args: string[]) => {
      const before = await namesIn(folder);
      const run = await runPlica("convert", ...args, "--quiet");
      equal(run.code, code, run.err);
      match(run.err, pattern);
      deepEqual(await namesIn(folder), before);
    };
    const scan = [SCAN, `${folder}/product.h5`, ...PROBE];
    await refused(/scan without all of its lengths.*--energy/, 1, interop("tike.npz"), `${folder}/a.cxi`);
    await refused(/ending of .*a\.dat names no format/, 2, SCAN, `${folder}/a.dat`, ...PROBE);
    await refused(/--scan belongs to a result/, 2, ...scan, "--scan", SCAN);
    await refused(/name of the patterns.*product\.h5/, 1, SCAN, `${folder}/diffraction.h5`, ...PROBE);
    await Deno.writeTextFile(`${folder}/diffraction.h5`, "");
    await refused(/diffraction\.h5: found a file that is there already/, 1, ...scan);
    await writeResult(`${folder}/reconstruction.npz`);
    await refused(/is a result, which has no patterns/, 2, folder, `${folder}/a.cxi`);
  });
});

interface ReadBack {
  readonly product: Readonly<Record<"indexes" | "x" | "y" | "object" | "probe", number[]>> & {
    readonly losses: number[][];
    readonly energy: number;
    readonly distance: number;
  };
  readonly shape: number[];
  readonly bad: number;
  readonly energy: number;
  readonly distance: number;
  readonly pixel: number;
}

const READ_BACK = `
import json, sys
from pathlib import Path
from ptychodus.api.plugins import PluginRegistry
registry, folder = PluginRegistry.load_plugins(), Path(sys.argv[1])
def product(path):
    chooser = registry.product_file_readers
    chooser.set_current_plugin('HDF5')
    p = chooser.get_current_plugin().strategy.read(path)
    g, points = p.object_.get_geometry(), list(p.probe_positions)
    pixel = [g.map_coordinates_probe_to_object(one) for one in points]
    return dict(indexes=[int(one.index) for one in points], x=[float(one.x_px) for one in pixel],
        y=[float(one.y_px) for one in pixel], energy=p.metadata.photon_energy_eV,
        distance=p.metadata.detector_distance_m, object=list(p.object_.get_array().shape),
        probe=list(p.probes.get_array().shape), losses=[[int(v.epoch), float(v.value)] for v in p.losses])
chooser = registry.diffraction_file_readers
chooser.set_current_plugin('CXI')
data = chooser.get_current_plugin().strategy.read(folder / 'scan.cxi')
md = data.get_metadata()
patterns = [a.get_patterns() for a in data][0]
print(json.dumps(dict(product=product(folder / 'out.h5'), shape=list(patterns.shape), bad=int(data.get_bad_pixels().sum()), energy=md.photon_energy_eV, distance=md.detector_distance_m,
    pixel=md.detector_pixel_geometry.width_m)))
`;

Deno.test({
  ...await withPython("ptychodus reads products and CXI files", ["ptychodus"]),
  fn: async () => {
    await withFolder(async (folder) => {
      await writeResult(`${folder}/reconstruction.npz`);
      await convert(folder, `${folder}/out.h5`);
      await convert(SCAN, `${folder}/scan.cxi`, ...PROBE);
      const { product, ...scan } = await python(READ_BACK, folder) as ReadBack;
      deepEqual(product.indexes, [4, 5, 9]);
      // its pixel centres are whole numbers from the first pixel on: (W - 1)/2 is the middle
      const near = (found: number[], wanted: number[]) =>
        ok(found.every((value, k) => Math.abs(value - wanted[k]) < 1e-6), `${found}`);
      near(product.x, [14.5, 19.5, 27]);
      near(product.y, [13.5, 15.75, 23.5]);
      near([product.energy / 8800, product.distance / 1.9], [1, 1]);
      deepEqual([product.object, product.probe], [[1, 40, 48], [1, 2, 16, 16]]);
      deepEqual(product.losses, [[0, 3], [1, 1.5]]);
      deepEqual([scan.shape, scan.bad], [[25, 32, 32], 2]);
      near([scan.energy / 8800, scan.distance / 1.9, scan.pixel / 75e-6], [1, 1, 1]);
    });
  },
});
