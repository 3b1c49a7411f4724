/**
 * An image with title, colour bar, scale bar and marks.
 *
 * @module
 */
import { encodeBase64 } from "./base64.ts";
import { axisBetween, type Tick } from "./axis.ts";
import { type Block, type Rect, TITLE_HEIGHT, TITLE_SIZE } from "./block.ts";
import { encodeRaster, type Raster, type Rgb, shrinkRaster } from "./raster.ts";
import type { Rendered } from "./render.ts";
import { type Scale, type ScaleBar, scaleBar } from "./scale_bar.ts";
import { element, FAINT, textElement, textWidth } from "./svg.ts";

/** Dots or arrows over an image, in its pixels: (0, 0) is the middle of the pixel of row 0, column 0. */
export interface Marks {
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  /** Arrows go from (x, y) to (x + dx, y + dy); without them there are dots. */
  readonly dx?: ArrayLike<number>;
  readonly dy?: ArrayLike<number>;
}

/** An image with what belongs to it. */
export interface ImagePanel {
  /** Pixels alone, or with the scale that they were rendered with, for a colour bar. */
  readonly image: Raster | Rendered;
  readonly title?: string;
  /** Quantity and unit beside the colour bar: `phase (rad)`. */
  readonly label?: string;
  /** Draw the colour bar of a rendered image. Default true. */
  readonly colourBar?: boolean;
  /** For a scale bar in nm or µm, or in pixels. Default none. */
  readonly scale?: Scale;
  readonly marks?: Marks;
}

const BAR = { gap: 10, width: 14 } as const;
/** Colours of marks: white with a dark edge is seen on any ground. */
const MARK = "#ffffff";
const MARK_EDGE = "#1a1a1a";

/** Lays an image out so that its longer side takes about `side` pixels. */
export function imageBlock(panel: ImagePanel, { side, titled }: { side: number; titled: boolean }): Block {
  const { image, title } = panel;
  const zoom = zoomFor(image, side);
  const size = { width: image.width * zoom, height: image.height * zoom };
  const bar = "limits" in image && panel.colourBar !== false ? colourBar(image, size.height) : undefined;
  const right = bar ? BAR.gap + BAR.width + 8 + bar.wide + (panel.label ? 22 : 0) : 0;
  const top = titled ? TITLE_HEIGHT : 0;
  const titleWidth = title ? textWidth(title, { size: TITLE_SIZE, bold: true }) : 0;
  return {
    width: Math.max(size.width + right, titleWidth),
    height: top + size.height,
    draw: (x, y) => {
      const area = { x, y: y + top, ...size };
      return [
        title ? textElement(title, { x, y: y + TITLE_SIZE, size: TITLE_SIZE, bold: true }) : "",
        drawPixels(image, area),
        panel.marks ? drawMarks(panel.marks, area, zoom) : "",
        element("rect", { ...area, fill: "none", stroke: FAINT }),
        panel.scale === undefined
          ? ""
          : drawScaleBar(scaleBar(panel.scale, { width: image.width, zoom }), area),
        bar ? drawBar(bar, area, panel.label) : "",
      ].join("");
    },
  };
}

/** A whole number of pixels for each of a small image; a large one is shrunk. */
function zoomFor({ width, height }: Raster, side: number): number {
  const zoom = side / Math.max(width, height, 1);
  if (zoom >= 1) return Math.max(1, Math.round(zoom));
  // up to half as large again stays sharp, pixel for pixel
  return zoom > 0.66 ? 1 : zoom;
}

/** The pixels as they are, or averaged down to twice the size at which they are drawn. */
function drawPixels(image: Raster, area: Rect): string {
  const factor = Math.max(1, Math.floor(image.width / (2 * area.width)));
  const shown = factor > 1 ? shrinkRaster(image, factor) : image;
  const sharp = area.width >= image.width;
  return element("image", {
    ...area,
    preserveAspectRatio: "none",
    // the older name of `pixelated`, which rasterisers know as well
    "image-rendering": sharp ? "optimizeSpeed" : undefined,
    href: `data:image/png;base64,${encodeBase64(encodeRaster(shown))}`,
  });
}

/** A colour bar: its marks, with their places from 0 to 1. */
export interface ColourBar {
  readonly colourAt: (place: number) => Rgb;
  readonly ticks: readonly (Tick & { readonly at: number })[];
  readonly factor?: string;
  /** Width of the widest label. */
  readonly wide: number;
}

/** Lays out the colour bar of a rendered image at a height in pixels. */
export function colourBar({ limits, colourAt }: Rendered, height: number): ColourBar {
  const [low, high] = limits;
  const whole = Math.abs(high - low - 2 * Math.PI) < 1e-6 && Math.abs(low + Math.PI) < 1e-6;
  const { at, ticks, factor } = whole ? circle() : axisBetween(low, high, { count: height >= 200 ? 5 : 3 });
  const placed = ticks.map((tick) => ({ ...tick, at: at(tick.value) }));
  return {
    colourAt,
    ticks: placed,
    factor,
    wide: Math.max(0, ...placed.map(({ label }) => textWidth(label))),
  };
}

