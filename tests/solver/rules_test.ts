/**
 * Identities that hold for every device: adjoints, projections, and one epoch as the float64 reference does it.
 */
import { ok } from "node:assert/strict";
import { ReferenceDevice } from "../../src/engine/devices/reference/device.ts";
import { Random } from "../../src/numeric/random.ts";
import { forward, fromDetector, patchesOf, toObject, toProbe } from "../../src/solver/model/forward.ts";
import { gaussianResidual, modulusPull } from "../../src/solver/model/noise.ts";
import { solve } from "../../src/solver/solve.ts";
import { type Sizes, stateLayout, Trace } from "../../src/solver/model/trace.ts";
import * as f from "../../src/engine/graph/functions.ts";
import { compile } from "../../src/engine/plan/program.ts";
import { Storage } from "../../src/engine/plan/storage.ts";
import { frequency } from "../../src/numeric/fft2.ts";
import { relativeError, testOnDevices } from "../support/devices.ts";
import { toyScan } from "../support/toy_scan.ts";

const SIZES: Sizes = {
  patterns: 3,
  batch: 3,
  batches: 1,
  side: 16,
  modes: 2,
  oprModes: 0,
  height: 30,
  width: 28,
  subpixel: true,
  masked: false,
  background: false,
  nearField: false,
  positions: false,
  resident: false,
};

/** Runs a traced computation in float64 on random state and inputs. */
async function evaluate(
  build: (t: Trace) => Record<string, ReturnType<typeof f.sum>>,
  sizes = SIZES,
) {
  const device = new ReferenceDevice();
  const random = new Random(5);
  const noise = (n: number) => Float32Array.from({ length: n }, () => random.normal());
  const layout = stateLayout(sizes);
  const trace = new Trace(sizes, layout);
  const outputs = build(trace);
  using storage = new Storage(device, { name: "state", layout });
  using program = await compile(device, { graph: trace.graph, outputs, storages: [storage] });
  const { side, modes, height, width, batch } = sizes;
  storage.write("object", noise(2 * height * width));
  storage.write("probe", noise(2 * modes * side * side));
  if (sizes.nearField) storage.write("transfer", noise(2 * side * side));
  storage.write("frequency", Float32Array.from({ length: side }, (_, k) => frequency(k, side)));
  const values: Record<string, Float32Array> = {
    starts: Float32Array.of(0, 0, 5, 3, 12, 14),
    dx: Float32Array.of(0.3, -0.2, 0),
    dy: Float32Array.of(-0.4, 0.1, 0.25),
    valid: Float32Array.of(1, 1, 1),
    count: Float32Array.of(3),
    amplitudes: noise(batch * side * side).map(Math.abs),
    x: noise(2 * batch * modes * side * side),
  };
  for (const name of trace.inputs) if (values[name]) program.write(name, values[name]);
  program.run();
  const results = new Map<string, Float32Array>();
  for (const name of Object.keys(outputs)) results.set(name, await program.read(name));
  return (name: string) => results.get(name)?.[0] ?? NaN;
}

const real = (a: ReturnType<typeof f.sum>) => f.reshape(f.sum(f.re(a)), [1]);
const near = (a: number, b: number) => ok(Math.abs(a - b) < 1e-5 * (Math.abs(a) + 1e-6), `${a} is not ${b}`);

for (const nearField of [false, true]) {
  const field = nearField ? "near" : "far";
  Deno.test(`the way back from the detector is the adjoint of the way there, ${field} field`, async () => {
    const at = await evaluate((t) => {
      const { exit, wave, ramp } = forward(t);
      const x = t.graph.input("x", [3, 2, 16, 16], "c64");
      return {
        there: real(f.multiply(wave, f.conj(x))),
        back: real(f.multiply(exit, f.conj(fromDetector(x, { t, ramp })))),
      };
    }, { ...SIZES, nearField });
    near(at("there"), at("back"));
  });
}

Deno.test("putting patches on the object and the probe are the adjoints of the exit waves", async () => {
  const at = await evaluate((t) => {
    const fw = forward(t);
    const x = t.graph.input("x", [3, 2, 16, 16], "c64");
    const left = real(f.multiply(fw.exit, f.conj(x)));
    const onObject = toObject(f.multiply(f.conj(fw.probes), x), t);
    const onProbe = f.reshape(toProbe(f.multiply(f.conj(fw.patches), x), fw), t.probe.shape);
    return {
      left,
      object: real(f.multiply(t.object, f.conj(onObject))),
      probe: real(f.multiply(t.probe, f.conj(onProbe))),
      patches: real(f.multiply(patchesOf(t.object, t), f.conj(fw.patches))),
    };
  });
  near(at("left"), at("object"));
  near(at("left"), at("probe"));
});

Deno.test("the modulus projection is a projection: the second time it changes nothing", async () => {
  const at = await evaluate((t) => {
    const fw = forward(t);
    const { chi } = gaussianResidual(fw, { t });
    const wave = f.fft2(f.add(fw.exit, chi));
    const intensity = f.sum(f.abs2(wave), [1]);
    const again = f.fft2(f.multiply(wave, modulusPull(intensity, { t })), { inverse: true });
    return {
      first: f.reshape(f.sum(f.abs2(chi)), [1]),
      second: f.reshape(f.sum(f.abs2(again)), [1]),
      misfit: f.reshape(f.sum(f.square(f.subtract(f.sqrt(fw.intensity), t.amplitudes))), [1]),
    };
  });
  ok(at("second") < 1e-9 * at("first"), `${at("second")} of ${at("first")}`);
  near(at("first"), at("misfit")); // the projection goes as far as the amplitudes are wrong
});

Deno.test("counts under the noise floor pull at nothing, brighter ones as without it", async () => {
  const at = await evaluate((t) => {
    const dark = f.scale(f.offset(f.scale(t.amplitudes, 0), 1), 0.5);
    const pulls = (intensity: ReturnType<typeof f.sum>, floor: number) =>
      f.reshape(f.sum(f.square(modulusPull(intensity, { t, noiseFloor: floor }))), [1]);
    const bright = f.offset(f.square(t.amplitudes), 1e6);
    return {
      dark: pulls(dark, 100),
      seen: pulls(dark, 0),
      bright: pulls(bright, 1e-6),
      same: pulls(bright, 0),
    };
  });
  ok(at("dark") === 0 && at("seen") > 1, `${at("dark")}, ${at("seen")}`);
  near(at("bright"), at("same"));
});

testOnDevices("one epoch of every rule as in float64", { kinds: ["wasm", "webgpu"] }, async (device) => {
  const { scan } = toyScan({ side: 16, across: 3, step: 3, modes: 1 });
  for (const algorithm of ["ePIE", "rPIE", "DM", "RAAR", "LSQML", "ADAM", "OSM"] as const) {
    const solver = {
      algorithm,
      batchSize: 5,
      numEpochs: 1,
      probeModes: 2,
      positions: true,
      positionsEpochs: "1",
    };
    const expected = await solve(scan, { config: { solver }, device: new ReferenceDevice() });
    const found = await solve(scan, { config: { solver }, device });
    // Adam divides by the size of gradients that are 0 in float64
    const bound = algorithm === "ADAM" ? 2e-2 : 2e-3;
    const error = relativeError(found.object.data, expected.object.data);
    ok(error < bound, `${algorithm}: object off by ${error}`);
    const misfits = [found.epochs[0].error, expected.epochs[0].error];
    ok(Math.abs(misfits[0] / misfits[1] - 1) < 1e-3, `${algorithm}: misfits ${misfits}`);
  }
});
