/**
 * Settings of where and how a run is carried out. They never enter the identity of a model.
 *
 * @module
 */
import { z } from "../deps/zod.ts";
import { field } from "./field.ts";

/** Settings of the run itself. */
export const executionSchema = z.strictObject({
  accelerator: field(z.enum(["auto", "webgpu", "wasm", "reference"]).default("auto"), {
    perRun: true,
    description: "Device; auto takes a hardware GPU where there is one, else wasm",
    aliases: { cpu: "wasm", gpu: "webgpu", cuda: "webgpu", mps: "webgpu" },
  }),
  threads: field(z.int().min(1).max(256).nullable().default(null), {
    perRun: true,
    description: "Threads of the wasm device; auto is one for each core",
    unit: "threads",
    none: "auto",
  }),
  quiet: field(z.boolean().default(false), {
    perRun: true,
    description: "No progress and no log lines; errors still appear on standard error",
  }),
  json: field(z.boolean().default(false), {
    perRun: true,
    description: "The last line of standard output is one JSON object",
  }),
});

/** Resolved execution settings. */
export type ExecutionConfig = z.output<typeof executionSchema>;
