/**
 * `plica inspect FILE`: what is in a data file, as a table, with problems named.
 *
 * @module
 */
import { argument, group, message, object, optional } from "../deps/optique_core.ts";
import { path } from "../deps/optique_run.ts";
import { openNpz } from "../io/npz.ts";
import { type ArrayStats, arrayStats } from "./array_stats.ts";
import { type CommandResult, defineCommand, type Workspace } from "./command.ts";
import { EXIT, UsageError } from "./exit.ts";
import { mannerOf, settingsAt, settingsParser } from "./flags.ts";
import { formatBytes, formatNumber, formatTable } from "./table.ts";

/** The command. */
export const inspectCommand = defineCommand({
  name: "inspect",
  brief: "Show what is in a data file or a bundle, and what is wrong with it.",
  example: "plica inspect scan.npz",
  parser: object({
    file: group(
      "File",
      optional(argument(path({ metavar: "FILE", type: "file" }), {
        description: message`An NPZ file or a bundle.`,
      })),
    ),
    settings: settingsParser(settingsAt("execution.quiet", "execution.json")),
  }),
  manner: ({ settings }) => mannerOf(settings),
  run: ({ file }, workspace) => {
    if (file === undefined) throw new UsageError("FILE is missing: name the file to look into");
    return inspectNpz(file, workspace);
  },
});

interface ArrayReport {
  readonly key: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: number;
  readonly inPlace: boolean;
  readonly stats?: ArrayStats;
}

async function inspectNpz(file: string, { screen, signal }: Workspace): Promise<CommandResult> {
  await using npz = await openNpz(file, { signal });
  const arrays: ArrayReport[] = [];
  const problems = [...npz.unreadable.values()].map((error) => error.message);
  for (const entry of npz.entries) {
    screen.progress({ phase: "inspect", done: arrays.length, total: npz.entries.length, unit: "arrays" });
    const stats = await arrayStats(npz, entry);
    const { key, dtype, shape, bytes, inPlace } = entry;
    arrays.push({ key, dtype, shape, bytes, inPlace, ...(stats ? { stats } : {}) });
    if (stats && stats.notFinite > 0) problems.push(`${key}: ${stats.notFinite} values are NaN or infinite`);
  }
  return {
    summary: { file, kind: "npz", bytes: npz.source.size, arrays, problems },
    lines: [
      `${file}: NPZ, ${formatBytes(npz.source.size)}`,
      "",
      ...tableOf(arrays),
      "",
      ...(problems.length > 0 ? problems.map((problem) => `problem: ${problem}`) : ["no problems found"]),
    ],
    exitCode: problems.length > 0 ? EXIT.failed : EXIT.done,
  };
}

function tableOf(arrays: readonly ArrayReport[]): string[] {
  const header = ["array", "type", "shape", "minimum", "maximum", "mean", "stored"];
  return formatTable(
    header,
    arrays.map(({ key, dtype, shape, stats, inPlace }) => [
      key,
      dtype,
      shape.join(" x ") || "one value",
      ...[stats?.minimum, stats?.maximum, stats?.mean].map((value) =>
        value === undefined ? "" : formatNumber(value)
      ),
      inPlace ? "in place" : "packed",
    ]),
  );
}
