/**
 * `plica convert`: files of other programs as ours, and ours as those of others.
 *
 * @module
 */
import { DataError } from "../../../common/mod.ts";
import { resolveConfig } from "../../../config/mod.ts";
import {
  argument,
  choice,
  flag,
  group,
  message,
  object,
  option,
  optional,
} from "../../../deps/optique_core.ts";
import { path } from "../../../deps/optique_run.ts";
import { writeBundle } from "../../../formats/mod.ts";
import { exists } from "../../../host/mod.ts";
import { isModelFile, modelOf, readModelFile } from "../../../network/mod.ts";
import { type CommandResult, defineCommand, type Workspace } from "../../shell/command.ts";
import { UsageError } from "../../shell/exit.ts";
import { settingsAt, settingsParser, verbosityOf } from "../../shell/flags.ts";
import { bundlePath } from "../../shell/paths.ts";
import { READING_SETTINGS, readingOptions } from "../../../scan/mod.ts";
import { convertResult, resultIn } from "./convert_result.ts";
import { convertScan } from "./convert_scan.ts";

const FORMATS = ["npz", "product", "cxi"] as const;
type Format = (typeof FORMATS)[number];

/** The command. */
export const convertCommand = defineCommand({
  name: "convert",
  brief: "Write scans, results and models of any program in the format of another.",
  example: "plica convert scan.cxi scan.npz --probe-from mean-pattern",
  parser: object({
    files: group(
      "Files",
      object({
        from: optional(argument(path({ metavar: "IN" }), {
          description: message`A scan of any format, the folder or NPZ of a result, or a model of PtychoPINN`,
        })),
        to: optional(
          argument(path({ metavar: "OUT" }), {
            description:
              message`What is written: .npz, .h5 (a product of ptychodus), .cxi; of a model the bundle, .h5.zip`,
          }),
        ),
        format: optional(
          option("--format", choice(FORMATS, { metavar: "FORMAT" }), {
            description: message`The format of OUT. Default: by its ending`,
          }),
        ),
        scan: optional(
          option("--scan", path({ metavar: "FILE" }), {
            description:
              message`The scan of a result, for what the result lacks: probe, positions, energy, distance`,
          }),
        ),
        overwrite: optional(flag("--overwrite", { description: message`Replace the file OUT` })),
      }),
    ),
    settings: settingsParser(settingsAt(...READING_SETTINGS, "execution.quiet", "execution.json")),
  }),
  verbosity: ({ settings }) => verbosityOf(settings),
  async run({ files: { from, to, format, scan, overwrite = false }, settings }, workspace) {
    if (from === undefined || to === undefined) {
      throw new UsageError("IN and OUT are missing: name both files");
    }
    const free = (file: string) => overwrite ? Promise.resolve() : refuseTaken(file);
    await free(to);
    const data = readingOptions(resolveConfig([settings]).values.data);
    // a folder may hold an image and a model
    const result = to.endsWith(".h5.zip") ? undefined : await resultIn(from, workspace);
    if (result) {
      return await convertResult(result, { from, to, format: format ?? formatOf(to), scan, data, workspace });
    }
    const model = await bundlePath(from);
    if (await isModelFile(model)) {
      if (to.endsWith(".h5.zip")) return await convertModel(model, to, workspace);
      throw new UsageError(`${from} is a model, which is written as a bundle: name OUT .h5.zip`);
    }
    const wanted = format ?? formatOf(to);
    if (scan !== undefined) throw new UsageError(`--scan belongs to a result, and ${from} is a scan`);
    return await convertScan(from, { to, format: wanted, data, free, workspace });
  },
});

async function refuseTaken(file: string): Promise<void> {
  if (!await exists(file)) return;
  throw new DataError({
    file,
    found: "a file that is there already",
    expected: "a new file",
    remedy: "choose another name, or add --overwrite",
  });
}

function formatOf(to: string): Format {
  const ending = /\.(npz|h5|hdf5|cxi)$/i.exec(to)?.[1].toLowerCase();
  if (ending === "npz" || ending === "cxi") return ending;
  if (ending !== undefined) return "product";
  throw new UsageError(`the ending of ${to} names no format: use .npz, .h5 or .cxi, or add --format`);
}

async function convertModel(from: string, to: string, { signal }: Workspace): Promise<CommandResult> {
  const bundle = await readModelFile(from, { signal });
  const model = modelOf(bundle);
  const { created: _, ...manifest } = bundle.manifest;
  const written = await writeBundle(to, { ...bundle, manifest });
  const { profile, gridsize, nFiltersScale } = model.config;
  return {
    summary: { from, to, profile, gridsize, size: model.size, weights_sha256: written.weightsSha256 },
    lines: [
      `${from}: ${manifest.programVersion}, ${profile} profile, gridsize ${gridsize}, N ${model.size}, width ${nFiltersScale}`,
      `written to ${to}`,
    ],
  };
}
