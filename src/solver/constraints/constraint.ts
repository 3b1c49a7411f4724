/**
 * A constraint: one record, and a line in the list of `list.ts`.
 *
 * @module
 */
import type { SolverConfig } from "../../config/mod.ts";
import type { Engine } from "../engine.ts";
import type { PatternTable } from "../patterns.ts";
import type { PositionCorrection } from "../positions.ts";
import type { Tracer } from "../programs.ts";
import type { Rule } from "../rules/rule.ts";
import type { Sizes } from "../model/trace.ts";

/** Context of the constraints after an epoch. */
export interface EpochEnd {
  readonly engine: Engine;
  readonly settings: SolverConfig;
  readonly sizes: Sizes;
  readonly patterns: PatternTable;
  readonly correction: PositionCorrection;
  readonly rule: Rule;
}

/** Fields that all constraints share. */
interface ConstraintBase {
  /** Names the constraint, and its program where it has one. */
  readonly name: string;
  /** Reads its settings: true where they ask for it. */
  isWanted(settings: SolverConfig, sizes: Sizes): boolean;
  /** The epochs that it is due in, START:STOP:STRIDE. */
  epochs(settings: SolverConfig): string;
  /** Changes what exit waves mean: a rule that keeps them has it at the end of its run alone. */
  readonly changesWaves?: boolean;
}

/** Works on the probe in float64 on the host: (P, N, N) interleaved, in place, or the new one is returned. */
export interface ProbeConstraint extends ConstraintBase {
  readonly kind: "probe";
  apply(probe: Float64Array, end: EpochEnd): Float64Array | void;
}

/** Runs a program on the device. */
export interface ProgramConstraint extends ConstraintBase {
  readonly kind: "program";
  /** Traces the program. */
  trace(settings: SolverConfig): Tracer;
  /** Called with the program's first output, where it has one. */
  after?(output: Float32Array, end: EpochEnd): void;
}

/** Does anything else. */
export interface FreeConstraint extends ConstraintBase {
  readonly kind: "free";
  apply(end: EpochEnd): Promise<void> | void;
}

/** A constraint of any kind. */
export type Constraint = ProbeConstraint | ProgramConstraint | FreeConstraint;
