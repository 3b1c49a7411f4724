/**
 * Pictures for people: images with colour and scale bars, curves, grids of both.
 *
 * In go arrays (images, curves, positions) with their titles and units; out come {@linkcode figure SVG text} and
 * {@linkcode writePng PNG files}, or {@linkcode renderAmplitude bare pixels}. Called by everything that writes pictures.
 * Imports host and numeric; d3, the rasteriser and its font are loaded when the first figure is drawn.
 *
 * @module
 */
export type { CurvePanel, Series } from "./curve_panel.ts";
export type { FigureOptions, Panel } from "./figure.ts";
export type { ImagePanel, Marks } from "./image_panel.ts";
export type { Raster } from "./raster.ts";
export {
  percentileLimits,
  renderAmplitude,
  renderComplex,
  renderDifference,
  type Rendered,
  renderPhase,
  renderValues,
} from "./render.ts";
export { scaleOf } from "./scale_bar.ts";
export { encodePng, figure, writeFigure, writePng } from "./write.ts";
