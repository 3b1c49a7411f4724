/**
 * `plica convert`: files of other programs as ours.
 *
 * @module
 */
import { DataError } from "../../common/mod.ts";
import { argument, flag, group, message, object, optional } from "../../deps/optique_core.ts";
import { path } from "../../deps/optique_run.ts";
import { writeBundle } from "../../formats/mod.ts";
import { exists } from "../../host/mod.ts";
import { modelOf, readModelFile } from "../../network/mod.ts";
import { defineCommand } from "../shell/command.ts";
import { UsageError } from "../shell/exit.ts";
import { settingsAt, settingsParser, verbosityOf } from "../shell/flags.ts";
import { bundlePath } from "../shell/paths.ts";

/** The command. */
export const convertCommand = defineCommand({
  name: "convert",
  brief: "Write a model of another program as a bundle.",
  example: "plica convert old/wts.h5.zip new/wts.h5.zip",
  parser: object({
    files: group(
      "Files",
      object({
        from: optional(argument(path({ metavar: "IN" }), {
          description:
            message`A model of PtychoPINN: wts.h5.zip of PyTorch or TensorFlow, or a .ckpt of Lightning`,
        })),
        to: optional(argument(path({ metavar: "OUT" }), { description: message`The bundle, a .h5.zip` })),
        overwrite: optional(flag("--overwrite", { description: message`Replace the file OUT` })),
      }),
    ),
    settings: settingsParser(settingsAt("execution.quiet", "execution.json")),
  }),
  verbosity: ({ settings }) => verbosityOf(settings),
  async run({ files: { from, to, overwrite = false } }, { signal }) {
    if (from === undefined || to === undefined) {
      throw new UsageError("IN and OUT are missing: name both files");
    }
    const bundle = await readModelFile(await bundlePath(from), { signal });
    const model = modelOf(bundle);
    if (!overwrite && await exists(to)) {
      throw new DataError({
        file: to,
        found: "a file that is there already",
        expected: "a new file",
        remedy: "choose another name, or add --overwrite",
      });
    }
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
  },
});
