/**
 * Curves in characters, for a terminal.
 *
 * @module
 */
import { formatNumber } from "./table.ts";

/** A curve; points that are not finite are left out. */
export interface TerminalSeries {
  readonly name: string;
  /** One character. Where curves meet, the later one is seen. */
  readonly mark: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** Options of {@linkcode terminalPlot}. */
export interface TerminalPlotOptions {
  /** In characters, axis included. Default 80. */
  readonly width?: number;
  /** Lines of the curves, one more than a multiple of four so that both ends have labels. Default 13. */
  readonly height?: number;
  readonly xLabel?: string;
}

/** From this ratio of largest to least value on, the axis is logarithmic. */
const LOG_RATIO = 5;
const LABEL_WIDTH = 10;

/** Returns lines of a plot with axes and legend; none where there is nothing to show. */
export function terminalPlot(
  series: readonly TerminalSeries[],
  { width = 80, height = 13, xLabel = "" }: TerminalPlotOptions = {},
): string[] {
  const usable = series.map((curve) => ({ ...curve, points: pointsOf(curve) }));
  const points = usable.flatMap((curve) => curve.points);
  if (points.length === 0) return [];
  const [x0, x1] = rangeOf(points.map(([x]) => x));
  const [y0, y1] = rangeOf(points.map(([, y]) => y));
  const log = y0 > 0 && y1 / y0 >= LOG_RATIO;
  const map = log ? Math.log : (value: number) => value;
  const unmap = log ? Math.exp : (value: number) => value;
  const columns = Math.max(5, width - LABEL_WIDTH - 2);
  const place = (value: number, [low, high]: readonly [number, number], steps: number) =>
    high > low ? Math.round((value - low) / (high - low) * (steps - 1)) : 0;
  const field = Array.from({ length: height }, () => new Array<string>(columns).fill(" "));
  const span = [map(y0), map(y1)] as const;
  for (const { mark, points } of usable) {
    for (const [x, y] of points) {
      field[height - 1 - place(map(y), span, height)][place(x, [x0, x1], columns)] = mark;
    }
  }
  const labelAt = (row: number) => {
    if (row % 4 !== (height - 1) % 4) return "";
    const part = height > 1 ? (height - 1 - row) / (height - 1) : 0;
    return formatNumber(Number(unmap(span[0] + part * (span[1] - span[0])).toPrecision(4)));
  };
  const legend = usable.filter((curve) => curve.points.length > 0).map(({ name, mark }) => `${mark} ${name}`);
  const ends = [formatNumber(x0), formatNumber(x1)];
  const gap = Math.max(1, columns - ends[0].length - ends[1].length);
  const middle = xLabel.length + 2 <= gap
    ? xLabel.padStart(Math.floor((gap + xLabel.length) / 2)).padEnd(gap)
    : " ".repeat(gap);
  return [
    `${" ".repeat(LABEL_WIDTH + 2)}${legend.join("   ")}${log ? "   (logarithmic)" : ""}`,
    ...field.map((row, i) => `${labelAt(i).padStart(LABEL_WIDTH)} |${row.join("")}`.trimEnd()),
    `${" ".repeat(LABEL_WIDTH)} +${"-".repeat(columns)}`,
    `${" ".repeat(LABEL_WIDTH + 2)}${ends[0]}${middle}${x1 > x0 ? ends[1] : ""}`.trimEnd(),
  ];
}

function pointsOf({ x, y }: TerminalSeries): [number, number][] {
  return x.map((value, i): [number, number] => [value, y[i]]).filter((point) => point.every(Number.isFinite));
}

function rangeOf(values: readonly number[]): [number, number] {
  return values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [
    Infinity,
    -Infinity,
  ]);
}
