/**
 * `plica export`: a trained model for other programs.
 *
 * @module
 */
import { DataError } from "../../common/mod.ts";
import { argument, choice, flag, group, message, object, option, optional } from "../../deps/optique_core.ts";
import { path } from "../../deps/optique_run.ts";
import { exists, writeFileAtomic } from "../../host/mod.ts";
import { encodeModelOnnx, modelOf, readModelFile } from "../../network/mod.ts";
import { defineCommand } from "../shell/command.ts";
import { UsageError } from "../shell/exit.ts";
import { settingsAt, settingsParser, verbosityOf } from "../shell/flags.ts";
import { bundlePath } from "../shell/paths.ts";
import { formatBytes } from "../shell/table.ts";

/** The command. */
export const exportCommand = defineCommand({
  name: "export",
  brief: "Write a trained network as ONNX, for other programs.",
  example: "plica export run network.onnx",
  parser: object({
    files: group(
      "Files",
      object({
        from: optional(argument(path({ metavar: "MODEL" }), {
          description: message`Bundle of a trained network, or the folder of its training`,
        })),
        to: optional(argument(path({ metavar: "OUT" }), { description: message`The ONNX file` })),
        input: optional(option("--input", choice(["counts", "network"]), {
          description:
            message`counts: the file takes photon counts and does all that is done to them; network: what the network itself sees [counts]`,
        })),
        overwrite: optional(flag("--overwrite", { description: message`Replace the file OUT` })),
      }),
    ),
    settings: settingsParser(settingsAt("execution.quiet", "execution.json")),
  }),
  verbosity: ({ settings }) => verbosityOf(settings),
  async run({ files: { from, to, input, overwrite = false } }, { signal }) {
    if (from === undefined || to === undefined) {
      throw new UsageError("MODEL and OUT are missing: name a model and the file to write");
    }
    const bundle = await readModelFile(await bundlePath(from), { signal });
    const { weightsSha256 } = bundle.manifest;
    const bytes = encodeModelOnnx(modelOf(bundle), { input, weightsSha256 });
    if (!overwrite && await exists(to)) {
      throw new DataError({
        file: to,
        found: "a file that is there already",
        expected: "a new file",
        remedy: "choose another name, or add --overwrite",
      });
    }
    await writeFileAtomic(to, bytes);
    return {
      summary: { from, to, input: input ?? "counts", bytes: bytes.length, weights_sha256: weightsSha256 },
      lines: [`written to ${to}, ${formatBytes(bytes.length)}, ONNX opset 18`],
    };
  },
});
