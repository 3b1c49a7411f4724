/**
 * Update rules: the programs of an epoch.
 *
 * @module
 */
import type { SolverConfig } from "../../config/mod.ts";
import type { Tensor } from "../../engine/mod.ts";
import type { Trace } from "../model/trace.ts";

/** Values of a batch that the host reads after a run, by name; [B, ...] for what belongs to a pattern. */
export type Outputs = Readonly<Record<string, Tensor>>;

/** A pass over all batches. */
export interface Sweep {
  /** Traces what is done for a batch. `error` [B, 1, 1, 1] is the misfit, where the sweep knows it. */
  batch(t: Trace): Outputs;
  /** Traces what is done after the last batch. */
  end?(t: Trace): void;
}

/** Services for {@linkcode Rule.afterEpoch}. */
export interface RuleHost {
  /** Runs one of the rule's programs with inputs of one number and gives its first output. */
  runNamed(name: string, inputs: Readonly<Record<string, number>>): Promise<Float32Array>;
}

/** An update rule. */
export interface Rule {
  /** The passes of an epoch, in order. */
  readonly sweeps: readonly Sweep[];
  /** Patterns of a batch where the settings leave it open. Default 64. */
  readonly autoBatch?: number;
  /** A pass before the first epoch. */
  readonly prepare?: Sweep;
  /** Further inputs of one number, at a step (batch, from 1) of all steps of the run. */
  scalars?(step: number, total: number): Readonly<Record<string, number>>;
  /** Further programs, by name. */
  readonly programs?: ReadonlyMap<string, (t: Trace) => Outputs | void>;
  /**
   * Parts of the scan that each cover all of it: the sweeps of an epoch are made for one after the other. Default: one.
   */
  readonly subsets?: number;
  /** Called before the sweeps of an epoch; `errors` are those of the run so far. */
  beforeEpoch?(host: RuleHost, errors: readonly number[]): Promise<void>;
  /** Called after the sweeps of an epoch; `errors` are those of the run so far. */
  afterEpoch?(host: RuleHost, errors: readonly number[]): Promise<void>;
  /** Tensors of the state that a later run goes on with: momenta, named `object...` where they lie on its canvas. */
  readonly memory?: readonly string[];
  /** Shifts of positions are gradients without a scale: Adam gives it to them. */
  readonly adaptsPositions?: boolean;
  /**
   * The rule keeps exit waves: what would turn them (orthogonal modes, centring, ramp) waits for the end of the run.
   */
  readonly keepsWaves?: boolean;
  /** The rule divides by the illumination of the whole scan, which is kept up to date for it. */
  readonly needsIllumination?: boolean;
}

/** Makes a rule of the settings. */
export type RuleMaker = (settings: SolverConfig) => Rule;
