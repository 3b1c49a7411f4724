/**
 * The door of `pictures`.
 *
 * @module
 */
export { GLYPH_ADVANCE, GLYPH_ROWS, glyphRows } from "./font.ts";
export { type Panel, panelZoom, sideBySide } from "./panels.ts";
export { linePlot } from "./plot.ts";
export { encodePng, percentileLimits, renderAmplitude, type Rendered, renderPhase, writePng } from "./png.ts";
export type { Raster } from "./raster.ts";
