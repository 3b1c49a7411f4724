/**
 * The optimisers on every device against their formulas, and against float64.
 */
import assert from "node:assert/strict";
import { Random } from "../../src/numeric/random.ts";
import { Graph } from "../../src/engine/graph/graph.ts";
import { adam } from "../../src/engine/ops/optimiser/adam.ts";
import { sgd } from "../../src/engine/ops/optimiser/sgd.ts";
import { compile } from "../../src/engine/plan/program.ts";
import { Layout } from "../../src/engine/graph/space.ts";
import { Storage } from "../../src/engine/plan/storage.ts";
import { relativeError, testOnDevices } from "../support/devices.ts";

const COUNT = 300;
const STEPS = 3;

/** Plain float64 Adam or AdamW, as Kingma and Ba write it. */
function adamByHand(
  start: Float64Array,
  slopes: readonly Float64Array[],
  { decay, decoupled }: { decay: number; decoupled: boolean },
) {
  const p = start.slice(), m = new Float64Array(COUNT), v = new Float64Array(COUNT);
  slopes.forEach((slope, k) => {
    const t = k + 1;
    for (let i = 0; i < COUNT; i++) {
      if (decoupled) p[i] *= 1 - 0.01 * decay;
      const g = slope[i] + (decoupled ? 0 : decay * p[i]);
      m[i] = 0.9 * m[i] + 0.1 * g;
      v[i] = 0.999 * v[i] + 0.001 * g * g;
      p[i] -= 0.01 * (m[i] / (1 - 0.9 ** t)) / (Math.sqrt(v[i] / (1 - 0.999 ** t)) + 1e-8);
    }
  });
  return p;
}

function sgdByHand(start: Float64Array, slopes: readonly Float64Array[], nesterov: boolean) {
  const p = start.slice(), m = new Float64Array(COUNT);
  for (const slope of slopes) {
    for (let i = 0; i < COUNT; i++) {
      const g = slope[i] + 0.1 * p[i];
      m[i] = 0.9 * m[i] + g;
      p[i] -= 0.01 * (nesterov ? g + 0.9 * m[i] : m[i]);
    }
  }
  return p;
}

for (const variant of ["adam", "adamw", "sgd", "nesterov"] as const) {
  testOnDevices(`${variant} does what its paper says`, {}, async (device) => {
    const random = new Random(5, variant);
    const draw = () => Float64Array.from({ length: COUNT }, () => Math.fround(random.normal()));
    const start = draw();
    const slopes = Array.from({ length: STEPS }, draw);
    const layout = new Layout();
    layout.add("w", { shape: [COUNT], dtype: "f32" });
    const [weights, first, second] = ["weights", "first", "second"].map((name) => ({ name, layout }));
    const graph = new Graph();
    const slope = graph.input("g", [layout.words]);
    const isSgd = variant === "sgd" || variant === "nesterov";
    const hyper = graph.input("hyper", [isSgd ? 4 : 8]);
    const whole = [weights, first, second].map((space) => graph.whole(space));
    if (isSgd) graph.apply(sgd, [whole[0], slope, whole[1], hyper], {});
    else graph.apply(adam, [whole[0], slope, whole[1], whole[2], hyper], {});
    using p = new Storage(device, weights);
    using m = new Storage(device, first);
    using v = new Storage(device, second);
    p.write("w", Float32Array.from(start));
    using program = await compile(device, { graph, outputs: {}, storages: [p, m, v] });
    for (let t = 1; t <= STEPS; t++) {
      const padded = new Float32Array(layout.words);
      padded.set(slopes[t - 1]);
      program.write("g", padded);
      const corrections = [1 - 0.9 ** t, 1 - 0.999 ** t];
      program.write(
        "hyper",
        Float32Array.from(
          isSgd
            ? [0.01, 0.9, 0.1, variant === "nesterov" ? 1 : 0]
            : [0.01, 0.9, 0.999, 1e-8, 0.1, variant === "adamw" ? 1 : 0, ...corrections],
        ),
      );
      program.run();
    }
    const expected = isSgd
      ? sgdByHand(start, slopes, variant === "nesterov")
      : adamByHand(start, slopes, { decay: 0.1, decoupled: variant === "adamw" });
    const error = relativeError((await p.read()).get("w") ?? [], expected);
    assert(error < 2e-6, `off by ${error}`);
  });
}
