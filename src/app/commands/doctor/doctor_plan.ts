/**
 * `plica doctor --plan CONFIG`: what a training step and inference consist of, and what each operation costs.
 *
 * @module
 */
import {
  channelsOf,
  type CheckedLayer,
  readConfigFile,
  resolveConfig,
  type ResolvedConfig,
} from "../../../config/mod.ts";

import { group, integer, message, object, option, optional } from "../../../deps/optique_core.ts";
import { path } from "../../../deps/optique_run.ts";
import { makeProfile, type TimedPlan, timePlans } from "../../../network/mod.ts";

import type { CommandResult, Workspace } from "../../shell/command.ts";
import { openRunDevice } from "../../shell/device.ts";
import { UsageError } from "../../shell/exit.ts";
import { measureSpeed, type Speed } from "./speed.ts";
import { formatBytes, formatNumber, formatTable } from "../../shell/table.ts";

/** Settings that the plan depends on; they may be given as flags beside the file. */
export const PLAN_SETTINGS = [
  "model.profile",
  "model.gridsize",
  "model.nFiltersScale",
  "model.networkLevels",
  "training.batchSize",
  "inference.batchSize",
] as const;

/** The flags of the plan. */
export const planParser = group(
  "Plan",
  object({
    plan: optional(option("--plan", path({ metavar: "CONFIG", type: "file" }), {
      description:
        message`Print what a training step and inference with these settings consist of, with measured times: operations, algorithms, arithmetic, memory traffic, part of the device's measured peak`,
    })),
    patternSize: optional(option("--pattern-size", integer({ min: 8, max: 1024, metavar: "PIXELS" }), {
      description: message`Side N of the patterns of the plan [64 pixels]`,
    })),
  }),
);

/** Parsed values of {@linkcode planParser}, with the file. */
export interface PlanCall {
  readonly plan: string;
  readonly patternSize: number | undefined;
  readonly settings: CheckedLayer;
}

/** One line of a printed plan. */
interface PlanLine {
  readonly op: string;
  readonly output: string;
  readonly algorithm: string;
  readonly flops: number;
  readonly bytes: number;
  readonly ms: number;
  readonly share: number;
  readonly gigaflops_per_second: number;
  readonly gigabytes_per_second: number;
  readonly of_peak: number;
}

/** Measures the device and both graphs. */
export async function examinePlan(call: PlanCall, workspace: Workspace): Promise<CommandResult> {
  const { values }: ResolvedConfig = resolveConfig([
    await readConfigFile(call.plan),
    call.settings,
  ]);
  const { accelerator } = values.execution;
  if (accelerator === "reference") {
    throw new UsageError("the reference is there to be right, not fast: --plan takes webgpu or wasm");
  }
  const device = await openRunDevice(values.execution, (line) => workspace.logger.info(line));
  try {
    const sizes = sizesOf(values, call.patternSize ?? 64);
    const peak = await measureSpeed(device);
    workspace.signal.throwIfAborted();
    const plans = await timePlans(device, {
      profile: makeProfile(values.model),
      optimizer: values.training.optimizer,
      ...sizes,
    });
    const named = ({ batchSize: groups, ...others }: typeof sizes.training) => ({ groups, ...others });
    const training = linesOf(plans.training, peak);
    const inference = linesOf(plans.inference, peak);
    const inAll = ({ milliseconds, arenaBytes }: TimedPlan) => ({
      ms: milliseconds,
      arena_bytes: arenaBytes,
    });
    return {
      summary: {
        device: device.info.name,
        peak,
        training: { ...named(sizes.training), ...inAll(plans.training), rows: training },
        inference: { ...named(sizes.inference), ...inAll(plans.inference), rows: inference },
      },
      lines: [
        `${device.info.name}: ${
          formatNumber(round(peak.gigaflopsPerSecond))
        } GFLOP/s in a 3x3 convolution, ` +
        `${formatNumber(round(peak.gigabytesPerSecond))} GB/s in adding arrays`,
        "",
        `training step, ${describe(sizes.training)}`,
        ...tableOf(training, plans.training),
        "",
        `inference, ${describe(sizes.inference)}`,
        ...tableOf(inference, plans.inference),
      ],
    };
  } finally {
    await device.dispose();
  }
}

type Values = ResolvedConfig["values"];

/** Room that the neighbours of a group take on each side, as a part of N: that of overlaps of about two thirds. */
const REGION_MARGIN = 0.25;
/** Patterns of 64 x 64 pixels that inference takes at once; fewer where they are larger. */
const INFERENCE_PATTERNS = 32;

function sizesOf({ model, training, inference }: Values, size: number) {
  const channels = channelsOf(model);
  const regionSize = channels === 1 ? size : size + 2 * Math.ceil(REGION_MARGIN * size);
  const shape = { channels, size, modes: 1, regionSize };
  const atOnce = inference.batchSize ?? Math.max(1, Math.round(INFERENCE_PATTERNS * (64 / size) ** 2));
  const grouped = makeProfile(model).groupedInput;
  return {
    training: { ...shape, batchSize: training.batchSize },
    inference: grouped
      ? { ...shape, batchSize: Math.max(1, Math.floor(atOnce / channels)) }
      : { ...shape, channels: 1, regionSize: size, batchSize: atOnce },
  };
}

function describe(
  { batchSize: groups, channels, size }: { batchSize: number; channels: number; size: number },
): string {
  const patterns = channels === 1 ? `${groups} patterns` : `${groups} groups of ${channels} patterns`;
  return `${patterns} of ${size} x ${size}`;
}

const round = (value: number) => Number(value.toPrecision(3));

/** The part of the peak is the time that the slower of arithmetic and traffic takes at peak, over the measured time. */
function linesOf({ rows }: TimedPlan, peak: Speed): PlanLine[] {
  const total = rows.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  return rows.map(({ op, output, algorithm, flops, bytes, milliseconds: ms }) => {
    const least = 1e-6 * Math.max(flops / peak.gigaflopsPerSecond, bytes / peak.gigabytesPerSecond);
    return {
      ...{ op, output, algorithm, flops, bytes, ms, share: ms / total },
      gigaflops_per_second: 1e-6 * flops / ms,
      gigabytes_per_second: 1e-6 * bytes / ms,
      of_peak: least / ms,
    };
  });
}

function tableOf(lines: readonly PlanLine[], { milliseconds, arenaBytes }: TimedPlan): string[] {
  const percent = (part: number) => `${(100 * part).toFixed(1)} %`;
  const header = ["op", "result", "algorithm", "Mflop", "MB", "ms", "share", "GFLOP/s", "GB/s", "of peak"];
  const rows = lines.map((line) => [
    line.op,
    line.output,
    line.algorithm,
    (1e-6 * line.flops).toFixed(2),
    (1e-6 * line.bytes).toFixed(2),
    line.ms.toFixed(3),
    percent(line.share),
    line.gigaflops_per_second.toFixed(1),
    line.gigabytes_per_second.toFixed(1),
    percent(line.of_peak),
  ]);
  const flops = lines.reduce((sum, line) => sum + line.flops, 0);
  const sum = lines.reduce((total, { ms }) => total + ms, 0);
  return [
    ...formatTable(header, rows),
    `in all ${milliseconds.toFixed(2)} ms (${sum.toFixed(2)} ms one by one), ` +
    `${formatNumber(round(1e-6 * flops / milliseconds))} GFLOP/s, ${
      formatBytes(arenaBytes)
    } of intermediate values`,
  ];
}
