/**
 * Figures: panels in rows and columns under a title, with notes below.
 *
 * @module
 */
import type { Block } from "./block.ts";
import { curveBlock, type CurvePanel } from "./curve_panel.ts";
import { imageBlock, type ImagePanel } from "./image_panel.ts";
import { element, FAINT, FONT_FAMILY, textElement, textWidth, wrapText } from "./svg.ts";

/** An image or curves. */
export type Panel = ImagePanel | CurvePanel;

/** Options of {@linkcode drawFigure}. */
export interface FigureOptions {
  /** Line above all panels. */
  readonly title?: string;
  /** Sentences below all panels, such as what was removed from a phase. */
  readonly notes?: readonly string[];
  /** Panels in a row; default all in one. */
  readonly columns?: number;
  /** Longer side of an image in pixels, to a factor that keeps its pixels whole; default by the number of columns. */
  readonly side?: number;
}

const MARGIN = 20;
const GAP = 26;
const TITLE = { size: 17, height: 32 } as const;
const NOTE = { size: 11.5, height: 16 } as const;

/** Draws the panels row by row as one SVG; `undefined` leaves a place empty. */
export function drawFigure(places: readonly (Panel | undefined)[], options: FigureOptions = {}): string {
  const { title, notes = [], columns = Math.max(1, places.length) } = options;
  const rows = Array.from(
    { length: Math.ceil(places.length / columns) },
    (_, r) => places.slice(r * columns, (r + 1) * columns),
  );
  const side = options.side ?? (columns === 1 ? 600 : columns === 2 ? 460 : columns === 3 ? 380 : 300);
  const blocks = rows.map((row) => {
    const titled = row.some((panel) => panel?.title);
    return row.map((panel) => panel && blockOf(panel, { side, titled }));
  });
  const widths = Array.from(
    { length: columns },
    (_, c) => Math.max(0, ...blocks.map((row) => row[c]?.width ?? 0)),
  );
  const heights = blocks.map((row) => Math.max(0, ...row.map((block) => block?.height ?? 0)));
  const inner = Math.max(
    total(widths),
    title ? Math.min(900, textWidth(title, { ...TITLE, bold: true })) : 0,
  );
  const lines = notes.flatMap((note) => wrapText(note, inner, NOTE));
  const head = title ? wrapText(title, inner, { ...TITLE, bold: true }) : [];
  const top = MARGIN + (head.length > 0 ? head.length * 22 + TITLE.height - 22 : 0);
  const size = {
    width: Math.ceil(inner + 2 * MARGIN),
    height: Math.ceil(
      top + total(heights) + (lines.length > 0 ? 12 + lines.length * NOTE.height : 0) + MARGIN,
    ),
  };
  const texts = [
    ...head.map((line, i) =>
      textElement(line, { x: MARGIN, y: MARGIN + 14 + 22 * i, size: TITLE.size, bold: true })
    ),
    ...lines.map((line, i) => {
      const y = top + total(heights) + 12 + NOTE.height * (i + 0.75);
      return textElement(line, { x: MARGIN, y, size: NOTE.size, fill: FAINT });
    }),
  ];
  return element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      ...size,
      viewBox: `0 0 ${size.width} ${size.height}`,
      "font-family": FONT_FAMILY,
    },
    [
      element("rect", { ...size, fill: "#ffffff" }),
      ...texts,
      ...placed(blocks, { widths, heights, top }),
    ].join("\n"),
  ) + "\n";
}

function blockOf(panel: Panel, { side, titled }: { side: number; titled: boolean }): Block {
  return "series" in panel ? curveBlock(panel, titled) : imageBlock(panel, { side, titled });
}

function placed(
  blocks: readonly (readonly (Block | undefined)[])[],
  { widths, heights, top }: { widths: readonly number[]; heights: readonly number[]; top: number },
): string[] {
  const start = (sizes: readonly number[], index: number) =>
    sizes.slice(0, index).reduce((sum, size) => sum + size + GAP, 0);
  return blocks.flatMap((row, r) =>
    row.flatMap((block, c) =>
      block
        ? [element("g", { class: "panel" }, block.draw(MARGIN + start(widths, c), top + start(heights, r)))]
        : []
    )
  );
}

/** Sizes with the gaps between them. */
function total(sizes: readonly number[]): number {
  return sizes.reduce((sum, size) => sum + size, 0) + GAP * Math.max(0, sizes.length - 1);
}
