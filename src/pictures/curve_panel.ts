/**
 * Curves with axes, and a legend above them, where it hides none.
 *
 * @module
 */
import { line } from "../deps/d3_shape.ts";
import { type Axis, axisBetween } from "./axis.ts";
import { type Block, type Rect, TITLE_HEIGHT, TITLE_SIZE } from "./block.ts";
import { element, FAINT, textElement, textWidth } from "./svg.ts";

/** A curve. Points that are not finite (or not positive on a log scale) leave a gap. */
export interface Series {
  /** In the legend; an empty name stays out of it. */
  readonly name: string;
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  /** Dots at the points; default for up to 40 of them. */
  readonly dots?: boolean;
  /** A grey dashed line, as of a threshold. Default false. */
  readonly dashed?: boolean;
  /** Ends of an upright bar at each point, as of the spread of repeats. */
  readonly low?: ArrayLike<number>;
  readonly high?: ArrayLike<number>;
  /** Single values beside the curve, as faint dots. */
  readonly points?: { readonly x: ArrayLike<number>; readonly y: ArrayLike<number> };
}

/** Curves in one pair of axes. */
export interface CurvePanel {
  readonly series: readonly Series[];
  readonly title?: string;
  /** With its unit: `epoch`, `spatial frequency (cycles/px)`. */
  readonly xLabel?: string;
  readonly yLabel?: string;
  /** Logarithmic axes. Default false. */
  readonly logX?: boolean;
  readonly logY?: boolean;
  /** Marks at whole numbers alone along x, as of epochs. Default false. */
  readonly wholeX?: boolean;
  /** Values at the ends of the y axis, which must span the curves; default theirs with some room. */
  readonly yLimits?: readonly [number, number];
  /** Width of the whole panel in pixels. Default 640. */
  readonly width?: number;
  /** Height of the axes in pixels. Default 340. */
  readonly height?: number;
}

/**
 * Distinguishable with the common colour blindnesses: M. Okabe and K. Ito, "Color Universal Design", 2008.
 */
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#333333"];
const GRID = "#e6e6e6";
const LEGEND_LINE = 20;
const SAMPLE = 26;

/** Lays a panel of curves out; `titled` keeps room for a title that others in its row have. */
export function curveBlock(panel: CurvePanel, titled: boolean): Block {
  const { width = 640, height = 340 } = panel;
  const { x, y } = axesOf(panel);
  const labels = Math.max(0, ...y.ticks.map(({ label }) => textWidth(label)));
  const left = (panel.yLabel ? 22 : 0) + labels + 10;
  const axes = { width: width - left - 14, height };
  const keys = legendRows(panel.series, axes.width);
  const top = (titled ? TITLE_HEIGHT : 0) + (y.factor ? 16 : 0) + keys.length * LEGEND_LINE +
    (keys.length > 0 ? 4 : 0);
  const bottom = 22 + (panel.xLabel ? 20 : 0);
  return {
    width,
    height: top + height + bottom,
    draw: (atX, atY) => {
      const area = { x: atX + left, y: atY + top, ...axes };
      const legendTop = atY + (titled ? TITLE_HEIGHT : 0);
      return [
        panel.title
          ? textElement(panel.title, { x: area.x, y: atY + TITLE_SIZE, size: TITLE_SIZE, bold: true })
          : "",
        drawLegend(keys, { x: area.x, y: legendTop }),
        drawAxes(area, { x, y, panel, left: atX }),
        ...panel.series.map((series, i) =>
          drawSeries(series, area, { x, y, colour: colourOf(panel.series, i) })
        ),
      ].join("");
    },
  };
}

/** Dashed curves are grey and take no colour from the others. */
function colourOf(series: readonly Series[], index: number): string {
  if (series[index].dashed) return FAINT;
  return COLOURS[series.slice(0, index).filter(({ dashed }) => !dashed).length % COLOURS.length];
}

function axesOf(
  { series, logX = false, logY = false, wholeX = false, yLimits, height = 340 }: CurvePanel,
): { x: Axis; y: Axis } {
  const usable = (log: boolean) => (value: number) => Number.isFinite(value) && (!log || value > 0);
  const xs = series.flatMap((one) => [...Array.from(one.x), ...Array.from(one.points?.x ?? [])])
    .filter(usable(logX));
  // an axis of decades has few values, which are not to lie on its ends
  const ends = rangeOf(xs, logX ? [1, 10] : [0, 1]);
  const [left, right] = logX ? withRoom(ends, true) : ends;
  const x = axisBetween(left, right, { count: 6, whole: wholeX, log: logX });
  const ys = series.flatMap((one) => [one.y, one.low, one.high, one.points?.y])
    .flatMap((values) => Array.from(values ?? [])).filter(usable(logY));
  const [low, high] = yLimits ?? withRoom(rangeOf(ys, logY ? [1, 10] : [0, 1]), logY);
  return { x, y: axisBetween(low, high, { count: Math.max(2, Math.round(height / 60)), log: logY }) };
}

function rangeOf(values: readonly number[], none: readonly [number, number]): readonly [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return low > high ? none : [low, high];
}

function withRoom([low, high]: readonly [number, number], log: boolean): readonly [number, number] {
  const room = 0.05;
  if (!log) return [low - room * (high - low), high + room * (high - low)];
  const factor = (high / low) ** room;
  return [low / factor, high * factor];
}

