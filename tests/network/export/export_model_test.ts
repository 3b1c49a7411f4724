import { ok } from "node:assert/strict";
import { compile, Graph, openDevice, Storage } from "../../../src/engine/mod.ts";
import { encodeNpz } from "../../../src/formats/mod.ts";
import { encodeModelOnnx } from "../../../src/network/export/export_model.ts";
import type { Model } from "../../../src/network/model/model.ts";
import { Scope, Weights } from "../../../src/network/model/parameters.ts";
import { makeProfile } from "../../../src/network/model/profiles/make_profile.ts";
import { frozenInputs } from "../../../src/network/model/trace_context.ts";
import { openScan } from "../../../src/scan/scan.ts";
import { scanArrays } from "../../../src/simulation/scan_file.ts";
import { python, withPython } from "../../formats/python.ts";
import { withFolder } from "../../formats/support.ts";
import { relativeError } from "../../support/devices.ts";
import { smallScan } from "../../support/small_scan.ts";
import { untrainedModel } from "../../support/untrained_model.ts";
import type { AnyDevice } from "../../../src/engine/mod.ts";

/** Checks a file with onnx, runs it with onnxruntime on a file of float32 and gives the outputs as lists. */
const RUN = `
import json, sys
import numpy as np, onnx, onnxruntime
onnx.checker.check_model(onnx.load(sys.argv[1]), full_check=True)
session = onnxruntime.InferenceSession(sys.argv[1])
[given] = session.get_inputs()
shape = [int(n) for n in sys.argv[3].split(",")]
outputs = session.run(None, {given.name: np.fromfile(sys.argv[2], np.float32).reshape(shape)})
names = [output.name for output in session.get_outputs()]
print(json.dumps({"outputs": {n: [list(o.shape), o.ravel().tolist()] for n, o in zip(names, outputs)},
    "metadata": session.get_modelmeta().custom_metadata_map}))
`;

interface Answer {
  readonly outputs: Readonly<Record<string, readonly [number[], number[]]>>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Input, outputs and network input of a model as the engine computes them. */
async function computed(model: Model, counts: Float32Array, device: AnyDevice) {
  const { size, config } = model;
  const profile = makeProfile(config);
  const n = counts.length / size ** 2;
  const channels = profile.groupedInput ? config.gridsize ** 2 : 1;
  const graph = new Graph(), weights = new Weights(), frozen = frozenInputs(graph);
  const shape = { batchSize: n / channels, channels, size, modes: 1, regionSize: size };
  const context = {
    scope: new Scope(graph, weights),
    shape,
    counts: graph.input("counts", [n, size, size]),
    frozen,
  };
  const input = profile.input(context);
  const { patches, amplitude } = profile.predict(context, input);
  using storage = new Storage(device, weights.space);
  for (const { name } of weights.entries) {
    storage.write(name, model.weights.get(name)?.data ?? new Float32Array());
  }
  using program = await compile(device, {
    graph,
    outputs: { patches, amplitude, input },
    storages: [storage],
  });
  for (const name of frozen.names) {
    program.write(name, model.statistics.get(name)?.data ?? new Float32Array());
  }
  program.write("counts", counts);
  program.run();
  return {
    patches: await program.read("patches"),
    amplitude: await program.read("amplitude"),
    input: { shape: input.shape, data: await program.read("input") },
  };
}

const SETTINGS = [
  { profile: "calibrated", gridsize: 2 },
  { profile: "amplitude", gridsize: 2, cbamEncoder: true },
  { profile: "counts", gridsize: 1, useSharedDecoder: true },
] as const;

Deno.test(
  await withPython("onnxruntime gives what the network gives, to 1e-5", ["onnx", "onnxruntime"]),
  async () => {
    const device = await openDevice({ accelerator: "wasm", threads: 2 });
    await using scan = await openScan(await encodeNpz(scanArrays(smallScan(5))), { name: "scan.npz" });
    const counts = await scan.readCounts(Int32Array.from({ length: 8 }, (_, i) => i));
    await withFolder(async (folder) => {
      for (const settings of SETTINGS) {
        const model = await untrainedModel(scan, { device, ...settings });
        const expected = await computed(model, counts, device);
        const cases = {
          counts: { shape: [8, scan.size, scan.size], data: counts },
          network: expected.input,
        };
        for (const [input, { shape, data }] of Object.entries(cases)) {
          const [file, given] = [`${folder}/${settings.profile}_${input}.onnx`, `${folder}/given`];
          await Deno.writeFile(
            file,
            encodeModelOnnx(model, { input: input === "counts" ? "counts" : "network" }),
          );
          await Deno.writeFile(given, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
          const { outputs, metadata } = await python(RUN, file, given, shape.join()) as Answer;
          const object = [outputs.object_real[1], outputs.object_imag[1]];
          const interleaved = object[0].flatMap((re, i) => [re, object[1][i]]);
          const errors = [
            relativeError(interleaved, expected.patches),
            relativeError(outputs.amplitude[1], expected.amplitude),
          ];
          ok(errors.every((error) => error < 1e-5), `${settings.profile} ${input}: ${errors}`);
          ok(metadata.N === String(scan.size) && metadata.profile === settings.profile);
        }
      }
    });
    await device.dispose();
  },
);

Deno.test(
  await withPython("the example in Python gives patches", ["onnx", "onnxruntime", "numpy"]),
  async () => {
    const device = await openDevice({ accelerator: "wasm", threads: 2 });
    await withFolder(async (folder) => {
      const file = `${folder}/scan.npz`;
      await Deno.writeFile(file, await encodeNpz(scanArrays(smallScan(5))));
      await using scan = await openScan(file);
      const model = await untrainedModel(scan, { device, profile: "calibrated" });
      await Deno.writeFile(`${folder}/network.onnx`, encodeModelOnnx(model));
      const script = `import runpy, sys, io, json, contextlib
out = io.StringIO()
with contextlib.redirect_stdout(out):
    runpy.run_path(sys.argv[0])
print(json.dumps(out.getvalue()))`;
      const example = new URL("../../../examples/network_onnx.py", import.meta.url).pathname;
      const runner = script.replace("sys.argv[0]", JSON.stringify(example));
      const said = await python(runner, `${folder}/network.onnx`, file, `${folder}/patches.npy`);
      ok(String(said).startsWith(`${scan.n} patches of ${scan.size} x ${scan.size} pixels`), String(said));
      ok((await Deno.stat(`${folder}/patches.npy`)).size > 8 * scan.n * scan.size ** 2);
    });
    await device.dispose();
  },
);
