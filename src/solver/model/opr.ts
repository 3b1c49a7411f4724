/**
 * Orthogonal probe relaxation: the first mode may differ from pattern to pattern, P_i = P + sum_e w_ie E_e, with few
 * modes E_e. M. Odstrcil et al., "Ptychographic coherent diffractive imaging with orthogonal probe relaxation", Optics
 * Express 24, 8360 (2016); the update is that of Odstrcil et al. 2018, Eqs. 29-31.
 *
 * @module
 */
import { functions as f } from "../../engine/mod.ts";
import type { Tensor } from "../../engine/mod.ts";
import { inner, power, type Refinement, toProbes } from "./forward.ts";
import type { Outputs } from "../rules/rule.ts";
import type { Trace } from "./trace.ts";

/**
 * Traces one update. Of what each pattern wants of its probe, conj(O_i) chi_i, the part that all want alike is taken
 * out; the rest moves each mode by its projection on it, and each weight by its own least-squares step. Output
 * `oprWeights` [B, E].
 */
export function relaxProbe(t: Trace, { fw, chi }: Refinement): Outputs {
  const { batch, side, oprModes } = t.sizes;
  const first = (x: Tensor) => f.slice(x, { axis: 1, start: 0, count: 1 });
  const weights = t.input("oprWeights", [batch, oprModes]);
  const valid = f.reshape(t.valid, [batch, 1, 1, 1]);
  const correction = first(toProbes(f.multiply(chi, f.conj(fw.patches)), fw));
  const shared = f.divide(f.sum(f.multiply(correction, valid), [0]), t.count);
  let rest = f.multiply(f.subtract(correction, shared), valid);
  const modes = t.state("oprModes");
  const share = Math.min(0.1, batch / t.sizes.patterns);
  const moved: Tensor[] = [];
  const stepped: Tensor[] = [];
  for (let e = 0; e < oprModes; e++) {
    const before = f.reshape(f.slice(modes, { axis: 0, start: e, count: 1 }), [1, 1, side, side]);
    const weight = f.slice(weights, { axis: 1, start: e, count: 1 });
    const w4 = f.reshape(weight, [batch, 1, 1, 1]);
    const norm = f.offset(f.sum(f.square(weight)), 1e-8);
    const projection = f.divide(f.add(f.scale(inner(rest, before), 1 / side ** 2), w4), norm);
    const change = f.sum(f.multiply(rest, projection), [0]);
    const size = f.offset(f.sqrt(f.scale(f.sum(f.abs2(change)), 1 / side ** 2)), 1e-12);
    const step = f.scale(f.multiply(change, t.step("opr")), share);
    const mode = unitRms(f.add(before, f.divide(step, size)), side);
    const response = f.multiply(mode, fw.patches);
    const strength = power(response);
    const mean = f.divide(f.sum(f.multiply(strength, valid)), t.count);
    const gain = f.divide(
      inner(first(chi), response),
      f.offset(f.add(strength, f.scale(mean, 0.1)), 1e-12),
    );
    stepped.push(f.reshape(f.add(w4, f.multiply(f.multiply(gain, t.step("opr")), valid)), [batch, 1]));
    moved.push(f.reshape(mode, [1, side, side]));
    const part = f.scale(f.sum(f.multiply(rest, f.conj(mode)), [1, 2, 3]), 1 / side ** 2);
    rest = f.subtract(rest, f.multiply(part, mode));
  }
  t.graph.assign(modes, oprModes > 1 ? f.concat(moved, 0) : moved[0]);
  return { oprWeights: oprModes > 1 ? f.concat(stepped, 1) : stepped[0] };
}

function unitRms(mode: Tensor, side: number): Tensor {
  return f.divide(mode, f.offset(f.sqrt(f.scale(f.sum(f.abs2(mode)), 1 / side ** 2)), 1e-12));
}
