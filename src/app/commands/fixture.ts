/**
 * `plica fixture SOURCE OUT`: a minimal data set of a scan.
 *
 * @module
 */
import { fileName } from "../../common/mod.ts";
import {
  argument,
  flag,
  group,
  integer,
  message,
  object,
  option,
  optional,
} from "../../deps/optique_core.ts";
import { path } from "../../deps/optique_run.ts";
import { exists, writeFileAtomic } from "../../host/mod.ts";
import { type Fixture, makeFixture } from "../../scan/mod.ts";
import { type CommandResult, defineCommand, type Workspace } from "../shell/command.ts";
import { UsageError } from "../shell/exit.ts";
import { settingsAt, settingsParser, verbosityOf } from "../shell/flags.ts";
import { commitOf, programCommit } from "./git.ts";
import { resolveConfig } from "../../config/mod.ts";
import { formatBytes } from "../shell/table.ts";

/** The command. */
export const fixtureCommand = defineCommand({
  name: "fixture",
  brief: "Make a minimal data set of a scan, for tests and examples.",
  example: "plica fixture scan.npz tests/scan_64.npz --subset-size 64",
  parser: object({
    files: group(
      "Files",
      object({
        source: optional(argument(path({ metavar: "SOURCE" }), { description: message`NPZ of a scan` })),
        out: optional(argument(path({ metavar: "OUT" }), {
          description: message`NPZ of the data set; a sidecar of the same name ends in .json`,
        })),
        overwrite: optional(flag("--overwrite", { description: message`Replace files that are there` })),
      }),
    ),
    choice: group(
      "Choice",
      object({
        subsetSize: optional(option("--subset-size", integer({ min: 1, metavar: "INTEGER" }), {
          description: message`Patterns to take, spread over the scanned area [64]`,
        })),
        seed: optional(option("--seed", integer({ min: 0, max: 0xffffffff, metavar: "INTEGER" }), {
          description: message`Seed of the choice within cells of the area [0]`,
        })),
      }),
    ),
    settings: settingsParser(
      settingsAt("data.measurement", "data.probeKey", "execution.quiet", "execution.json"),
    ),
  }),
  verbosity: ({ settings }) => verbosityOf(settings),
  async run({ files: { source, out, overwrite = false }, choice, settings }, workspace) {
    if (source === undefined) throw new UsageError("SOURCE is missing: name the NPZ of a scan");
    if (out === undefined) throw new UsageError("OUT is missing: name the NPZ to write");
    const sidecar = `${out.replace(/\.npz$/i, "")}.json`;
    if (!overwrite) await refuseExisting(out, sidecar);
    const { measurement, probeKey } = resolveConfig([settings]).values.data;
    const fixture = await makeFixture(source, {
      ...choice,
      measurement,
      probeKey,
      sourceCommit: await commitOf(source),
      programCommit: await programCommit(),
      ...notes(workspace),
    });
    const record = { file: fileName(out), ...fixture.record };
    await writeFileAtomic(out, fixture.npz);
    await writeFileAtomic(sidecar, `${JSON.stringify(record, null, 2)}\n`);
    return reportOf(fixture, { out, sidecar });
  },
});

function notes({ logger, signal }: Workspace) {
  return { onNote: (line: string) => logger.info(line), signal };
}

async function refuseExisting(...paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const there = await exists(path);
    if (there) throw new UsageError(`${path} is there already: choose another name, or give --overwrite`);
  }
}

function reportOf({ npz, record, sample }: Fixture, files: { out: string; sidecar: string }): CommandResult {
  const { indices, grid, coverage } = sample;
  const percent = (part: number) => `${(100 * part).toFixed(1)} %`;
  return {
    summary: { ...record, files },
    lines: [
      `took ${indices.length} patterns from a grid of ${grid.rows} x ${grid.columns} cells: ` +
      `${percent(coverage.boundingBox)} of the scanned area, ${percent(coverage.cells)} of the cells`,
      `${files.out}, ${formatBytes(npz.length)}, SHA-256 ${record.sha256}`,
      files.sidecar,
    ],
  };
}
