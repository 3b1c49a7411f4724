/**
 * Applies the constraints after an epoch.
 *
 * @module
 */
import type { SolverConfig } from "../../config/mod.ts";
import type { Tracer } from "../programs.ts";
import type { Sizes } from "../model/trace.ts";
import type { Constraint, EpochEnd, ProbeConstraint } from "./constraint.ts";
import { CONSTRAINTS } from "./list.ts";
import { epochPlan, isDue } from "./plan.ts";

/** Returns the programs of the constraints that the settings ask for, by name. */
export function constraintTracers(settings: SolverConfig, sizes: Sizes): ReadonlyMap<string, Tracer> {
  return new Map(
    CONSTRAINTS.flatMap((constraint): [string, Tracer][] =>
      constraint.kind === "program" && constraint.isWanted(settings, sizes)
        ? [[constraint.name, constraint.trace(settings)]]
        : []
    ),
  );
}

/** Applies what is due after an epoch, in the order of the list; `last` is the end of the run. */
export async function constrain(
  end: EpochEnd,
  { epoch, last }: { epoch: number; last: boolean },
): Promise<void> {
  const { settings, sizes, rule } = end;
  const due = (constraint: Constraint) =>
    constraint.isWanted(settings, sizes) &&
    (rule.keepsWaves && constraint.changesWaves
      ? last
      : isDue(epochPlan(constraint.epochs(settings), constraint.name), epoch));
  // what follows each other on the probe has it off the device once, so that nothing is rounded between
  let onProbe: ProbeConstraint[] = [];
  for (const constraint of CONSTRAINTS.filter(due)) {
    if (constraint.kind === "probe") {
      onProbe.push(constraint);
      continue;
    }
    await constrainProbe(end, onProbe);
    onProbe = [];
    await apply(end, constraint);
  }
  await constrainProbe(end, onProbe);
}

async function apply(end: EpochEnd, constraint: Exclude<Constraint, ProbeConstraint>): Promise<void> {
  if (constraint.kind === "free") return await constraint.apply(end);
  const output = await end.engine.runNamed(constraint.name, {});
  constraint.after?.(output, end);
}

async function constrainProbe(end: EpochEnd, constraints: readonly ProbeConstraint[]): Promise<void> {
  if (constraints.length === 0) return;
  const { programs } = end.engine;
  let probe: Float64Array = Float64Array.from(await programs.read("probe"));
  for (const constraint of constraints) probe = constraint.apply(probe, end) ?? probe;
  programs.write("probe", Float32Array.from(probe));
}