/** The marks of a whole circle of phases. */
function circle() {
  const labels = ["−π", "−π/2", "0", "π/2", "π"];
  const ticks = labels.map((label, i) => ({ label, value: (i / 2 - 1) * Math.PI }));
  return { ticks, factor: undefined, at: (value: number) => value / (2 * Math.PI) + 0.5 };
}

function drawBar(bar: ColourBar, area: Rect, label: string | undefined): string {
  const x = area.x + area.width + BAR.gap;
  const steps = 256;
  const data = new Uint8Array(3 * steps);
  for (let i = 0; i < steps; i++) data.set(bar.colourAt(1 - i / (steps - 1)), 3 * i);
  const pixels = encodeRaster({ width: 1, height: steps, channels: 3, data });
  const place = { x, y: area.y, width: BAR.width, height: area.height };
  const right = x + BAR.width;
  const ticks = bar.ticks.flatMap(({ at, label: text }) => {
    const y = area.y + (1 - at) * area.height;
    // labels at the ends stay within the height of the bar
    const base = Math.min(area.y + area.height - 1, Math.max(area.y + 9, y + 4));
    return [
      element("line", { x1: right, x2: right + 4, y1: y, y2: y, stroke: FAINT }),
      textElement(text, { x: right + 8, y: base }),
    ];
  });
  const named = [label, bar.factor && `(${bar.factor})`].filter((part) => part).join(" ");
  const labelX = right + 8 + bar.wide + 18;
  return element(
    "g",
    { class: "colour-bar" },
    [
      element("image", {
        ...place,
        preserveAspectRatio: "none",
        href: `data:image/png;base64,${encodeBase64(pixels)}`,
      }),
      element("rect", { ...place, fill: "none", stroke: FAINT }),
      ...ticks,
      named
        ? textElement(named, { x: labelX, y: area.y + area.height / 2, anchor: "middle", upwards: true })
        : "",
    ].join(""),
  );
}

/** White on a dark ground, in the lower left corner. */
function drawScaleBar({ pixels, label }: ScaleBar, area: Rect): string {
  const inner = Math.max(pixels, textWidth(label, { size: 12 }));
  const box = { width: inner + 14, height: 29 };
  if (box.width + 12 > area.width || box.height + 12 > area.height) return "";
  const x = area.x + 6, y = area.y + area.height - box.height - 6;
  return element(
    "g",
    { class: "scale-bar" },
    [
      element("rect", { x, y, ...box, rx: 3, fill: "#000000", "fill-opacity": 0.65 }),
      textElement(label, { x: x + box.width / 2, y: y + 14, anchor: "middle", fill: "#ffffff" }),
      element("rect", {
        x: x + (box.width - pixels) / 2,
        y: y + 20,
        width: pixels,
        height: 4,
        fill: "#ffffff",
      }),
    ].join(""),
  );
}

function drawMarks({ x, y, dx, dy }: Marks, area: Rect, zoom: number): string {
  const at = (value: number) => (value + 0.5) * zoom;
  const marks = Array.from({ length: x.length }, (_, i) => {
    const [px, py] = [area.x + at(x[i]), area.y + at(y[i])];
    return dx && dy ? arrow([px, py], [px + dx[i] * zoom, py + dy[i] * zoom]) : dot(px, py);
  });
  return element("g", { class: "marks" }, marks.join(""));
}

function dot(cx: number, cy: number): string {
  return element("circle", { cx, cy, r: 2.4, fill: MARK, stroke: MARK_EDGE, "stroke-width": 0.9 });
}

/** A line with a head of two strokes, edged so that it is seen on any ground. */
function arrow([x0, y0]: readonly [number, number], [x1, y1]: readonly [number, number]): string {
  const length = Math.hypot(x1 - x0, y1 - y0);
  if (length < 0.5) return dot(x0, y0);
  const head = Math.min(5, length / 2) / length;
  const side = (turn: number) => {
    const [bx, by] = [(x0 - x1) * head, (y0 - y1) * head];
    const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
    return `${(x1 + bx * cos - by * sin).toFixed(2)} ${(y1 + bx * sin + by * cos).toFixed(2)}`;
  };
  const tip = `${x1.toFixed(2)} ${y1.toFixed(2)}`;
  const d = `M${x0.toFixed(2)} ${y0.toFixed(2)}L${tip}M${side(0.5)}L${tip}L${side(-0.5)}`;
  const stroke = (colour: string, width: number) =>
    element("path", { d, fill: "none", stroke: colour, "stroke-width": width, "stroke-linecap": "round" });
  return stroke(MARK_EDGE, 3) + stroke(MARK, 1.5);
}
