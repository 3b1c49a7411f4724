/**
 * Round numbers along an axis.
 *
 * @module
 */

/** Marks of an axis, ascending. */
export interface Ticks {
  readonly values: readonly number[];
  readonly format: (value: number) => string;
}

/** How many marks, and on which scale. */
export interface TickOptions {
  /** About how many; default 5. */
  readonly count?: number;
  readonly log?: boolean;
  /** Whole numbers alone, as of epochs. Default false. */
  readonly whole?: boolean;
}

/** Round numbers of the steps 1, 2 and 5 in [low, high]; powers of ten and their 2 and 5 on a log scale. */
export function ticksBetween(low: number, high: number, options: TickOptions = {}): Ticks {
  const { count = 5, log = false, whole = false } = options;
  if (!(high > low)) return { values: [low], format: plain };
  const decades = log ? Math.log10(high / low) : 0;
  if (log && decades > 1) return { values: logTicks(low, high, { count, decades }), format: plain };
  const rough = Math.max((high - low) / count, whole ? 1 : 0);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const values: number[] = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++) values.push(k * step);
  const wide = Math.max(Math.abs(low), Math.abs(high)) >= 1e5 || step < 1e-4;
  return {
    values,
    format: wide ? plain : (value) => (Math.abs(value) < step / 2 ? 0 : value).toFixed(digits),
  };
}

function logTicks(
  low: number,
  high: number,
  { count, decades }: { count: number; decades: number },
): number[] {
  const factors = decades < 2 ? [1, 2, 5] : [1];
  const stride = Math.max(1, Math.ceil(decades / (count + 1)));
  const values: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    if (decades >= 2 && power % stride !== 0) continue;
    for (const factor of factors) {
      const value = factor * 10 ** power;
      if (value >= low * 0.9999 && value <= high * 1.0001) values.push(value);
    }
  }
  return values;
}

/** Short, whatever the size: 250, 0.05, 1e6. */
function plain(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e5 || size < 1e-3) return value.toExponential(2).replace(/\.?0+e/, "e").replace("e+", "e");
  return String(Number(value.toPrecision(4)));
}
