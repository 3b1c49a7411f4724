/**
 * `plica pretrain`: trains the network over the image on synthetic scans.
 *
 * @module
 */
import { claimOutputFile, exists, writeFileAtomic } from "../../host/mod.ts";
import { resolveConfig } from "../../config/mod.ts";
import { flag, group, integer, message, object, option, optional } from "../../deps/optique_core.ts";
import { path } from "../../deps/optique_run.ts";
import { encodeImageNetwork, type ImageNetwork, pretrain, readImageNetwork } from "../../network/mod.ts";

import { type CommandResult, defineCommand } from "../shell/command.ts";
import { openRunDevice } from "../shell/device.ts";
import { EXIT, UsageError } from "../shell/exit.ts";
import { settingsAt, settingsParser, verbosityOf } from "../shell/flags.ts";
import { formatNumber } from "../shell/table.ts";

/** Scans between two writes of the file. */
const WRITE_EVERY = 50;

/** The command. */
export const pretrainCommand = defineCommand({
  name: "pretrain",
  brief: "Train the network over the image on synthetic scans that are made on the way.",
  example: "plica pretrain --scans 1000 --output-file image_network.npz",
  parser: object({
    files: group(
      "Files",
      object({
        outputFile: optional(option("--output-file", path({ metavar: "FILE" }), {
          description: message`NPZ for the weights; written again every 50 scans`,
        })),
        initialFrom: optional(option("--initial-from", path({ metavar: "FILE" }), {
          description: message`Weights to begin with, such as those of an interrupted call`,
        })),
        overwrite: optional(flag("--overwrite", { description: message`Replace a file that is there` })),
      }),
    ),
    training: group(
      "Training",
      object({
        scans: optional(option("--scans", integer({ min: 1, max: 10_000_000, metavar: "INTEGER" }), {
          description: message`Synthetic scans, 12 steps each [1000]`,
        })),
        seed: optional(option("--seed", integer({ min: 0, max: 4000, metavar: "INTEGER" }), {
          description: message`Seed of scans, crops and first weights [1]`,
        })),
      }),
    ),
    settings: settingsParser(
      settingsAt("execution.accelerator", "execution.threads", "execution.quiet", "execution.json"),
    ),
  }),
  verbosity: ({ settings }) => verbosityOf(settings),
  async run({ files, training, settings }, { logger, signal, screen }) {
    const { outputFile: file, initialFrom, overwrite = false } = files;
    const { scans = 1000, seed = 1 } = training;
    if (file === undefined) throw new UsageError("--output-file is missing: name an NPZ for the weights");
    if (!overwrite && await exists(file)) {
      throw new UsageError(`${file} is there already: choose another name, or give --overwrite`);
    }
    const onNote = (line: string) => logger.info(line);
    await using _claim = await claimOutputFile(file, { onNote });
    const initial = initialFrom === undefined ? undefined : await readImageNetwork(initialFrom);
    const { execution } = resolveConfig([settings]).values;
    const device = await openRunDevice({ ...execution, tune: false }, onNote);
    const begun = performance.now();
    let done = 0, loss = NaN;
    const write = async (weights: ImageNetwork["weights"]) => {
      const card = cardOf({ scans: done, seed, loss, seconds: (performance.now() - begun) / 1000, initial });
      await writeFileAtomic(file, await encodeImageNetwork({ weights, card }));
    };
    try {
      const weights = await pretrain({
        device,
        scans,
        seed,
        ...(initial ? { initial: initial.weights } : {}),
        logger,
        signal,
        onScan: async (report) => {
          ({ scans: done, loss } = report);
          screen.progress({ phase: "pretrain", done, total: scans, unit: "scans", values: { loss } });
          if (done % WRITE_EVERY === 0) await write(await report.weights());
        },
      });
      await write(weights);
    } finally {
      await device.dispose();
    }
    return reportOf({ file, done, loss, interrupted: signal?.aborted ?? false });
  },
});

interface CardFacts {
  readonly scans: number;
  readonly seed: number;
  readonly loss: number;
  readonly seconds: number;
  readonly initial: ImageNetwork | undefined;
}

/** What is said of the weights, with the cards of those that they began with. */
function cardOf({ scans, seed, loss, seconds, initial }: CardFacts): string {
  const before: unknown = initial && initial.card !== "" ? JSON.parse(initial.card) : undefined;
  return JSON.stringify({
    scans,
    seed,
    loss,
    hours: seconds / 3600,
    ...(initial ? { before: before ?? {} } : {}),
  });
}

function reportOf(
  { file, done, loss, interrupted }: { file: string; done: number; loss: number; interrupted: boolean },
): CommandResult {
  return {
    summary: { file, scans: done, loss, interrupted },
    lines: [
      `${interrupted ? "interrupted after" : "trained on"} ${done} scans: loss ${formatNumber(loss)}`,
      file,
    ],
    exitCode: interrupted ? EXIT.interrupted : EXIT.done,
  };
}
