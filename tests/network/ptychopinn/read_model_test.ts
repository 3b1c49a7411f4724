import { deepEqual, equal, ok } from "node:assert/strict";
import { compile, functions as f, Graph, Storage } from "../../../src/engine/mod.ts";
import { encodeBundle, openZip } from "../../../src/formats/mod.ts";
import { encodeZip } from "../../../src/formats/zip/zip_write.ts";
import { openSource } from "../../../src/host/mod.ts";
import { historicalNetwork } from "../../../src/network/model/historical.ts";
import { modelOf } from "../../../src/network/model/model.ts";
import { Scope, Weights } from "../../../src/network/model/parameters.ts";
import { historicalOptions } from "../../../src/network/model/profiles/make_profile.ts";
import { readModelFile } from "../../../src/network/ptychopinn/read_model.ts";
import { rejectsWith } from "../../formats/support.ts";
import { mutate } from "../../fuzz/mutate.ts";
import { isClean } from "../../fuzz/fuzz.ts";
import { findShared, readArrays } from "../../support/arrays.ts";
import { relativeError, testOnDevices } from "../../support/devices.ts";

/** Models that PtychoPINN wrote with what it computes; TensorFlow divides its input by the intensity scale. */
const MODELS = [
  {
    name: "PyTorch bundle, gridsize 1",
    model: "torch_gs1_wts.h5.zip",
    io: "torch_gs1_io.npz",
    profile: "amplitude",
  },
  {
    name: "PyTorch bundle, gridsize 2",
    model: "torch_gs2_wts.h5.zip",
    io: "torch_gs2_io.npz",
    profile: "counts",
  },
  { name: "Lightning checkpoint", model: "lightning_gs1.ckpt", io: "torch_gs1_io.npz", profile: "amplitude" },
  {
    name: "TensorFlow bundle",
    model: "tf_gs1_wts.h5.zip",
    io: "tf_gs1_io.npz",
    profile: "amplitude",
    keras: 512,
  },
] as const;
const file = (name: string) => findShared(`interop/ptychopinn_${name}`);

for (const { name, model: modelName, io, profile, ...rest } of MODELS) {
  const [modelFile, ioFile] = [file(modelName), file(io)];
  const skip = modelFile && ioFile ? undefined : "no ../shared/interop";
  testOnDevices(`a model of PtychoPINN gives its outputs: ${name}`, { skip }, async (device) => {
    if (!modelFile || !ioFile) return;
    const model = modelOf(await readModelFile(modelFile));
    equal(model.config.profile, profile);
    const recorded = await readArrays(ioFile);
    const divisor = "keras" in rest ? rest.keras : 1;
    const input = recorded("keras" in rest ? "input" : "network_input");
    const channels = "keras" in rest ? 1 : input.shape[1];
    const { size } = model;
    const graph = new Graph(), weights = new Weights();
    const x = graph.input("x", [input.shape[0], channels, size, size]);
    const options = { ...historicalOptions(model.config), size, channels };
    const maps = historicalNetwork(new Scope(graph, weights, "autoencoder"), x, options);
    using storage = new Storage(device, weights.space);
    for (const { name } of weights.entries) {
      storage.write(name, model.weights.get(name)?.data ?? new Float32Array());
    }
    const outputs = { amplitude: maps.a, phase: maps.b, object: f.polar(maps.a, maps.b) };
    using program = await compile(device, { graph, outputs, storages: [storage] });
    program.write("x", Float32Array.from(input.data, (value) => value / divisor));
    program.run();
    for (const key of "keras" in rest ? ["object"] : ["amplitude", "phase", "object"]) {
      const error = relativeError(await program.read(key), recorded(key).data);
      ok(error < 1e-5, `${key}: ${error}`);
    }
  });
}

const gs2 = file("torch_gs2_wts.h5.zip");
const whole = gs2 && await Deno.readFile(gs2);

/** The bundle with some entries changed, or taken out. */
async function changed(changes: Readonly<Record<string, Uint8Array | undefined>>): Promise<Uint8Array> {
  const { entries } = await openZip(await openSource(whole ?? ""));
  const kept = entries.filter(({ name }) => !(name in changes && changes[name] === undefined));
  return await encodeZip(
    await Promise.all(kept.map(async ({ name, read }) => ({ name, content: changes[name] ?? await read() }))),
  );
}

Deno.test("what its configuration says counts: gridsize, width, scale of the input", async () => {
  const { config, size, statistics } = modelOf(await readModelFile(whole ?? ""));
  deepEqual([size, config.gridsize, config.nFiltersScale, config.mergeObject], [64, 2, 1, true]);
  deepEqual(statistics.get("rmsInputScale")?.data, Float32Array.of(0.0125));
});

Deno.test("a bundle made of it holds the same model", async () => {
  const bundle = await readModelFile(whole ?? "");
  const { created: _, ...manifest } = bundle.manifest;
  const again = await readModelFile(await encodeBundle({ ...bundle, manifest }));
  deepEqual(modelOf(again), modelOf(bundle));
  equal(again.manifest.weightsSha256, bundle.manifest.weightsSha256);
});

Deno.test("what is missing or not known is refused by name", async () => {
  const text = (value: string) => Uint8Array.from(value, (letter) => letter.charCodeAt(0));
  const name = "bundle.zip";
  const refused = async (changes: Parameters<typeof changed>[0], pattern: RegExp) =>
    await rejectsWith(readModelFile(await changed(changes), { name }), pattern);
  await refused(
    { "diffraction_to_obj/model.pth": undefined },
    /^bundle\.zip: diffraction_to_obj\/: found no model\.pth/,
  );
  await refused({ "diffraction_to_obj/params.dill": text("x") }, /params\.dill: found the opcode 0x78/);
  // a call of os.system: named, not made
  const evil = text("\x80\x02cos\nsystem\nX\x04\0\0\0true\x85R.");
  await refused({ "diffraction_to_obj/params.dill": evil }, /params\.dill: found no dictionary/);
  const scaling = "torch_scaling_metadata.pt";
  const zip = (pickle: Uint8Array) => encodeZip([{ name: "archive/data.pkl", content: pickle }]);
  await refused(
    { [scaling]: await zip(evil) },
    /data\.pkl: found an object of os\.system, expected plain values/,
  );
  const fno = text("\x80\x02}X\x0c\0\0\0architectureX\x03\0\0\0fnos.");
  await refused({ [scaling]: await zip(fno) }, /architecture: found "fno", expected cnn/);
});

Deno.test("damaged models are refused on one line: 300 of them", async () => {
  let refusals = 0;
  for (let i = 0; i < 300; i++) {
    const at = (i * 0.6180339887) % 1;
    const damaged = mutate(whole ?? new Uint8Array(), [
      { kind: i % 3 === 0 ? "number" : i % 3 === 1 ? "flip" : "cut", at, value: i * 7919 % 65536 },
    ]);
    try {
      await readModelFile(damaged, { name: "bundle.zip" });
    } catch (error) {
      ok(isClean(error), String(error));
      refusals++;
    }
  }
  ok(refusals > 150, `${refusals}`);
});
