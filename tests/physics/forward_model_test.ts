/**
 * The forward model and its gradients against PtychoPINN's recorded operations.
 */
import assert from "node:assert/strict";
import {
  diffractedIntensity,
  extractPatches,
  mergeGroup,
  type MergeWeights,
} from "../../src/physics/forward_model.ts";
import * as f from "../../src/engine/graph/functions.ts";
import { gradients } from "../../src/engine/graph/gradients.ts";
import { Graph, type Tensor } from "../../src/engine/graph/graph.ts";
import { compile } from "../../src/engine/plan/program.ts";
import { findShared, readArrays, type TestArrays } from "../support/arrays.ts";
import { relativeError, testOnDevices } from "../support/devices.ts";

/**
 * 1e-5 of the largest magnitude. The merges get 1.2e-5: the recorded ones sampled on a normalised float32 grid, whose
 * rounding alone moves them up to 1.09e-5 away from the exact (float64) result.
 */
const tolerance = (file: string) => file.startsWith("merge") ? 1.2e-5 : 1e-5;

/** What one golden file says of one operation. */
interface Case {
  readonly file: string;
  readonly input: { name: string; complex: boolean };
  readonly output: string;
  readonly extra?: readonly string[];
  readonly gradient: string;
  apply(x: Tensor, input: (name: string) => Tensor, arrays: TestArrays): Tensor;
}

const flatten = (x: Tensor) => f.reshape(x, [x.shape[0] * x.shape[1], ...x.shape.slice(2)]);

function mergeCase(weights: MergeWeights, file: string): Case {
  return {
    file,
    input: { name: "patches", complex: true },
    output: "merged",
    extra: ["offset_xy", weights === "probe" ? "probe_weight" : "central_weight"],
    gradient: "grad_patches",
    apply: (x, input, arrays) =>
      mergeGroup(flatten(x), {
        channels: 4,
        relative: flatten(input("offset_xy")),
        regionSize: arrays("padded_size").data[0],
        weights,
        weight: input(weights === "probe" ? "probe_weight" : "central_weight"),
      }),
  };
}

const CASES: readonly Case[] = [
  ...["translate_real", "translate_complex"].map((file): Case => ({
    file,
    input: { name: "image", complex: file === "translate_complex" },
    output: "out",
    extra: ["offset_xy"],
    gradient: "grad_image",
    apply: (x, input) => f.translate(x, { offsets: input("offset_xy"), sign: 1 }),
  })),
  mergeCase("central", "merge_central_mask_gs2"),
  mergeCase("probe", "merge_probe_gs2"),
  mergeCase("uniform", "merge_uniform_gs2"),
  {
    file: "extract_gs2",
    input: { name: "region", complex: true },
    output: "patches",
    extra: ["offset_xy"],
    gradient: "grad_region",
    apply: (x, input) => extractPatches(x, { channels: 4, relative: flatten(input("offset_xy")), size: 64 }),
  },
  ...["diffract_n64", "diffract_n128"].map((file): Case => ({
    file,
    input: { name: "exit_wave", complex: true },
    output: "amplitude",
    gradient: "grad_exit_wave",
    apply: (x) => f.sqrt(diffractedIntensity(f.reshape(x, [x.shape[0], 1, ...x.shape.slice(1)]))),
  })),
];

/** Weights of a patch as the merges take them, from the arrays of a file. */
function derived(name: string, arrays: TestArrays): { shape: readonly number[]; data: Float64Array } {
  if (name === "central_weight") {
    const data = Float64Array.from({ length: 64 * 64 }, (_, i) => {
      const inside = (k: number) => k >= 16 && k < 48;
      return inside(Math.floor(i / 64)) && inside(i % 64) ? 1 : 0;
    });
    return { shape: [1, 64, 64], data };
  }
  if (name !== "probe_weight") return arrays(name);
  const { shape: [modes], data } = arrays("probe");
  const sum = new Float64Array(64 * 64);
  for (let i = 0; i < modes * 64 * 64; i++) sum[i % (64 * 64)] += data[2 * i] ** 2 + data[2 * i + 1] ** 2;
  return { shape: [1, 64, 64], data: sum };
}

for (const { file, input, output, extra = [], gradient, apply } of CASES) {
  const url = findShared(`golden/${file}.npz`);
  testOnDevices(
    `${file} agrees with PyTorch`,
    { skip: url ? undefined : `no golden/${file}.npz` },
    async (device) => {
      assert(url);
      const arrays = await readArrays(url);
      const graph = new Graph();
      const values = new Map<string, Float64Array>();
      const feed = (name: string, complex = false) => {
        const { shape, data } = derived(name, arrays);
        values.set(name, data);
        return graph.input(name, shape, complex ? "c64" : "f32");
      };
      const x = feed(input.name, input.complex);
      const tensors = new Map(extra.map((name) => [name, feed(name)]));
      const y = apply(x, (name) => tensors.get(name) ?? x, arrays);
      const upstream = f.reshape(feed("upstream", y.dtype === "c64"), y.shape);
      const [g] = gradients(y, { wrt: [x], upstream });
      using program = await compile(device, { graph, outputs: { y, g } });
      for (const [name, data] of values) program.write(name, Float32Array.from(data));
      program.run();
      for (const [found, expected] of [["y", output], ["g", gradient]]) {
        const error = relativeError(await program.read(found), arrays(expected).data);
        assert(error <= tolerance(file), `${expected} is off by ${error}`);
      }
    },
  );
}
