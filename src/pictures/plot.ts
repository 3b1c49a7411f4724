/**
 * Curves in a frame with axes, marks and a legend, as a picture.
 *
 * @module
 */
import { GLYPH_ROWS, textWidth } from "./font.ts";
import { Canvas, type Raster, type Rect, type Rgb } from "./raster.ts";
import { type Ticks, ticksBetween } from "./ticks.ts";

/** A curve. Points that are not finite (or not positive on a log scale) leave a gap. */
export interface Series {
  readonly name: string;
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  /** Dots at the points; default for up to 40 of them. */
  readonly dots?: boolean;
}

/** How {@linkcode linePlot} draws. */
export interface PlotOptions {
  readonly title?: string;
  readonly xLabel?: string;
  readonly yLabel?: string;
  /** Logarithmic y axis. Default false. */
  readonly logY?: boolean;
  /** Marks at whole numbers alone along x, as of epochs. Default false. */
  readonly wholeX?: boolean;
  /** In pixels. Default 960. */
  readonly width?: number;
  /** In pixels. Default 600. */
  readonly height?: number;
}

const INK: Rgb = [40, 40, 40];
const FRAME: Rgb = [120, 120, 120];
const GRID: Rgb = [232, 232, 232];
/** Blue, orange, green, red, violet, brown: told apart with the common colour blindnesses as well. */
const COLOURS: readonly Rgb[] = [
  [31, 105, 170],
  [222, 118, 18],
  [40, 145, 85],
  [190, 45, 60],
  [120, 85, 170],
  [115, 85, 60],
];
const TEXT = 2;

interface Scale {
  readonly low: number;
  readonly high: number;
  readonly ticks: Ticks;
  /** 0 to 1 along the axis. */
  readonly place: (value: number) => number;
}

/** The curves in one picture; the legend is in the corner where it covers least of them. */
export function linePlot(series: readonly Series[], options: PlotOptions = {}): Raster {
  const { width = 960, height = 600, logY = false, wholeX = false } = options;
  const canvas = new Canvas(width, height);
  const usable = (y: number) => Number.isFinite(y) && (!logY || y > 0);
  const x = makeScale(series.flatMap((curve) => Array.from(curve.x)).filter(Number.isFinite), {
    log: false,
    pad: 0,
    whole: wholeX,
  });
  const y = makeScale(series.flatMap((curve) => Array.from(curve.y)).filter(usable), {
    log: logY,
    pad: 0.05,
    whole: false,
  });
  const area = layOut(canvas, y, options);
  drawAxes(canvas, area, { x, y, options });
  series.forEach((curve, i) =>
    drawCurve(canvas, area, { x, y, curve, usable, colour: COLOURS[i % COLOURS.length] })
  );
  drawLegend(canvas, area, {
    series,
    points: series.flatMap((curve) => samples(curve, { x, y, area, usable })),
  });
  return canvas;
}

function makeScale(
  values: readonly number[],
  { log, pad, whole }: { log: boolean; pad: number; whole: boolean },
): Scale {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  if (low > high) [low, high] = log ? [1, 10] : [0, 1];
  const map = log ? Math.log10 : (value: number) => value;
  const unmap = log ? (value: number) => 10 ** value : (value: number) => value;
  let [from, to] = [map(low), map(high)];
  if (to - from < 1e-9 * (Math.abs(to) + 1)) [from, to] = [from - 0.5, to + 0.5];
  const room = pad * (to - from);
  [from, to] = [from - room, to + room];
  [low, high] = [unmap(from), unmap(to)];
  return {
    low,
    high,
    ticks: ticksBetween(low, high, { count: 6, log, whole }),
    place: (v) => (map(v) - from) / (to - from),
  };
}

function layOut(canvas: Canvas, y: Scale, { title, xLabel, yLabel }: PlotOptions): Rect {
  const line = GLYPH_ROWS * TEXT;
  const labels = Math.max(...y.ticks.values.map((value) => textWidth(y.ticks.format(value), TEXT)), 0);
  const left = 16 + (yLabel ? line + 12 : 0) + labels + 10;
  const top = 18 + (title ? line + 14 : 0);
  const bottom = 14 + line + 10 + (xLabel ? line + 12 : 0);
  return { x: left, y: top, width: canvas.width - left - 24, height: canvas.height - top - bottom };
}

