/**
 * Packed spatial index for nearest neighbours: `flatbush`, pinned.
 *
 * @module
 */

export { default } from "npm:flatbush@4.7.0";
