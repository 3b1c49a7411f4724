/**
 * The program: commands, flags, screen, exit codes.
 *
 * In goes a command line with the process that it runs in, out comes an exit code. Called by `cli.ts` and by the
 * generator of the reference page alone; may import every other wing. Commands are loaded when they are called, so that
 * help starts at once.
 *
 * @module
 */
export { main } from "./main.ts";
export { processSession } from "./shell/process_session.ts";

/** Loads what writes the reference page and the JSON Schema. */
export const loadReference = () => import("./shell/reference.ts");
