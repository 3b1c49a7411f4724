/**
 * Scales of axes with marks at round numbers.
 *
 * @module
 */
import { scaleLinear, scaleLog } from "../deps/d3_scale.ts";

/** One mark of an axis. */
export interface Tick {
  readonly value: number;
  readonly label: string;
}

/** A range of values with its marks. */
export interface Axis {
  readonly domain: readonly [number, number];
  readonly ticks: readonly Tick[];
  /** Common factor of all labels, such as `×10⁶`; absent if it is 1. */
  readonly factor?: string;
  /** Maps a value to its place on the axis, 0 to 1. */
  readonly at: (value: number) => number;
}

/** Options of {@linkcode axisBetween}. */
export interface AxisOptions {
  /** About how many marks. Default 5. */
  readonly count?: number;
  readonly log?: boolean;
  /** Marks at whole numbers alone, as of epochs. Default false. */
  readonly whole?: boolean;
}

/**
 * Returns the axis from `low` to `high`, ends as they are. Equal ends are moved apart; on a log scale both must be
 * positive.
 */
export function axisBetween(low: number, high: number, options: AxisOptions = {}): Axis {
  const { count = 5, log = false, whole = false } = options;
  const domain = apart(low, high, log);
  if (log) return logAxis(domain, count);
  const scale = scaleLinear(domain, [0, 1]);
  const ticks = scale.ticks(count).filter((value) => !whole || Number.isInteger(value));
  return { domain, at: scale, ...labelled(ticks.length > 0 ? ticks : scale.ticks(10 * count)) };
}

function apart(low: number, high: number, log: boolean): [number, number] {
  if (log && high / low < 1 + 1e-6) return [low / 2, high * 2];
  if (!log && high - low <= 1e-9 * Math.max(Math.abs(low), Math.abs(high))) {
    const reach = Math.abs(low) / 10 || 0.5;
    return [low - reach, high + reach];
  }
  return [low, high];
}

/** Powers of ten over many decades, 1, 2 and 5 over a few, and the marks of a linear axis within one. */
function logAxis(domain: [number, number], count: number): Axis {
  const [low, high] = domain;
  const scale = scaleLog(domain, [0, 1]);
  const decades = Math.log10(high / low);
  if (decades < 1) return { domain, at: scale, ...labelled(scaleLinear(domain, [0, 1]).ticks(count)) };
  const stride = decades > 3 ? Math.ceil(decades / (count + 1)) : 1;
  const factors = decades > 3 ? [1] : decades > 1.7 ? [1, 3] : [1, 2, 5];
  const ticks: Tick[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    if (power % stride !== 0) continue;
    for (const factor of factors) {
      const value = Number(`${factor}e${power}`);
      if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) {
        ticks.push({ value, label: logLabel(factor, power) });
      }
    }
  }
  return { domain, at: scale, ticks };
}

function logLabel(factor: number, power: number): string {
  if (power >= -2 && power <= 3) return String(Number(`${factor}e${power}`));
  return factor === 1 ? `10${superscript(power)}` : `${factor}×10${superscript(power)}`;
}

/** Labels with as many decimals as their steps need; of very large and small values a power of ten is taken out. */
function labelled(values: readonly number[]): Pick<Axis, "ticks" | "factor"> {
  const most = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  const power = most === 0 ? 0 : Math.floor(Math.log10(most) + 1e-9);
  const taken = power >= 5 || power <= -3 ? power : 0;
  const decimals = decimalsOf(values.map((value) => value / 10 ** taken), most / 10 ** taken);
  const label = (value: number) => {
    const text = (value / 10 ** taken).toFixed(decimals);
    return /^-0\.?0*$/.test(text) ? text.slice(1) : text.replace("-", "−");
  };
  const ticks = values.map((value) => ({ value, label: label(value) }));
  return taken === 0 ? { ticks } : { ticks, factor: `×10${superscript(taken)}` };
}

/** The fewest decimals that write every value to nine digits of the largest. */
function decimalsOf(values: readonly number[], most: number): number {
  const enough = (decimals: number) =>
    values.every((value) => Math.abs(Number(value.toFixed(decimals)) - value) <= 1e-9 * most);
  let decimals = 0;
  while (decimals < 12 && !enough(decimals)) decimals++;
  return decimals;
}

function superscript(power: number): string {
  return [...String(power)].map((digit) => digit === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]).join("");
}
