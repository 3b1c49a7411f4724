/**
 * `plica inspect FILE`: what is in a data file, a bundle or the folder of a run, with problems named.
 *
 * @module
 */
import { resolveConfig } from "../../../config/mod.ts";
import { argument, group, message, object, optional } from "../../../deps/optique_core.ts";
import { path } from "../../../deps/optique_run.ts";
import { defineCommand } from "../../shell/command.ts";
import { UsageError } from "../../shell/exit.ts";
import { settingsAt, settingsParser, verbosityOf } from "../../shell/flags.ts";
import { READING_SETTINGS, readingOptions } from "../../../scan/mod.ts";
import { inspectBundle } from "./inspect_bundle.ts";
import { openOrList } from "./inspect_hdf5.ts";
import { inspectNpz } from "./inspect_npz.ts";
import { inspectRun, isRunFolder } from "./inspect_run.ts";
import { resultOrBundlePath } from "../../shell/paths.ts";

/** Entries of models, which are zips as well but hold no arrays: ours, PtychoPINN's, and files of torch.save. */
const MODEL_ENTRIES = /(^|\/)(manifest\.json|manifest\.dill|data\.pkl)$/;

/** The command. */
export const inspectCommand = defineCommand({
  name: "inspect",
  brief: "Show what is in a data file, a bundle or a training run, and what is wrong with it.",
  example: "plica inspect scan.npz",
  parser: object({
    file: group(
      "File",
      optional(argument(path({ metavar: "FILE" }), {
        description: message`An NPZ file, a bundle, or the folder of a training run or of a result.`,
      })),
    ),
    settings: settingsParser(settingsAt(...READING_SETTINGS, "execution.quiet", "execution.json")),
  }),
  verbosity: ({ settings }) => verbosityOf(settings),
  async run({ file: named, settings }, workspace) {
    if (named === undefined) throw new UsageError("FILE is missing: name the file to look into");
    if (await isRunFolder(named)) return await inspectRun(named, workspace);
    const file = await resultOrBundlePath(named);
    const reading = readingOptions(resolveConfig([settings]).values.data);
    const opened = await openOrList(file, { signal: workspace.signal, hints: reading.reading });
    if ("lines" in opened) return opened;
    await using npz = opened.npz;
    if ([...npz.unreadable.keys()].some((name) => MODEL_ENTRIES.test(name))) {
      return await inspectBundle(file, workspace);
    }
    return await inspectNpz(npz, { ...workspace, reading });
  },
});
