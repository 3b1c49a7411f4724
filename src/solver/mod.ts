/**
 * Iterative reconstruction: from a scan to object, probe, corrected positions and misfits. In goes a `Scan` and
 * `{ config, device, ... }`, of whose configuration the section `solver` is read; out comes a `Solution`, or a folder
 * with it. An update rule is one file of `rules/`, a constraint one record of `constraints/`; both are traced for the
 * engine, so they run on every device. May import the wings up to `image`: common, config, host, numeric, formats,
 * pictures, engine, scan, image.
 *
 * @module
 */
export { coveringSubsets } from "./batches/subsets.ts";
export { evaluateMisfit, type EvaluateOptions, type Misfit } from "./evaluate.ts";
export { WORTH_IT } from "./auto.ts";
export {
  CLEARLY_BETTER,
  DIFFERENT_TURNS,
  findOrientation,
  findTurn,
  flagsOf,
  orientationLines,
  type OrientationReport,
  type Turn,
  turnedScan,
} from "./orientation.ts";
export { findProbe, probeReason, type ProbeSearch, probeSearchLines } from "./probe_search.ts";
export { type PatternMisfits, patternMisfits } from "./judging/pattern_misfits.ts";
export { hasStrayed } from "./judging/strayed_probe.ts";
export { writeMisfitPicture } from "./judging/misfit_picture.ts";
export { AT_NOISE, judgeImage, type Verdict, verdictLines } from "./judging/verdict.ts";
export { SolverError } from "./divergence.ts";
export { initialFrom, type SolvedFolder, solveToFolder, type SolveToFolderOptions } from "./folder.ts";
export type { InitialState, SolverEpoch } from "./initial.ts";
export { lightMask, solutionArrays, writeSolution } from "./result_files.ts";
export { chooseSettings, type Solution, type SolutionState, solve, type SolveOptions } from "./solve.ts";
