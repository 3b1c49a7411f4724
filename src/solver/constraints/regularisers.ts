/**
 * Regularisers of the object: sparsity (L1), smallness (L2) and smoothness, as programs; limits of its phase; its support.
 * An object is known up to a constant phase, so all of them measure from its mean, weighted by the illumination.
 *
 * @module
 */
import { functions as f } from "../../engine/mod.ts";
import type { Tensor } from "../../engine/mod.ts";
import type { Trace } from "../model/trace.ts";
import type { FreeConstraint, ProgramConstraint } from "./constraint.ts";
import { difference, divergence } from "./object.ts";
import { limitPhase } from "./phase_limit.ts";

/** Draws the object to its mean where it differs little: argmin |u - O|^2 / 2 + weight sum |u - mean|. */
export const sparsity: ProgramConstraint = {
  kind: "program",
  name: "sparsity",
  isWanted: ({ sparsity }) => sparsity > 0,
  epochs: ({ sparsityEpochs }) => sparsityEpochs,
  trace: ({ sparsity }) => (t) => {
    const mean = meanOf(t);
    const off = f.subtract(t.object, mean);
    const kept = f.relu(f.offset(f.sqrt(f.abs2(off)), -sparsity));
    t.graph.assign(t.object, f.add(f.multiply(f.unit(off), kept), mean));
  },
};

/** Draws the object to its mean: argmin |u - O|^2 / 2 + weight sum |u - mean|^2 / 2. */
export const ridge: ProgramConstraint = {
  kind: "program",
  name: "ridge",
  isWanted: ({ ridge }) => ridge > 0,
  epochs: ({ ridgeEpochs }) => ridgeEpochs,
  trace: ({ ridge }) => (t) => {
    const mean = meanOf(t);
    t.graph.assign(t.object, f.add(f.scale(f.subtract(t.object, mean), 1 / (1 + ridge)), mean));
  },
};

/** A step of diffusion: each pixel goes a part of the way to the mean of its four neighbours. */
export const smoothness: ProgramConstraint = {
  kind: "program",
  name: "smoothness",
  isWanted: ({ smoothness }) => smoothness > 0,
  epochs: ({ smoothnessEpochs }) => smoothnessEpochs,
  trace: ({ smoothness }) => (t) => {
    const laplacian = divergence(difference(t.object, 1), difference(t.object, 0));
    t.graph.assign(t.object, f.add(t.object, f.scale(laplacian, smoothness / 4)));
  },
};

/** Takes the object for its mean where little light fell: patterns do not know it there. */
export const objectSupport: ProgramConstraint = {
  kind: "program",
  name: "objectSupport",
  isWanted: ({ objectSupport }) => objectSupport > 0,
  epochs: ({ objectSupportEpochs }) => objectSupportEpochs,
  trace: ({ objectSupport }) => (t) => {
    const mean = meanOf(t);
    const light = t.state("illumination");
    const inside = f.greater(light, f.scale(f.max(light), objectSupport));
    t.graph.assign(t.object, f.add(f.multiply(f.subtract(t.object, mean), inside), mean));
  },
};

/** Keeps the phase of the object, counted from that of its mean, within limits. */
export const phaseLimits: FreeConstraint = {
  kind: "free",
  name: "phase",
  isWanted: ({ phaseMin, phaseMax }) => phaseMin !== null || phaseMax !== null,
  epochs: ({ phaseEpochs }) => phaseEpochs,
  async apply({ engine: { programs }, settings: { phaseMin, phaseMax } }) {
    const [object, weight] = [await programs.read("object"), await programs.read("illumination")];
    limitPhase(object, { weight, least: phaseMin ?? -Math.PI, most: phaseMax ?? Math.PI });
    programs.write("object", object);
  },
};

/** Mean of the object, weighted by the illumination, [1, 1]. */
function meanOf(t: Trace): Tensor {
  const light = t.state("illumination");
  const sum = f.sum(f.multiply(t.object, light));
  return f.reshape(f.divide(sum, f.offset(f.sum(light), 1e-20)), [1, 1]);
}
