/**
 * Gradient descent by the program's own gradients, with Adam's steps: D. P. Kingma and J. Ba, "Adam: a method for
 * stochastic optimization", ICLR 2015, Algorithm 1, for complex numbers (the second moment is of |g|^2).
 *
 * @module
 */
import type { SolverConfig } from "../../config/mod.ts";
import { functions as f } from "../../engine/mod.ts";
import { gradients, type Tensor } from "../../engine/mod.ts";

import { forward } from "../model/forward.ts";
import { misfit } from "../model/noise.ts";
import type { Trace } from "../model/trace.ts";
import type { Outputs, Rule } from "./rule.ts";

const BETA1 = 0.9;
const BETA2 = 0.99;
/** Counts that keep the slopes of root and logarithm finite. */
const FLOOR = 1e-3;

/** Makes the rule. */
export const adam = (settings: SolverConfig): Rule => ({
  sweeps: [{ batch: (t) => batch(t, settings) }],
  scalars: adamScalars,
  adaptsPositions: true,
});

function batch(t: Trace, settings: SolverConfig): Outputs {
  const fw = forward(t);
  const loss = lossOf(t, fw.intensity, settings);
  const { positions } = t.sizes;
  const { batch } = t.sizes;
  const fractions = positions ? [t.input("dx", [batch, 1, 1, 1]), t.input("dy", [batch, 1, 1, 1])] : [];
  const [object, probe, ...slopes] = gradients(loss, { wrt: [t.object, t.probe, ...fractions] });
  const error = misfit(fw.intensity, t);
  // the probe's numbers have the size of their root mean square, the object's that of 1
  const size = f.sqrt(f.mean(f.abs2(t.probe)));
  const rate = f.scale(t.input("decay"), settings.learningRate);
  descend(t, { name: "object", gradient: object, rate: f.multiply(rate, t.step("object")) });
  const probeRate = f.multiply(f.reshape(size, [1]), f.multiply(rate, t.step("probe")));
  descend(t, { name: "probe", gradient: probe, rate: probeRate });
  if (!positions) return { error };
  return { error, shiftX: f.negate(slopes[0]), shiftY: f.negate(slopes[1]) };
}

/** Sum over the batch of the negative log-likelihood: of amplitudes with variance 1/4, or of counts. */
function lossOf(t: Trace, intensity: Tensor, { noiseModel, noiseFloor, readNoise }: SolverConfig): Tensor {
  const floor = Math.max(FLOOR, noiseFloor);
  const model = f.offset(intensity, floor);
  const counts = f.square(t.amplitudes);
  const terms = noiseModel === "poisson"
    ? f.subtract(model, f.multiply(f.offset(counts, readNoise ** 2), f.log(f.offset(model, readNoise ** 2))))
    : f.scale(f.square(f.subtract(f.sqrt(model), f.sqrt(f.offset(counts, floor)))), 2);
  return f.sum(t.sizes.masked ? f.multiply(terms, t.state("mask")) : terms);
}

/** One step of Adam on a tensor of the state. */
function descend(
  t: Trace,
  { name, gradient, rate }: { name: "object" | "probe"; gradient: Tensor; rate: Tensor },
): void {
  const variable = t.state(name);
  const first = t.state(`${name}First`, variable);
  const second = t.state(`${name}Second`, { shape: variable.shape, dtype: "f32" });
  const m = f.add(f.scale(first, BETA1), f.scale(gradient, 1 - BETA1));
  const v = f.add(f.scale(second, BETA2), f.scale(f.abs2(gradient), 1 - BETA2));
  const [c1, c2] = [t.input("correction1"), t.input("correction2")];
  const step = f.divide(f.divide(m, c1), f.offset(f.sqrt(f.divide(v, c2)), 1e-8));
  t.graph.assign(first, m);
  t.graph.assign(second, v);
  t.graph.assign(variable, f.subtract(variable, f.multiply(step, rate)));
}

/** The scalars of Adam at a step (from 1) of `total`: bias corrections, and a cosine from 1 down to 0.02. */
function adamScalars(step: number, total: number): Readonly<Record<string, number>> {
  const turn = Math.PI * Math.min(1, (step - 1) / Math.max(1, total));
  return {
    correction1: 1 - BETA1 ** step,
    correction2: 1 - BETA2 ** step,
    decay: 0.02 + 0.98 * (0.5 + 0.5 * Math.cos(turn)),
  };
}
