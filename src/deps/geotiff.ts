/**
 * TIFF decoder that reads by parts: `geotiff`, pinned.
 *
 * @module
 */

export { GeoTIFF, type GeoTIFFImage } from "npm:geotiff@3.0.5";
