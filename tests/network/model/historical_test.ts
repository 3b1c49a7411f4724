/**
 * The historical network against PtychoPINN's recorded outputs and gradients.
 */
import assert from "node:assert/strict";
import { historicalNetwork, type HistoricalOptions } from "../../../src/network/model/historical.ts";
import { Scope, Weights } from "../../../src/network/model/parameters.ts";
import { gradients } from "../../../src/engine/graph/gradients.ts";
import { add, multiply, sum } from "../../../src/engine/graph/functions.ts";
import { Graph } from "../../../src/engine/graph/graph.ts";
import { compile } from "../../../src/engine/plan/program.ts";
import { Storage } from "../../../src/engine/plan/storage.ts";
import { findShared, readArrays } from "../../support/arrays.ts";
import { relativeError, testOnDevices } from "../../support/devices.ts";

const CASES: Record<string, { options: HistoricalOptions; gradients: boolean }> = {
  net_gs1: { options: { size: 64, channels: 1 }, gradients: true },
  net_gs1_realimag: {
    options: { size: 64, channels: 1, outputMode: "real_imag", attention: false },
    gradients: true,
  },
  net_gs2: { options: { size: 64, channels: 4 }, gradients: true },
  net_gs2_plain: { options: { size: 64, channels: 4, attention: false }, gradients: true },
  net_gs2_shared: {
    options: { size: 64, channels: 4, attention: false, sharedDecoder: true },
    gradients: false,
  },
  net_n128_gs1: { options: { size: 128, channels: 1 }, gradients: false },
};

/**
 * Of the largest value of a gradient that PyTorch computed in float64: our float64 device is as exact as the file's
 * float32. In float32 a near tie of two maxima sends a gradient to another pixel (once, in net_gs1, with the GPU's
 * order of sums: 1.6e-3).
 */
const GRADIENT_TOLERANCE = { reference: 1e-6, wasm: 5e-5, webgpu: 2e-3 } as const;

for (const [file, { options, gradients: withGradients }] of Object.entries(CASES)) {
  const url = findShared(`golden/${file}.npz`);
  const oracle = withGradients ? findShared(`golden/${file}_f64.npz`) : undefined;
  testOnDevices(
    `${file} agrees with PyTorch`,
    { skip: url ? undefined : `no golden/${file}.npz` },
    async (device) => {
      assert(url);
      const arrays = await readArrays(url);
      const graph = new Graph();
      const weights = new Weights();
      const shape = arrays("x").shape;
      const maps = historicalNetwork(new Scope(graph, weights), graph.input("x", shape), {
        ...options,
        filtersScale: 1,
      });
      const upstream = (name: string) => graph.input(name, arrays(name).shape);
      const scalar = add(
        sum(multiply(maps.a, upstream("upstream_a"))),
        sum(multiply(maps.b, upstream("upstream_b"))),
      );
      const names = withGradients ? weights.entries.map((entry) => entry.name) : [];
      const found = gradients(scalar, { wrt: names.map((name) => graph.variable(weights.space, name)) });
      const outputs = { ...maps, scalar, ...Object.fromEntries(names.map((name, k) => [name, found[k]])) };
      using storage = new Storage(device, weights.space);
      for (const { name } of weights.entries) {
        storage.write(name, Float32Array.from(arrays(`w/${name}`).data));
      }
      using program = await compile(device, { graph, outputs, storages: [storage] });
      for (const name of ["x", "upstream_a", "upstream_b"]) {
        program.write(name, Float32Array.from(arrays(name).data));
      }
      program.run();
      for (const name of ["a", "b"]) {
        const error = relativeError(await program.read(name), arrays(`out_${name}`).data);
        assert(error <= 2e-4, `${name} is off by ${error}`);
      }
      if (!oracle) return;
      const exact = await readArrays(oracle);
      for (const name of names) {
        const error = relativeError(await program.read(name), exact(`g/${name}`).data);
        const within = GRADIENT_TOLERANCE[device.info.kind];
        assert(error <= within, `the gradient of ${name} is off by ${error}`);
      }
    },
  );
}
