/**
 * Simulated scans to try the page with.
 *
 * @module
 */
import {
  cells,
  diatom,
  type DrawnObject,
  exampleScan,
  type ObjectOptions,
  siemensStar,
  type SimulatedScan,
} from "../src/simulation/mod.ts";

const OBJECTS: Readonly<Record<string, (options: ObjectOptions) => DrawnObject>> = {
  "Siemens star": siemensStar,
  "Diatom": diatom,
  "Cells": cells,
};

/** Names of the examples. */
export const EXAMPLES: readonly string[] = Object.keys(OBJECTS);

/** Simulates an example of 196 patterns. */
export function exampleOf(name: string): SimulatedScan {
  const object = OBJECTS[name];
  if (!object) throw new RangeError(`found the example ${name}, expected one of ${EXAMPLES.join(", ")}`);
  return exampleScan({ object, across: 14 });
}
