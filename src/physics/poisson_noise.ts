/**
 * Misfit of counts that photon noise alone causes.
 *
 * @module
 */

/** Logarithms of rates that are tabulated, and their distance. */
const LOWEST = -14, HIGHEST = 5.5, STEP = 0.05;

/**
 * E[D] of Poisson counts k of a rate, D = 2 (k log(k / rate) - k + rate), as a function of log(rate): 2 (E[k log k] -
 * rate log rate). Tabulated up to a rate of 245, 1 + 1 / (6 rate) beyond; right to 1e-3.
 */
export function expectedDeviance(): (logRate: number) => number {
  const count = Math.round((HIGHEST - LOWEST) / STEP);
  const table = Float64Array.from(
    { length: count + 1 },
    (_, i) => exactDeviance(Math.exp(LOWEST + i * STEP)),
  );
  return (logRate) => {
    if (logRate >= HIGHEST) return 1 + Math.exp(-logRate) / 6;
    const place = Math.max(0, (logRate - LOWEST) / STEP);
    const below = Math.min(Math.floor(place), count - 1);
    return table[below] + (place - below) * (table[below + 1] - table[below]);
  };
}

/** The sum over k, from the largest terms down to those that do not count. */
function exactDeviance(rate: number): number {
  const last = Math.ceil(rate + 12 * Math.sqrt(rate) + 20);
  let [probability, sum] = [Math.exp(-rate), 0];
  for (let k = 1; k <= last; k++) {
    probability *= rate / k;
    sum += probability * k * Math.log(k);
  }
  return 2 * (sum - rate * Math.log(rate));
}