interface Key {
  readonly name: string;
  readonly colour: string;
  readonly dashed: boolean;
  /** From the left of the legend. */
  readonly x: number;
}

function legendRows(series: readonly Series[], width: number): Key[][] {
  const rows: Key[][] = [];
  let x = 0;
  series.forEach(({ name, dashed = false }, i) => {
    if (!name) return;
    const wide = SAMPLE + 8 + textWidth(name) + 18;
    if (rows.length === 0 || x + wide > width) {
      rows.push([]);
      x = 0;
    }
    rows[rows.length - 1].push({ name, colour: colourOf(series, i), dashed, x });
    x += wide;
  });
  return rows;
}

function drawLegend(rows: readonly (readonly Key[])[], at: { x: number; y: number }): string {
  if (rows.length === 0) return "";
  const keys = rows.flatMap((row, r) =>
    row.flatMap(({ name, colour, dashed, x }) => {
      const [left, middle] = [at.x + x, at.y + r * LEGEND_LINE + 10];
      const stroke = { stroke: colour, "stroke-width": 2, "stroke-dasharray": dashed ? "5 4" : undefined };
      return [
        element("line", { x1: left, x2: left + SAMPLE, y1: middle, y2: middle, ...stroke }),
        textElement(name, { x: left + SAMPLE + 8, y: middle + 4 }),
      ];
    })
  );
  return element("g", { class: "legend" }, keys.join(""));
}

function drawAxes(
  area: Rect,
  { x, y, panel, left }: { x: Axis; y: Axis; panel: CurvePanel; left: number },
): string {
  const bottom = area.y + area.height, right = area.x + area.width;
  const along = x.ticks.flatMap(({ value, label }) => {
    const at = area.x + x.at(value) * area.width;
    return [
      element("line", { x1: at, x2: at, y1: area.y, y2: bottom, stroke: GRID }),
      textElement(label, { x: at, y: bottom + 17, anchor: "middle" }),
    ];
  });
  const up = y.ticks.flatMap(({ value, label }) => {
    const at = bottom - y.at(value) * area.height;
    return [
      element("line", { x1: area.x, x2: right, y1: at, y2: at, stroke: GRID }),
      textElement(label, { x: area.x - 7, y: at + 4, anchor: "end" }),
    ];
  });
  const { xLabel, yLabel } = panel;
  const xFactor = x.factor ? ` (${x.factor})` : "";
  return element(
    "g",
    { class: "axes" },
    [
      ...along,
      ...up,
      element("rect", { ...area, fill: "none", stroke: FAINT }),
      y.factor ? textElement(y.factor, { x: area.x, y: area.y - 5 }) : "",
      xLabel
        ? textElement(xLabel + xFactor, { x: area.x + area.width / 2, y: bottom + 37, anchor: "middle" })
        : "",
      yLabel
        ? textElement(yLabel, { x: left + 12, y: area.y + area.height / 2, anchor: "middle", upwards: true })
        : "",
    ].join(""),
  );
}

function drawSeries(
  series: Series,
  area: Rect,
  { x, y, colour }: { x: Axis; y: Axis; colour: string },
): string {
  const place = (px: number, py: number): [number, number] => [
    area.x + x.at(px) * area.width,
    area.y + (1 - y.at(py)) * area.height,
  ];
  const placed = (xs: ArrayLike<number>, ys: ArrayLike<number>) =>
    Array.from({ length: Math.min(xs.length, ys.length) }, (_, i) => place(xs[i], ys[i]));
  const shown = ([px, py]: readonly [number, number]) => Number.isFinite(px) && Number.isFinite(py);
  const points = placed(series.x, series.y);
  const path = line<[number, number]>().defined(shown).digits(2)(points) ?? "";
  const dots = series.dots ?? (!series.dashed && points.length <= 40)
    ? points.filter(shown).map(([cx, cy]) => element("circle", { cx, cy, r: 3, fill: colour }))
    : [];
  const { points: single } = series;
  const faint = single ? placed(single.x, single.y).filter(shown) : [];
  return element(
    "g",
    { class: "curve", "aria-label": series.name },
    [
      ...faint.map(([cx, cy]) =>
        element("circle", { cx, cy, r: 2.5, fill: "none", stroke: colour, "stroke-opacity": 0.7 })
      ),
      drawSpread(placed(series.x, series.low ?? []), placed(series.x, series.high ?? []), colour),
      element("path", {
        d: path,
        fill: "none",
        stroke: colour,
        "stroke-width": series.dashed ? 1.5 : 2,
        "stroke-linejoin": "round",
        "stroke-dasharray": series.dashed ? "5 4" : undefined,
      }),
      ...dots,
    ].join(""),
  );
}

/** Upright bars with short feet, from low to high. */
function drawSpread(
  low: readonly (readonly [number, number])[],
  high: readonly (readonly [number, number])[],
  stroke: string,
): string {
  const foot = 3;
  const bars = low.flatMap(([x, bottom], i) => {
    const top = high[i]?.[1];
    if (top === undefined || ![x, bottom, top].every(Number.isFinite)) return [];
    const across = (y: number) => `M${(x - foot).toFixed(2)} ${y.toFixed(2)}h${2 * foot}`;
    return [`M${x.toFixed(2)} ${bottom.toFixed(2)}V${top.toFixed(2)}${across(bottom)}${across(top)}`];
  });
  return bars.length === 0
    ? ""
    : element("path", { d: bars.join(""), fill: "none", stroke, "stroke-width": 1.2 });
}
