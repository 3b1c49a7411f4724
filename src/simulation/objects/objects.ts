/**
 * Simulated objects. Each is drawn as two maps between 0 and 1, one for the amplitude and one for the phase,
 * which are then stretched to their ranges.
 *
 * @module
 */
export { cells } from "./cells.ts";
export { circuit } from "./circuit.ts";
export { deadLeaves } from "./dead_leaves.ts";
export { diatom } from "./diatom.ts";
export type { DrawnObject, ObjectOptions } from "./drawing.ts";
export { lines } from "./lines.ts";
export { pictureObject, readPicture } from "./picture.ts";
export { randomField } from "./random_field.ts";
export { siemensStar } from "./siemens_star.ts";
export { textObject } from "./text.ts";
