/**
 * Settings of simulated scans.
 *
 * @module
 */
import { z } from "../deps/zod.ts";
import { field } from "./field.ts";

/** Settings of a simulated scan. */
export const simulationSchema = z.strictObject({
  seed: field(z.int().min(0).max(0xffffffff).default(0), {
    description: "Seed of object, positions and noise",
    perRun: true,
  }),
});

/** Resolved simulation settings. */
export type SimulationConfig = z.output<typeof simulationSchema>;
