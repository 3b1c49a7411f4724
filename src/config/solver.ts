/**
 * Settings of the iterative solvers.
 *
 * @module
 */
import { z } from "../deps/zod.ts";
import { field } from "./field.ts";

/** Settings of an iterative reconstruction. */
export const solverSchema = z.strictObject({
  algorithm: field(z.enum(["ePIE", "rPIE", "DM", "RAAR", "LSQML", "ADAM"]).default("LSQML"), {
    description: "Update rule",
    perRun: true,
  }),
  numEpochs: field(z.int().min(1).max(1_000_000).default(100), {
    description: "Passes over all patterns",
    unit: "epochs",
    perRun: true,
  }),
  seed: field(z.int().min(0).max(0xffffffff).default(0), {
    description: "Seed of the order of patterns",
    perRun: true,
  }),
});

/** Resolved solver settings. */
export type SolverConfig = z.output<typeof solverSchema>;
