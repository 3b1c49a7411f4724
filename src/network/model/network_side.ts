/**
 * Sides of patterns that a network takes.
 *
 * @module
 */
import type { ModelConfig } from "../../config/mod.ts";
import { PATTERN_SIZES } from "../../scan/mod.ts";
import { levelsFor } from "./calibrated.ts";

/** The smallest side of a pattern. */
const LEAST = 16;

/** True where the network can halve patterns of this side as often as it does; the historical ones take three sides. */
export function takesSide({ profile, networkLevels }: ModelConfig, side: number): boolean {
  if (profile !== "calibrated") return PATTERN_SIZES.includes(side);
  return side >= LEAST && side % 2 ** (networkLevels ?? levelsFor(side)) === 0;
}

/** Returns the nearest side that the network takes: the side itself, a smaller one before a larger one as near. */
export function networkSide(model: ModelConfig, side: number): number {
  for (let off = 0; off < side + Math.max(...PATTERN_SIZES); off++) {
    if (takesSide(model, side - off)) return side - off;
    if (takesSide(model, side + off)) return side + off;
  }
  return side;
}
