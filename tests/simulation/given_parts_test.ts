import assert from "node:assert/strict";
import type { SimulationConfig } from "../../src/config/simulation.ts";
import { openDevice } from "../../src/engine/devices/open.ts";
import { toFloat64 } from "../../src/formats/npy/npy_write.ts";
import { openNpz } from "../../src/formats/npy/npz.ts";
import { writeNpz } from "../../src/formats/npy/npz_write.ts";
import { simulateToFiles } from "../../src/simulation/files.ts";
import { planSimulation } from "../../src/simulation/plan.ts";

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function simulate(file: string, settings: Partial<SimulationConfig>): Promise<void> {
  const plan = await planSimulation({ config: { simulation: settings } });
  const device = await openDevice({ accelerator: "reference" });
  await simulateToFiles(plan, { device, file });
  await device.dispose();
}

async function read(file: string, key: string): Promise<Float64Array> {
  await using npz = await openNpz(file);
  return Float64Array.from(toFloat64(await npz.readArray(key)));
}

const FIRST: Partial<SimulationConfig> = { size: 64, positions: 6, step: 5, seed: 3, poisson: false };
const FROM = (file: string): Partial<SimulationConfig> => ({
  size: 64,
  poisson: false,
  object: "file",
  objectFile: file,
  scan: "file",
  scanFile: file,
  probe: "file",
  probeFile: file,
});

Deno.test("a scan of another scan's object, positions and probe has its patterns, at any dose", () =>
  inFolder(async (folder) => {
    const [one, two] = [`${folder}/one.npz`, `${folder}/two.npz`];
    await simulate(one, { ...FIRST, dose: "1e4" });
    await simulate(two, { ...FROM(one), dose: "1e6" });
    for (const key of ["xcoords", "ycoords", "objectGuess"]) {
      assert.deepEqual(await read(two, key), await read(one, key), key);
    }
    const [weak, strong] = [await read(one, "diffraction"), await read(two, "diffraction")];
    const largest = Math.max(...weak);
    const worst = Math.max(...weak.map((value, i) => Math.abs(10 * value - strong[i]))) / (10 * largest);
    assert.ok(worst < 1e-5, `${worst} of the largest amplitude`);
  }));

Deno.test("the object of a reconstruction keeps its place under positions, and is centred under a path", () =>
  inFolder(async (folder) => {
    const [scan, result] = [`${folder}/scan.npz`, `${folder}/result.npz`];
    await simulate(scan, FIRST);
    const object = await read(scan, "objectGuess");
    const { object: { height, width } } = await planSimulation({ config: { simulation: FIRST } });
    await writeNpz(result, {
      object: { dtype: "complex64", shape: [height, width], data: Float32Array.from(object) },
      x0: { dtype: "float64", shape: [], data: Float64Array.of(-7) },
      y0: { dtype: "float64", shape: [], data: Float64Array.of(2) },
      xcoords: { dtype: "float64", shape: [2], data: Float64Array.of(20, 21.5) },
      ycoords: { dtype: "float64", shape: [2], data: Float64Array.of(22, 24) },
    });
    const placed = await planSimulation({
      config: {
        simulation: { size: 64, object: "file", objectFile: result, scan: "file", scanFile: result },
      },
    });
    assert.deepEqual([...placed.truePositions.x], [27, 28.5]);
    assert.deepEqual([...placed.truePositions.y], [20, 22]);
    assert.deepEqual([placed.object.x0, placed.object.y0], [0, 0]);

    const path = { size: 64, positions: 4, step: 4, jitter: 0, object: "file", objectFile: result } as const;
    const centred = await planSimulation({ config: { simulation: path } });
    const middle = centred.truePositions.x.reduce((sum, x) => sum + x, 0) / 4;
    assert.ok(Math.abs(middle - width / 2) < 1e-9, `${middle} in ${width} pixels`);
  }));

Deno.test("files that do not fit are refused in one line, and a patch over the rim is reported", () =>
  inFolder(async (folder) => {
    const scan = `${folder}/scan.npz`;
    await simulate(scan, FIRST);
    const refused = (settings: Partial<SimulationConfig>, words: RegExp) =>
      assert.rejects(planSimulation({ config: { simulation: settings } }), (error: Error) => {
        assert.match(error.message, words);
        return !error.message.includes("\n");
      });
    await refused({ object: "file" }, /^objectFile: found none, expected an NPZ with an object/);
    await refused({ scan: "file" }, /^scanFile: found none, expected an NPZ with positions/);
    await refused({ object: "file", objectFile: `${folder}/none.npz` }, /none\.npz: .*no such file/);
    await refused(
      { size: 64, object: "file", objectFile: scan, positions: 400, step: 5 },
      /^objectFile: found an object of \d+ x \d+ pixels, expected at least/,
    );
    const beyond = `${folder}/beyond.npz`;
    const axis = (...values: number[]) =>
      ({ dtype: "float64", shape: [values.length], data: Float64Array.from(values) }) as const;
    await writeNpz(beyond, { xcoords: axis(40, 900), ycoords: axis(40, 40) });
    await refused(
      { size: 64, object: "file", objectFile: scan, scan: "file", scanFile: beyond },
      /^scanFile: found positions at 40\.0 to 900\.0 in x and 40\.0 to 40\.0 in y, expected positions on the object/,
    );
    await writeNpz(beyond, { xcoords: axis(20, NaN), ycoords: axis(20, 20) });
    await refused(
      { scan: "file", scanFile: beyond },
      /beyond\.npz: xcoords: found values that are not finite/,
    );
    await writeNpz(beyond, { xcoords: axis(20, 21), ycoords: axis(20) });
    await refused({ scan: "file", scanFile: beyond }, /ycoords: found 1 values, expected 2/);

    await writeNpz(beyond, { xcoords: axis(5, 36), ycoords: axis(36, 36) });
    const lines: string[] = [];
    const note = (line: string) => lines.push(line);
    await planSimulation({
      config: {
        simulation: { size: 64, object: "file", objectFile: scan, scan: "file", scanFile: beyond },
      },
      logger: { debug: () => {}, info: () => {}, warn: note, error: note },
    });
    assert.match(lines.join("\n"), /1 of 2 patches reach over the rim of the object/);
  }));
