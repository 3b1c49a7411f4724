/**
 * 4D-STEM files beside the programs that read them: RosettaSciIO (HyperSpy) and py4DSTEM see the same frames and scales.
 */
import { deepEqual, ok } from "node:assert/strict";
import { toFloat64 } from "../../src/formats/npy/npy_write.ts";
import { openSource } from "../../src/host/mod.ts";
import { readForeign } from "../../src/scan/readers/registry.ts";
import { hasPython, python, withPython } from "../formats/python.ts";

const interop = (name: string) => new URL(`../../fixtures/interop/${name}`, import.meta.url).pathname;

/** A frame by its sum, and by its sum weighted with the place of each pixel, which tells all ways to turn it apart. */
type Moments = readonly (readonly [number, number])[];
interface PeerView {
  readonly moments: Moments;
  /** Height and width of a step of the scan, with its unit. */
  readonly step?: readonly [number, string];
}

const MOMENTS = `
import sys, json, importlib, logging
logging.disable(logging.WARNING)
import numpy as np
def moments(data):
    data = np.asarray(data, np.float64)
    data = data.reshape(-1, *data.shape[-2:])
    height, width = data.shape[1:]
    weight = np.arange(height)[:, None] * 1000 + np.arange(width)[None]
    return [[float(frame.sum()), float((frame * weight).sum())] for frame in data]
`;

async function ours(name: string): Promise<{ moments: Moments; positions: { x: number[]; y: number[] } }> {
  const bytes = await openSource(interop(name));
  const { foreign, close } = await readForeign(interop(name), { bytes, hints: {} });
  const { n, height, width } = foreign.frames;
  const moments: [number, number][] = [];
  for (let k = 0; k < n; k++) {
    const values = toFloat64(await foreign.frames.read(k, 1));
    let [sum, weighted] = [0, 0];
    for (let pixel = 0; pixel < height * width; pixel++) {
      sum += values[pixel];
      weighted += values[pixel] * (1000 * Math.floor(pixel / width) + pixel % width);
    }
    moments.push([sum, weighted]);
  }
  const { x = [], y = [] } = foreign.positions ?? {};
  await close();
  return { moments, positions: { x: [...x], y: [...y] } };
}

const ROSETTA = [
  { file: "hyperspy.hspy", module: "hspy", step: 0.4e-10 },
  { file: "py4dstem.h5", module: "emd", step: 0.4e-10 },
  { file: "scan.mib", module: "quantumdetector" },
] as const;

for (const { file, module, ...facts } of ROSETTA) {
  const named = await withPython(`RosettaSciIO sees the frames of ${file} as we do`, ["rsciio", "dask"]);
  Deno.test({
    ...named,
    async fn() {
      const script = `${MOMENTS}
signal = importlib.import_module("rsciio." + sys.argv[2]).file_reader(sys.argv[1])[0]
data = np.asarray(signal["data"])
axis = signal["axes"][0]
print(json.dumps({"moments": moments(data), "step": [axis["scale"], str(axis["units"])]}))`;
      const peer = await python(script, interop(file), module) as PeerView;
      const { moments, positions } = await ours(file);
      deepEqual(moments, peer.moments);
      if (!("step" in facts)) return;
      deepEqual(peer.step?.[0], 0.4);
      const steps = positions.y.map((y, i) => y - positions.y[Math.max(0, i - 1)]).filter((step) =>
        step !== 0
      );
      ok(steps.every((step) => Math.abs(step / facts.step - 1) < 1e-6), `${steps}`);
    },
  });
}

const py4dstem = await hasPython("py4DSTEM");
Deno.test({
  name: `py4DSTEM sees its file as we do${py4dstem ? "" : " (skipped: py4DSTEM is not there)"}`,
  ignore: !py4dstem,
  async fn() {
    const script = `import contextlib, io
${MOMENTS}
with contextlib.redirect_stdout(io.StringIO()):
    import py4DSTEM
    cube = py4DSTEM.read(sys.argv[1])
step = [cube.calibration.get_R_pixel_size(), cube.calibration.get_R_pixel_units()]
print(json.dumps({"moments": moments(cube.data), "step": step}))`;
    const peer = await python(script, interop("py4dstem.h5")) as PeerView;
    deepEqual((await ours("py4dstem.h5")).moments, peer.moments);
    deepEqual(peer.step, [0.4, "A"]);
  },
});
