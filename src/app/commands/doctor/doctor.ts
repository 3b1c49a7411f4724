/**
 * `plica doctor`: the devices of this machine, their limits and speed.
 *
 * @module
 */
import { cores, machine, type ProcessLimits } from "../../../host/mod.ts";
import { PLICA_VERSION } from "../../../common/mod.ts";
import { type CheckedLayer, resolveConfig, valueIn } from "../../../config/mod.ts";
import { object } from "../../../deps/optique_core.ts";
import {
  type AnyDevice,
  DeviceError,
  type DeviceInfo,
  type DeviceKind,
  openDevice,
} from "../../../engine/mod.ts";

import { selfTest, type SelfTestResult } from "../../../network/mod.ts";
import { type CommandResult, defineCommand, type Workspace } from "../../shell/command.ts";
import { examinePlan, PLAN_SETTINGS, planParser } from "./doctor_plan.ts";
import { EXIT, UsageError } from "../../shell/exit.ts";
import { settingsAt, settingsParser, verbosityOf } from "../../shell/flags.ts";
import { measureSpeed, type Speed } from "./speed.ts";
import { formatBytes, formatNumber, formatTable } from "../../shell/table.ts";

const EXECUTION_SETTINGS = [
  "execution.accelerator",
  "execution.threads",
  "execution.quiet",
  "execution.json",
] as const;

/** The command. */
export const doctorCommand = defineCommand({
  name: "doctor",
  brief: "Show the devices of this machine and test them.",
  example: "plica doctor --plan config.json --pattern-size 128",
  parser: object({
    plan: planParser,
    settings: settingsParser(settingsAt(...PLAN_SETTINGS, ...EXECUTION_SETTINGS)),
  }),
  verbosity: ({ settings }) => verbosityOf(settings),
  run: ({ plan: { plan, patternSize }, settings }, workspace) => {
    if (plan !== undefined) return examinePlan({ plan, patternSize, settings }, workspace);
    const needless = PLAN_SETTINGS.find((path) => valueIn(settings, path) !== undefined);
    if (needless === undefined && patternSize === undefined) return examine(settings, workspace);
    throw new UsageError("sizes and models are for plans: add --plan CONFIG, or leave them out");
  },
});

/** Report on one device; without `info` it is not available, for the reason in `problem`. */
interface DeviceReport {
  readonly kind: DeviceKind;
  readonly info?: DeviceInfo;
  readonly speed?: Speed;
  readonly checks?: readonly SelfTestResult[];
  readonly problem?: string;
}

const KINDS: readonly DeviceKind[] = ["webgpu", "wasm", "reference"];

async function examine(settings: CheckedLayer, workspace: Workspace): Promise<CommandResult> {
  const { accelerator: wanted, threads } = resolveConfig([settings]).values.execution;
  const kinds = KINDS.filter((kind) => wanted === "auto" || wanted === kind);
  const reports: DeviceReport[] = [];
  for (const kind of kinds) {
    workspace.signal.throwIfAborted();
    workspace.screen.progress({
      phase: "doctor",
      done: reports.length,
      total: kinds.length,
      unit: "devices",
    });
    reports.push(await examineDevice(kind, threads ?? undefined));
  }
  const automatic = choiceOfAuto(reports);
  const failures = reports.flatMap(failuresOf);
  const { version: deno, os, arch } = machine.runtime;
  const host = { version: PLICA_VERSION, deno, os, arch };
  const limits = await machine.limits();
  return {
    summary: {
      ...host,
      ...finiteLimits(limits),
      cores: cores(),
      devices: reports,
      ...(automatic ? { auto: automatic } : {}),
    },
    lines: [
      `plica ${host.version} on Deno ${host.deno}, ${host.os} ${host.arch}, ${cores()} cores`,
      "",
      ...tableOf(reports),
      "",
      ...reports.flatMap(({ kind, problem }) => problem ? [`${kind}: ${problem}`] : []),
      ...failures,
      ...tightLimits(limits),
      ...(automatic ? [`--accelerator auto takes ${automatic}`] : []),
    ],
    exitCode: failures.length > 0 ? EXIT.failed : EXIT.done,
  };
}

/** Least address space and open files of the program: the runtime reserves the one and its workers take the other. */
const LEAST_SPACE_GIB = 40, LEAST_OPEN_FILES = 64;

function finiteLimits({ addressSpaceBytes, openFiles }: ProcessLimits): Partial<ProcessLimits> {
  return {
    ...(Number.isFinite(addressSpaceBytes) ? { addressSpaceBytes } : {}),
    ...(Number.isFinite(openFiles) ? { openFiles } : {}),
  };
}

/** Returns one line for each limit of this process under which the program does not start or does not end. */
function tightLimits({ addressSpaceBytes, openFiles }: ProcessLimits): string[] {
  const gib = Number((addressSpaceBytes / 2 ** 30).toPrecision(3));
  return [
    ...(Number.isFinite(addressSpaceBytes)
      ? [
        `address space is limited to ${gib} GiB: the program does not start under ${LEAST_SPACE_GIB}; raise ulimit -v, or the site's limit of virtual memory`,
      ]
      : []),
    ...(openFiles < LEAST_OPEN_FILES
      ? [
        `open files are limited to ${openFiles}: found too few, expected ${LEAST_OPEN_FILES} or more; raise ulimit -n`,
      ]
      : []),
  ];
}

/** One line for each check that a device did not pass. */
function failuresOf({ kind, checks = [] }: DeviceReport): string[] {
  return checks.filter(({ passed }) => !passed).map(({ name, error, tolerance }) =>
    `${kind}: the ${name} is off by ${
      formatNumber(error)
    }, at most ${tolerance} is right: do not use this device`
  );
}

/** Returns the device that `auto` takes on this machine: a hardware GPU if there is one, else the CPU. */
function choiceOfAuto(reports: readonly DeviceReport[]): DeviceKind | undefined {
  const hardware = reports.find(({ info }) => info?.kind === "webgpu" && !info.software);
  return (hardware ?? reports.find(({ info }) => info?.kind === "wasm"))?.kind;
}

async function examineDevice(kind: DeviceKind, threads: number | undefined): Promise<DeviceReport> {
  let device: AnyDevice;
  try {
    device = await openDevice({ accelerator: kind, ...(threads ? { threads } : {}) });
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    return { kind, problem: error.message };
  }
  try {
    const checks = await selfTest(device);
    // the reference is there to be right, not fast
    const speed = kind === "reference" ? undefined : await measureSpeed(device);
    return { kind, info: device.info, checks, ...(speed ? { speed } : {}) };
  } finally {
    await device.dispose();
  }
}

function tableOf(reports: readonly DeviceReport[]): string[] {
  const header = ["device", "name", "threads", "largest buffer", "memory", "convolution", "self-test"];
  const rows = reports.flatMap(({ kind, info, speed, checks = [] }) => {
    if (!info) return [];
    const { threads, maxBufferBytes } = info.limits;
    return [[
      kind,
      info.name + (info.software ? " (software)" : ""),
      String(threads),
      formatBytes(maxBufferBytes),
      speed ? `${formatNumber(Number(speed.gigabytesPerSecond.toPrecision(3)))} GB/s` : "",
      speed ? `${formatNumber(Number(speed.gigaflopsPerSecond.toPrecision(3)))} GFLOP/s` : "",
      `${checks.filter(({ passed }) => passed).length} of ${checks.length} passed`,
    ]];
  });
  return formatTable(header, rows);
}
