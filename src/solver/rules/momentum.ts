/**
 * Momentum over epochs for LSQML: extrapolates along directions that stay the same. M. Odstrcil et al. 2018, section
 * 2.7; the friction follows from how fast the correlation of past directions falls.
 *
 * @module
 */
import { functions as f } from "../../engine/mod.ts";
import type { Tensor } from "../../engine/mod.ts";
import type { Trace } from "../model/trace.ts";
import type { Outputs, RuleHost } from "./rule.ts";

/** Parameters, each with the number of past directions that its friction is judged by. */
const MEMORY = { object: 2, probe: 3 } as const;
type Parameter = keyof typeof MEMORY;
const PARAMETERS = Object.keys(MEMORY) as Parameter[];

/** The programs of the momentum. */
export const momentumPrograms: ReadonlyMap<string, (t: Trace) => Outputs | void> = new Map(
  PARAMETERS.flatMap((name): [string, (t: Trace) => Outputs | void][] => [
    [`${name} direction`, (t) => remember(t, name)],
    [`${name} momentum`, (t) => accelerate(t, name)],
  ]),
);

/**
 * Takes the epoch's change, makes it of unit size and puts it in front of those before it. Output: the correlations
 * with those, the nearest first.
 */
function remember(t: Trace, name: Parameter): Outputs {
  const variable = t.state(name);
  const before = t.state(`${name}Before`, variable);
  const change = f.subtract(variable, before);
  const step = t.state(`${name}Change`, variable);
  const lit = weightOf(t, name);
  const size = f.sqrt(f.divide(f.sum(f.multiply(f.abs2(change), lit)), f.sum(lit)));
  const unit = f.divide(f.multiply(change, lit), f.offset(size, 1e-20));
  const past = Array.from({ length: MEMORY[name] }, (_, k) => t.state(`${name}Past${k}`, variable));
  const correlations = past.map((direction) =>
    f.reshape(f.divide(f.sum(f.re(f.multiply(direction, f.conj(unit)))), f.sum(lit)), [1])
  );
  const all = correlations.length > 1 ? f.concat(correlations, 0) : correlations[0];
  // copies, the oldest first
  for (let k = past.length - 1; k > 0; k--) t.graph.assign(past[k], f.scale(past[k - 1], 1));
  t.graph.assign(past[0], unit);
  t.graph.assign(step, change);
  return { correlations: all };
}

/** Mask of the scanned area: pixels with a tenth of the largest illumination. */
function weightOf(t: Trace, name: Parameter): Tensor {
  if (name === "probe") return f.offset(f.scale(f.re(t.probe), 0), 1);
  const w = t.state("illumination");
  return f.greater(w, f.scale(f.max(w), 0.1));
}

/** v <- keep v + follow change; adds gain v where the light is. The next epoch's change is counted from there. */
function accelerate(t: Trace, name: Parameter): void {
  const variable = t.state(name);
  const velocity = t.state(`${name}Velocity`, variable);
  const change = t.state(`${name}Change`);
  const next = f.add(f.multiply(velocity, t.input("retain")), f.multiply(change, t.input("follow")));
  t.graph.assign(velocity, next);
  const added = f.multiply(next, t.input("gain"));
  const weighted = name === "object" ? f.multiply(added, lightOf(t)) : added;
  const moved = f.add(variable, weighted);
  t.graph.assign(variable, moved);
  t.graph.assign(t.state(`${name}Before`), f.scale(variable, 1));
}

/** W / (0.1 max W + W). */
function lightOf(t: Trace): Tensor {
  const w = t.state("illumination");
  return f.divide(w, f.offset(f.add(w, f.scale(f.max(w), 0.1)), 1e-20));
}

/** Applies the momentum after an epoch. */
export async function applyMomentum(
  host: RuleHost,
  { errors, gain }: { errors: readonly number[]; gain: number },
): Promise<void> {
  for (const name of PARAMETERS) {
    const correlations = await host.runNamed(`${name} direction`, {});
    // the first change is from nothing, and its successor has one past direction
    const known = errors.length > MEMORY[name] + 1;
    const falling = errors.length < 3 || Math.max(...errors.slice(-3, -1)) > Math.min(...errors.slice(-2));
    if (known && falling && correlations.every((c) => c > 0)) {
      const friction = 0.5 * Math.max(0, -slopeOf(correlations));
      await host.runNamed(`${name} momentum`, { retain: Math.max(0, 1 - friction), follow: 1, gain });
    } else {
      await host.runNamed(`${name} momentum`, { retain: 0.5, follow: 0, gain: 0 });
    }
  }
}

/** Slope of the line through (0, 0) and (j, ln c_j), j = 1, 2, ... */
function slopeOf(correlations: Float32Array): number {
  let top = 0, bottom = 0;
  correlations.forEach((c, k) => {
    top += (k + 1) * Math.log(c);
    bottom += (k + 1) ** 2;
  });
  return top / bottom;
}
