/**
 * Simulated objects. Each is drawn as two maps between 0 and 1, one for the amplitude and one for the phase,
 * which are then stretched to their ranges.
 *
 * @module
 */
export { cells } from "./objects/cells.ts";
export { circuit } from "./objects/circuit.ts";
export { deadLeaves } from "./objects/dead_leaves.ts";
export { diatom } from "./objects/diatom.ts";
export type { DrawnObject, ObjectOptions } from "./objects/drawing.ts";
export { lines } from "./objects/lines.ts";
export { type Picture, pictureObject, readPicture } from "./objects/picture.ts";
export { randomField } from "./objects/random_field.ts";
export { siemensStar } from "./objects/siemens_star.ts";
export { textObject } from "./objects/text.ts";
