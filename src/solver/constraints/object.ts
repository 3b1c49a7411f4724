/**
 * Constraints on the object, as programs: amplitude limits, total variation, and its scale.
 *
 * @module
 */
import { functions as f } from "../../engine/mod.ts";
import type { Tensor } from "../../engine/mod.ts";
import type { Trace } from "../model/trace.ts";
import type { ProgramConstraint } from "./constraint.ts";

/** Rounds of the dual iteration of the total variation. */
const ROUNDS = 12;
const DUAL_STEP = 0.125;

/** Keeps the amplitude of the object within limits. */
export const amplitudeLimits: ProgramConstraint = {
  kind: "program",
  name: "amplitude",
  isWanted: ({ amplitudeMin, amplitudeMax }) => amplitudeMin > 0 || amplitudeMax !== null,
  epochs: ({ amplitudeEpochs }) => amplitudeEpochs,
  trace: ({ amplitudeMin, amplitudeMax }) => (t) =>
    limitAmplitude(t, { least: amplitudeMin, most: amplitudeMax }),
};

/** Lowers the total variation of the object. */
export const totalVariation: ProgramConstraint = {
  kind: "program",
  name: "totalVariation",
  isWanted: ({ totalVariation }) => totalVariation > 0,
  epochs: ({ totalVariationEpochs }) => totalVariationEpochs,
  trace: ({ totalVariation }) => (t) => lowerVariation(t, totalVariation),
};

/** Keeps the object's mean amplitude at 1. The modes of the variation keep unit size: their weights take the scale. */
export const scaleAmbiguity: ProgramConstraint = {
  kind: "program",
  name: "scaleAmbiguity",
  isWanted: ({ scaleAmbiguity }) => scaleAmbiguity,
  epochs: ({ scaleAmbiguityEpochs }) => scaleAmbiguityEpochs,
  trace: () => moveScale,
  after([factor], { patterns }) {
    const weights = patterns.columns.get("oprWeights");
    if (weights) { for (let i = 0; i < weights.length; i++) weights[i] *= factor; }
  },
};

/** |O| into [least, most]. */
function limitAmplitude(t: Trace, { least, most }: { least: number; most: number | null }): void {
  const raised = f.offset(f.relu(f.offset(f.sqrt(f.abs2(t.object)), -least)), least);
  const limited = most === null ? raised : f.offset(f.negate(f.relu(f.offset(f.negate(raised), most))), most);
  t.graph.assign(t.object, f.multiply(f.unit(t.object), limited));
}

/**
 * The object that is nearest to the present one with less variation: argmin |u - O|^2 / 2 + weight TV(u), by A.
 * Chambolle's dual iteration (Journal of Mathematical Imaging and Vision 20, 89, 2004, Eq. 9).
 */
function lowerVariation(t: Trace, weight: number): void {
  const scaled = f.scale(t.object, 1 / weight);
  let [px, py] = [f.scale(t.object, 0), f.scale(t.object, 0)];
  for (let round = 0; round < ROUNDS; round++) {
    const rest = f.subtract(divergence(px, py), scaled);
    const [gx, gy] = [difference(rest, 1), difference(rest, 0)];
    const size = f.sqrt(f.add(f.abs2(gx), f.abs2(gy)));
    const shrink = f.offset(f.scale(size, DUAL_STEP), 1);
    px = f.divide(f.add(px, f.scale(gx, DUAL_STEP)), shrink);
    py = f.divide(f.add(py, f.scale(gy, DUAL_STEP)), shrink);
  }
  t.graph.assign(t.object, f.subtract(t.object, f.scale(divergence(px, py), weight)));
}

/** Returns the forward difference along an axis, 0 at the end. */
export function difference(u: Tensor, axis: number): Tensor {
  const shape = u.shape.map((n, k) => k === axis ? n - 1 : n);
  const start = (first: number) => u.shape.map((_, k) => k === axis ? first : 0);
  const step = f.subtract(f.crop(u, { start: start(1), shape }), f.crop(u, { start: start(0), shape }));
  return f.pad(step, { before: start(0), shape: u.shape });
}

/** Returns the negative adjoint of the differences, for fields that are 0 at the end. */
export function divergence(px: Tensor, py: Tensor): Tensor {
  const back = (p: Tensor, axis: number) => {
    const shape = p.shape.map((n, k) => k === axis ? n - 1 : n);
    const moved = f.pad(f.crop(p, { start: p.shape.map(() => 0), shape }), {
      before: p.shape.map((_, k) => k === axis ? 1 : 0),
      shape: p.shape,
    });
    return f.subtract(p, moved);
  };
  return f.add(back(px, 1), back(py, 0));
}

/**
 * Divides the object by its root mean square, weighted by the illumination, and multiplies the probe with it: their
 * product stays. Output `factor` [1].
 */
function moveScale(t: Trace) {
  const w = t.state("illumination");
  const factor = f.reshape(
    f.sqrt(f.divide(f.sum(f.multiply(f.abs2(t.object), w)), f.offset(f.sum(w), 1e-20))),
    [1],
  );
  const kept = f.offset(factor, 1e-20);
  t.graph.assign(t.object, f.divide(t.object, kept));
  t.graph.assign(t.probe, f.multiply(t.probe, kept));
  t.graph.assign(w, f.multiply(w, f.square(kept)));
  return { factor: kept };
}