function drawAxes(
  canvas: Canvas,
  area: Rect,
  { x, y, options }: { x: Scale; y: Scale; options: PlotOptions },
): void {
  const line = GLYPH_ROWS * TEXT;
  for (const value of x.ticks.values) {
    const at = area.x + Math.round(x.place(value) * (area.width - 1));
    const label = x.ticks.format(value);
    canvas.fill({ x: at, y: area.y, width: 1, height: area.height }, GRID);
    canvas.fill({ x: at, y: area.y + area.height, width: 1, height: 5 }, FRAME);
    const left = Math.min(
      canvas.width - textWidth(label, TEXT) - 4,
      at - Math.floor(textWidth(label, TEXT) / 2),
    );
    canvas.text(label, { x: left, y: area.y + area.height + 10, scale: TEXT, colour: INK });
  }
  for (const value of y.ticks.values) {
    const at = area.y + area.height - 1 - Math.round(y.place(value) * (area.height - 1));
    const label = y.ticks.format(value);
    canvas.fill({ x: area.x, y: at, width: area.width, height: 1 }, GRID);
    canvas.fill({ x: area.x - 5, y: at, width: 5, height: 1 }, FRAME);
    const left = area.x - 10 - textWidth(label, TEXT);
    canvas.text(label, { x: left, y: at - Math.floor(line / 2), scale: TEXT, colour: INK });
  }
  canvas.frame(area, FRAME);
  const { title, xLabel, yLabel } = options;
  const centre = (text: string) => area.x + Math.round((area.width - textWidth(text, TEXT)) / 2);
  if (title) canvas.text(title, { x: centre(title), y: 16, scale: TEXT, colour: INK });
  if (xLabel) {
    canvas.text(xLabel, { x: centre(xLabel), y: canvas.height - line - 12, scale: TEXT, colour: INK });
  }
  if (!yLabel) return;
  const bottom = area.y + Math.round((area.height + textWidth(yLabel, TEXT)) / 2);
  canvas.textUpwards(yLabel, { x: 14, y: bottom, scale: TEXT, colour: INK });
}

function drawCurve(
  canvas: Canvas,
  area: Rect,
  { x, y, curve, usable, colour }: {
    x: Scale;
    y: Scale;
    curve: Series;
    usable: (y: number) => boolean;
    colour: Rgb;
  },
): void {
  let previous: readonly [number, number] | undefined;
  const dots = curve.dots ?? curve.x.length <= 40;
  for (let i = 0; i < Math.min(curve.x.length, curve.y.length); i++) {
    if (!Number.isFinite(curve.x[i]) || !usable(curve.y[i])) {
      previous = undefined;
      continue;
    }
    const point = [
      area.x + x.place(curve.x[i]) * (area.width - 1),
      area.y + (1 - y.place(curve.y[i])) * (area.height - 1),
    ] as const;
    if (previous) canvas.line(previous, point, { colour, width: 2.5, within: area });
    if (dots || curve.x.length === 1) canvas.line(point, point, { colour, width: 8, within: area });
    previous = point;
  }
}

type Point = readonly [number, number];

/** Points all along a curve, in pixels. */
function samples(
  curve: Series,
  { x, y, area, usable }: { x: Scale; y: Scale; area: Rect; usable: (y: number) => boolean },
): Point[] {
  const points: Point[] = [];
  let previous: Point | undefined;
  for (let i = 0; i < Math.min(curve.x.length, curve.y.length); i++) {
    const shown = Number.isFinite(curve.x[i]) && usable(curve.y[i]);
    const point: Point | undefined = shown
      ? [area.x + x.place(curve.x[i]) * area.width, area.y + (1 - y.place(curve.y[i])) * area.height]
      : undefined;
    if (point) points.push(point);
    if (point && previous) {
      const [[x0, y0], [x1, y1]] = [previous, point];
      const count = Math.ceil(Math.hypot(x1 - x0, y1 - y0) / 8);
      for (let k = 1; k < count; k++) {
        points.push([x0 + (k / count) * (x1 - x0), y0 + (k / count) * (y1 - y0)]);
      }
    }
    previous = point;
  }
  return points;
}

/** Of the four corners that in which the fewest points lie; of equal ones the top right. */
function emptiestCorner(
  { width, height }: { width: number; height: number },
  { area, points }: { area: Rect; points: readonly Point[] },
): Rect {
  const [left, right] = [area.x + 12, area.x + area.width - width - 12];
  const [top, bottom] = [area.y + 12, area.y + area.height - height - 12];
  const corners = [[right, top], [left, bottom], [right, bottom], [left, top]] as const;
  const covered = corners.map(([x, y]) =>
    points.filter(([px, py]) => px >= x && px <= x + width && py >= y && py <= y + height).length
  );
  const [x, y] = corners[covered.indexOf(Math.min(...covered))];
  return { x, y, width, height };
}

function drawLegend(
  canvas: Canvas,
  area: Rect,
  { series, points }: { series: readonly Series[]; points: readonly Point[] },
): void {
  const named = series.map(({ name }, i) => ({ name, colour: COLOURS[i % COLOURS.length] }))
    .filter(({ name }) => name);
  if (named.length === 0) return;
  const line = GLYPH_ROWS * TEXT + 10;
  const width = Math.max(...named.map(({ name }) => textWidth(name, TEXT))) + 52;
  const box = emptiestCorner({ width, height: named.length * line + 8 }, { area, points });
  canvas.fill(box, [255, 255, 255]);
  canvas.frame(box, [210, 210, 210]);
  named.forEach(({ name, colour }, i) => {
    const y = box.y + 9 + i * line;
    canvas.fill({ x: box.x + 10, y: y + 6, width: 24, height: 3 }, colour);
    canvas.text(name, { x: box.x + 42, y, scale: TEXT, colour: INK });
  });
}
