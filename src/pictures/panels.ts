/**
 * Several pictures side by side, with captions, scale bars and colour bars.
 *
 * @module
 */
import { GLYPH_ROWS, textWidth } from "./font.ts";
import { ticksBetween } from "./ticks.ts";
import type { Rendered } from "./png.ts";
import { Canvas, type Raster, type Rect, type Rgb } from "./raster.ts";

/** A picture with its caption. */
export interface Panel {
  readonly image: Raster | Rendered;
  readonly caption?: string;
  /** Draw the scale of a rendered image under it. Default: where there is one. */
  readonly colourBar?: boolean;
  /** Unit of the colour bar, such as `rad`. */
  readonly unit?: string;
  /** Side of a pixel in metres, for a scale bar in micrometres; `true` for one in pixels. Default none. */
  readonly scaleBar?: number | true;
  /** A curve or the like that already has its size: drawn as it is, whatever the zoom of the others. Default false. */
  readonly fixed?: boolean;
}

/** How {@linkcode sideBySide} lays out. */
export interface PanelsOptions {
  /** Panels in a row; default all in one. */
  readonly columns?: number;
  /** Around and between panels, in pixels. Default 16. */
  readonly margin?: number;
  /** Line above all panels. */
  readonly title?: string;
  /** Side of an image pixel in the picture, a whole number; default so that a panel is 240 or more wide. */
  readonly zoom?: number;
}

const INK: Rgb = [40, 40, 40];
const FRAME: Rgb = [190, 190, 190];
const BAR_HEIGHT = 10;

/** One picture of all panels, row by row; `undefined` leaves its place empty. */
export function sideBySide(places: readonly (Panel | undefined)[], options: PanelsOptions = {}): Raster {
  const { columns = places.length, margin = 16, title } = options;
  const panels = places.filter((panel) => panel !== undefined);
  const zoomed = panels.filter(({ fixed }) => !fixed);
  const zoom = options.zoom ?? panelZoom(zoomed);
  const zoomOf = ({ fixed }: Panel) => fixed ? 1 : zoom;
  const width = Math.max(1, ...panels.map((panel) => panel.image.width * zoomOf(panel)));
  const height = Math.max(1, ...panels.map((panel) => panel.image.height * zoomOf(panel)));
  const text = width >= 360 ? 2 : 1;
  const line = GLYPH_ROWS * text + 8;
  const captionLines = panels.some(({ caption }) => caption) ? line : 0;
  const barLines = panels.some(hasBar) ? BAR_HEIGHT + line + 6 : 0;
  const titleLines = title ? line + 8 : 0;
  const cell = { width: width + margin, height: height + margin + captionLines + barLines };
  const rows = Math.ceil(places.length / columns);
  const canvas = new Canvas(
    Math.min(columns, places.length) * cell.width + margin,
    rows * cell.height + margin + titleLines,
  );
  if (title) canvas.text(title, { x: margin, y: margin, scale: text, colour: INK });
  places.forEach((panel, i) => {
    if (!panel) return;
    const x = margin + (i % columns) * cell.width;
    const y = margin + titleLines + Math.floor(i / columns) * cell.height;
    if (panel.caption) canvas.text(panel.caption, { x, y, scale: text, colour: INK });
    const rect = {
      x,
      y: y + captionLines,
      width: panel.image.width * zoomOf(panel),
      height: panel.image.height * zoomOf(panel),
    };
    canvas.draw(panel.image, { x: rect.x, y: rect.y, zoom: zoomOf(panel) });
    canvas.frame(rect, FRAME);
    if (panel.scaleBar !== undefined) drawScaleBar(canvas, rect, { scaleBar: panel.scaleBar, zoom, text });
    if (hasBar(panel)) drawColourBar(canvas, rect, { panel, text });
  });
  return canvas;
}

/** The zoom at which the widest panel is 240 pixels wide or more. */
export function panelZoom(panels: readonly Panel[]): number {
  return Math.max(1, Math.ceil(240 / Math.max(1, ...panels.map(({ image }) => image.width))));
}

function hasBar(panel: Panel): panel is Panel & { image: Rendered } {
  return "colourAt" in panel.image && panel.colourBar !== false;
}

/** A bar of a round length, about a fifth of the width, white on a dark ground. */
function drawScaleBar(
  canvas: Canvas,
  rect: Rect,
  { scaleBar, zoom, text }: { scaleBar: number | true; zoom: number; text: number },
): void {
  const unit = scaleBar === true ? 1 : scaleBar * 1e6;
  const wanted = rect.width / zoom / 5 * unit;
  const power = 10 ** Math.floor(Math.log10(wanted));
  const length = power * ([5, 2, 1].find((step) => step * power <= wanted) ?? 1);
  const pixels = Math.round(length / unit * zoom);
  const label = scaleBar === true
    ? `${length} px`
    : length < 1
    ? `${Number((length * 1000).toPrecision(2))} nm`
    : `${length} µm`;
  const inner = Math.max(pixels, textWidth(label, text));
  const box = { width: inner + 12, height: GLYPH_ROWS * text + 16 };
  const [x, y] = [rect.x + 8, rect.y + rect.height - box.height - 8];
  if (box.width + 8 > rect.width || box.height + 8 > rect.height) return;
  canvas.fill({ x, y, ...box }, [25, 25, 25]);
  canvas.text(label, { x: x + 6, y: y + 4, scale: text, colour: [255, 255, 255] });
  canvas.fill({ x: x + 6, y: y + box.height - 6, width: pixels, height: 3 }, [255, 255, 255]);
}

function drawColourBar(
  canvas: Canvas,
  rect: Rect,
  { panel, text }: { panel: Panel & { image: Rendered }; text: number },
): void {
  const { limits, colourAt } = panel.image;
  const bar = { x: rect.x, y: rect.y + rect.height + 6, width: rect.width, height: BAR_HEIGHT };
  for (let i = 0; i < bar.width; i++) {
    canvas.fill(
      { x: bar.x + i, y: bar.y, width: 1, height: BAR_HEIGHT },
      colourAt(i / Math.max(1, bar.width - 1)),
    );
  }
  canvas.frame(bar, FRAME);
  const { values, format } = ticksBetween(limits[0], limits[1], { count: 4 });
  values.forEach((value, i) => {
    const place = bar.x + (value - limits[0]) / (limits[1] - limits[0] || 1) * (bar.width - 1);
    const label = format(value) + (i === values.length - 1 && panel.unit ? ` ${panel.unit}` : "");
    const wide = textWidth(label, text);
    const x = Math.round(Math.min(rect.x + rect.width - wide, Math.max(rect.x, place - wide / 2)));
    canvas.fill({ x: Math.round(place), y: bar.y + BAR_HEIGHT, width: 1, height: 3 }, INK);
    canvas.text(label, { x, y: bar.y + BAR_HEIGHT + 5, scale: text, colour: INK });
  });
}
