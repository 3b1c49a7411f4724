/**
 * The door of `solver`.
 *
 * @module
 */
export { SolverError } from "./divergence.ts";
export { initialFrom, type SolvedFolder, solveToFolder, type SolveToFolderOptions } from "./folder.ts";
export type { InitialState } from "./initial.ts";
export { solutionArrays, writeSolution } from "./result_files.ts";
export { type Solution, type SolutionState, solve, type SolveOptions, type SolverEpoch } from "./solve.ts";
