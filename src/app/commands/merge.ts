/**
 * `plica merge`: the parts of a reconstruction added up.
 *
 * @module
 */
import { resolveConfig } from "../../config/mod.ts";
import {
  argument,
  flag,
  group,
  message,
  multiple,
  object,
  option,
  optional,
} from "../../deps/optique_core.ts";
import { path } from "../../deps/optique_run.ts";
import { claimOutputDir, isFile, isFolder } from "../../host/mod.ts";
import { DataError } from "../../common/mod.ts";
import {
  type Merged,
  mergeShards,
  qualitySummary,
  qualityText,
  readShard,
  type Shard,
  SHARD_NAME,
  writeQuality,
} from "../../network/mod.ts";

import { type ReconstructionFormat, writeReconstruction } from "../../image/mod.ts";
import { type CommandResult, defineCommand } from "../shell/command.ts";
import { UsageError } from "../shell/exit.ts";
import { settingsAt, settingsParser, verbosityOf } from "../shell/flags.ts";

const files = group(
  "Files",
  object({
    parts: multiple(
      argument(path({ metavar: "PART" }), {
        description: message`Output folders of infer --shard, or the ${SHARD_NAME} in them`,
      }),
    ),
    outputDir: optional(option("--output-dir", path({ metavar: "FOLDER", type: "directory" }), {
      description: message`Folder for the object and its pictures; new or empty`,
    })),
    overwrite: optional(flag("--overwrite", {
      description: message`Accept an output folder with files in it`,
    })),
  }),
);

/** The command. */
export const mergeCommand = defineCommand({
  name: "merge",
  brief: "Add up the parts of a reconstruction that infer --shard made.",
  example: "plica merge part1 part2 --output-dir image",
  parser: object({
    files,
    settings: settingsParser(settingsAt("inference.format", "execution.quiet", "execution.json")),
  }),
  verbosity: ({ settings }) => verbosityOf(settings),
  async run({ files: { parts, outputDir, overwrite = false }, settings }, { signal, logger }) {
    if (parts.length === 0) throw new UsageError("PART is missing: name the output folders of infer --shard");
    if (outputDir === undefined) {
      throw new UsageError("--output-dir is missing: name a folder for the results");
    }
    await using _claim = await claimOutputDir(outputDir, { overwrite, onNote: (line) => logger.info(line) });
    const names = await Promise.all(parts.map(shardPath));
    const shards: Shard[] = [];
    for (const name of names) {
      signal.throwIfAborted();
      shards.push(await readShard(name));
    }
    const image = mergeShards(shards, names);
    const { values } = resolveConfig([settings]);
    return await report(image, { outputDir, formats: values.inference.format });
  },
});

/** The file of a part in `name` where that is a folder, else `name` itself. */
async function shardPath(name: string): Promise<string> {
  if (!await isFolder(name)) return name;
  const path = `${name.replace(/[\\/]+$/, "")}/${SHARD_NAME}`;
  if (await isFile(path)) return path;
  throw new DataError({
    file: name,
    found: `a folder without ${SHARD_NAME}`,
    expected: "the output folder of infer --shard",
    remedy: "name a part of a reconstruction, or reconstruct it with --shard",
  });
}

async function report(
  image: Merged,
  { outputDir, formats }: {
    readonly outputDir: string;
    readonly formats: readonly ReconstructionFormat[];
  },
): Promise<CommandResult> {
  const { quality, height, width, x0, y0, shards, patterns, phases, pixelSizeM } = image;
  const pictures = await writeReconstruction(outputDir, image, { formats });
  const judged = quality ? await writeQuality(outputDir, { ...quality, quality, pixelSizeM }) : {};
  const written = { ...pictures, ...judged };
  return {
    summary: {
      shards,
      patterns,
      canvas: { height, width, x0, y0 },
      ...(pixelSizeM === undefined ? {} : { pixel_size_m: pixelSizeM }),
      ...(phases ? { shard_phases: Array.from(phases) } : {}),
      ...(quality ? { quality: qualitySummary(quality) } : {}),
      data_sha256: image.scanSha256,
      weights_sha256: image.weightsSha256,
      files: written,
    },
    lines: [
      `merged ${shards} parts: ${height} x ${width} pixels from ${patterns} patterns`,
      ...(quality ? [qualityText(quality)] : []),
      ...Object.values(written),
    ],
  };
}
