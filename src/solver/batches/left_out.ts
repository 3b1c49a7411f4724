/**
 * Patterns that no update uses: their misfit shows when a run begins to fit the noise.
 *
 * @module
 */
import { ConfigError } from "../../common/mod.ts";
import type { SolverConfig } from "../../config/mod.ts";
import { type PositionsPx, Random } from "../../numeric/mod.ts";
import type { Engine } from "../engine.ts";
import type { Frame } from "../model/frame.ts";
import type { PatternTable } from "../patterns.ts";
import type { Rule } from "../rules/rule.ts";
import { coveringSubsets } from "./subsets.ts";

/** Epochs without a new least misfit after which a run ends. */
const PATIENCE = 5;
/** Part by which a misfit must fall to be the new least one. */
const LEAST_GAIN = 1e-4;

/** Numbers of the patterns that are used, and of those that are left out. */
export interface Division {
  readonly used: Int32Array;
  readonly leftOut: Int32Array;
}

/** Leaves out one of several subsets that each cover the scan. Throws `ConfigError` where nothing can be left out. */
export function divide(positions: PositionsPx, settings: SolverConfig, rule: Rule): Division {
  const n = positions.x.length;
  const all = Int32Array.from({ length: n }, (_, i) => i);
  if (settings.leftOut === 0) return { used: all, leftOut: new Int32Array() };
  if (rule.keepsWaves) {
    throw new ConfigError(
      `leftOut: found ${settings.leftOut} with ${settings.algorithm}, which keeps exit waves; expected 0, or another algorithm`,
    );
  }
  const parts = Math.round(1 / settings.leftOut);
  if (n < 2 * parts) {
    throw new ConfigError(
      `leftOut: found ${settings.leftOut} with ${n} patterns; expected at least two patterns left out: use more patterns, or 0`,
    );
  }
  const random = new Random(settings.seed, "left-out patterns");
  const leftOut = coveringSubsets(positions, { count: parts, random })[0].sort();
  const without = new Set(leftOut);
  return { used: all.filter((k) => !without.has(k)), leftOut };
}

/** State of a run at an epoch, as far as the misfit depends on it. */
interface Kept {
  readonly epoch: number;
  readonly error: number;
  readonly tensors: ReadonlyMap<string, Float32Array>;
  readonly columns: ReadonlyMap<string, Float32Array>;
  readonly positions: PositionsPx;
  readonly frame: Frame;
}

const copied = (columns: ReadonlyMap<string, Float32Array>) =>
  new Map([...columns].map(([name, values]) => [name, values.slice()]));

/** Follows the misfit of the left-out patterns, and keeps the epoch with the least. */
export class LeftOutJudge {
  #kept: Kept | undefined;

  constructor(
    private readonly engine: Engine,
    private readonly patterns: PatternTable,
    private readonly tensors: readonly string[],
  ) {}

  /** The epoch with the least misfit so far. */
  get best(): { readonly epoch: number; readonly error: number } | undefined {
    return this.#kept;
  }

  /** Looks at an epoch; true where the run is to end. */
  async ends(epoch: number, error: number): Promise<boolean> {
    const kept = this.#kept;
    if (kept && error > kept.error * (1 - LEAST_GAIN)) return epoch - kept.epoch >= PATIENCE;
    const { x, y } = this.patterns.positions;
    const tensors = new Map<string, Float32Array>();
    for (const name of this.tensors) tensors.set(name, await this.engine.programs.read(name));
    this.#kept = {
      epoch,
      error,
      tensors,
      columns: copied(this.patterns.columns),
      positions: { x: x.slice(), y: y.slice() },
      frame: this.engine.frame,
    };
    return false;
  }

  /** Goes back to the epoch with the least misfit; false where there is none. */
  restore(): boolean {
    if (!this.#kept) return false;
    const { tensors, columns, positions, frame } = this.#kept;
    for (const [name, values] of tensors) this.engine.programs.write(name, values);
    for (const [name, values] of columns) this.patterns.columns.get(name)?.set(values);
    this.patterns.positions.x.set(positions.x);
    this.patterns.positions.y.set(positions.y);
    this.engine.moveFrame({ x: frame.x0 - this.engine.frame.x0, y: frame.y0 - this.engine.frame.y0 });
    return true;
  }
}
