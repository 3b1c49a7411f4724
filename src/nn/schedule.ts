/**
 * Learning rate over time.
 *
 * @module
 */

/** A schedule by name. */
export interface ScheduleOptions {
  readonly scheduler: "OneCycle" | "Constant";
  /** Largest rate. */
  readonly learningRate: number;
  /** Steps of the whole run. */
  readonly totalSteps: number;
}

const WARM_UP = 0.1;
const START_DIVISOR = 25;
const END_DIVISOR = 1e4;

/**
 * The rate of step 0, 1, 2, ... `OneCycle`: from a 25th of the largest rate up to it over the first 10 % of the steps,
 * then down to 1e-4 of the start, both along half a cosine (Smith and Topin 2017, in PyTorch's form).
 */
export function learningRateAt(
  step: number,
  { scheduler, learningRate, totalSteps }: ScheduleOptions,
): number {
  if (scheduler === "Constant") return learningRate;
  const start = learningRate / START_DIVISOR;
  const top = Math.max(WARM_UP * totalSteps - 1, 0);
  const last = Math.max(totalSteps - 1, top + 1);
  if (step <= top) return cosine({ from: start, to: learningRate, part: top === 0 ? 1 : step / top });
  return cosine({
    from: learningRate,
    to: start / END_DIVISOR,
    part: Math.min(1, (step - top) / (last - top)),
  });
}

function cosine({ from, to, part }: { from: number; to: number; part: number }): number {
  return to + (from - to) / 2 * (1 + Math.cos(Math.PI * part));
}
