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
  return onCycle(step, totalSteps, { start, top: learningRate, end: start / END_DIVISOR });
}

/** Beta1 of Adam (or the momentum) at the ends of the cycle and at its top. */
const MOMENTUM_RANGE = { ends: 0.95, top: 0.85 } as const;

/**
 * The momentum that goes with {@linkcode learningRateAt}: `OneCycle` lowers it while the rate is high and raises it again
 * (Smith 2018, section 4.3, in PyTorch's form); `Constant` leaves `momentum` as it is.
 */
export function momentumAt(step: number, options: ScheduleOptions & { readonly momentum: number }): number {
  if (options.scheduler === "Constant") return options.momentum;
  const { ends, top } = MOMENTUM_RANGE;
  return onCycle(step, options.totalSteps, { start: ends, top, end: ends });
}

/** From `start` to `top` over the first tenth of the steps, then to `end`, both along half a cosine. */
function onCycle(
  step: number,
  totalSteps: number,
  { start, top, end }: { start: number; top: number; end: number },
): number {
  const peak = Math.max(WARM_UP * totalSteps - 1, 0);
  const last = Math.max(totalSteps - 1, peak + 1);
  if (step <= peak) return cosine({ from: start, to: top, part: peak === 0 ? 1 : step / peak });
  return cosine({ from: top, to: end, part: Math.min(1, (step - peak) / (last - peak)) });
}

function cosine({ from, to, part }: { from: number; to: number; part: number }): number {
  return to + (from - to) / 2 * (1 + Math.cos(Math.PI * part));
}
