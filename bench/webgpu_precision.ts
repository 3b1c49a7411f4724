/**
 * What half precision costs: the recorded networks on the GPU with operands of convolutions in 32 and in 16 bits, against
 * the recorded outputs and gradients.
 *
 * usage: deno run -A bench/webgpu_precision.ts FOLDER
 *   FOLDER holds the vectors net_gs1.npz and net_gs2_plain.npz: input x, weights w/*, upstream_*, out_* and g/*.
 */
import { add, multiply, sum } from "../src/engine/graph/functions.ts";
import { compile } from "../src/engine/plan/program.ts";
import { gradients } from "../src/engine/graph/gradients.ts";
import { Graph } from "../src/engine/graph/graph.ts";
import { Storage } from "../src/engine/plan/storage.ts";
import { WebGpuDevice } from "../src/engine/devices/webgpu/device.ts";
import { historicalNetwork } from "../src/network/model/historical.ts";
import { Scope, Weights } from "../src/network/model/parameters.ts";

import { readArrays } from "../tests/support/arrays.ts";
import { relativeError } from "../tests/support/devices.ts";

const CASES = [
  { file: "net_gs1", options: { size: 64, channels: 1 } },
  { file: "net_gs2_plain", options: { size: 64, channels: 4, attention: false } },
] as const;

/** Largest error of the two maps, and of the gradients, over their largest values. */
async function errorsOf(
  device: WebGpuDevice,
  { file, options }: typeof CASES[number],
): Promise<{ maps: number; gradients: number; "median gradient": number }> {
  const arrays = await readArrays(new URL(`${file}.npz`, `file://${Deno.realPathSync(Deno.args[0])}/`));
  const graph = new Graph();
  const weights = new Weights();
  const x = graph.input("x", arrays("x").shape);
  const maps = historicalNetwork(new Scope(graph, weights), x, { ...options, filtersScale: 1 });
  const upstream = (name: string) => graph.input(name, arrays(name).shape);
  const scalar = add(
    sum(multiply(maps.a, upstream("upstream_a"))),
    sum(multiply(maps.b, upstream("upstream_b"))),
  );
  const names = weights.entries.map(({ name }) => name);
  const found = gradients(scalar, { wrt: names.map((name) => graph.variable(weights.space, name)) });
  const outputs = { ...maps, ...Object.fromEntries(names.map((name, k) => [name, found[k]])) };
  using storage = new Storage(device, weights.space);
  for (const name of names) storage.write(name, Float32Array.from(arrays(`w/${name}`).data));
  using program = await compile(device, { graph, outputs, storages: [storage] });
  for (const name of ["x", "upstream_a", "upstream_b"]) {
    program.write(name, Float32Array.from(arrays(name).data));
  }
  program.run();
  const error = async (name: string, recorded: string) =>
    relativeError(await program.read(name), arrays(recorded).data);
  const ofMaps = [await error("a", "out_a"), await error("b", "out_b")];
  const ofGradients = await Promise.all(names.map((name) => error(name, `g/${name}`)));
  const sorted = ofGradients.toSorted((a, b) => a - b);
  return {
    maps: Math.max(...ofMaps),
    gradients: sorted[sorted.length - 1],
    "median gradient": sorted[sorted.length >> 1],
  };
}

const table: Record<string, Record<string, string>> = {};
for (const precision of ["f32", "f16"] as const) {
  // the kernels of real GPUs, on a software adapter too
  const device = await WebGpuDevice.create({ software: true, precision });
  for (const work of CASES) {
    const errors = Object.entries(await errorsOf(device, work));
    table[`${work.file}, ${precision}`] = Object.fromEntries(errors.map(([k, v]) => [k, v.toExponential(1)]));
  }
  await device.dispose();
}
console.table(table);
