/**
 * `plica infer`: the object of a scan by a trained network.
 *
 * @module
 */
import { fieldsOf, type ResolvedConfig } from "../../../config/mod.ts";

import {
  choice,
  flag,
  group,
  message,
  object,
  option,
  optional,
  string,
} from "../../../deps/optique_core.ts";
import { path } from "../../../deps/optique_run.ts";
import { checkOutputDir, claimOutputDir, prepareOutputDir, writeFileAtomic } from "../../../host/mod.ts";
import type { Bundle } from "../../../formats/mod.ts";
import {
  groupingOf,
  modelOf,
  openPatchLog,
  type QualityFiles,
  qualitySummary,
  qualityText,
  readModelFile,
  reconstruct,
  type Reconstruction,
  refuseMisfit,
  SHARD_NAME,
  writeQuality,
  writeShard,
} from "../../../network/mod.ts";
import { samplePositions, type Scan } from "../../../scan/mod.ts";
import { judgeImage, type Verdict, verdictLines } from "../../../solver/mod.ts";

import { type CommandResult, defineCommand, type Workspace } from "../../shell/command.ts";
import { openRunDevice } from "../../shell/device.ts";
import { UsageError } from "../../shell/exit.ts";
import { inferFollowing } from "./infer_follow.ts";
import { inferImage } from "./infer_image.ts";
import { identityOf, nothingLeft, writeRecord } from "./infer_record.ts";
import { bundleLayerOf, phaseRangeOf } from "./infer_settings.ts";
import { bundlePath } from "../../shell/paths.ts";
import { type ReconstructionFiles, writeReconstruction } from "../../../image/mod.ts";
import { refuseTurned } from "../../shell/orientation_check.ts";
import { type CallSettings, callSettings, openCall, printedConfig } from "../../shell/settings.ts";
import { formatNumber } from "../../shell/table.ts";

const files = group(
  "Files",
  object({
    modelPath: optional(option("--model-path", path({ metavar: "PATH" }), {
      description:
        message`Bundle of a trained network, or the folder of its training; without it a solver and the network over the image that comes along make the image`,
    })),
    testDataFile: optional(option("--test-data-file", path({ metavar: "FILE" }), {
      description:
        message`NPZ with the patterns, positions and probe of a scan; with --follow the folder that is being filled`,
    })),
    outputDir: optional(option("--output-dir", path({ metavar: "FOLDER", type: "directory" }), {
      description: message`Folder for the object and its pictures; new or empty`,
    })),
    overwrite: optional(flag("--overwrite", {
      description: message`Accept an output folder with files in it`,
    })),
    resume: optional(option("--resume", choice(["last"]), {
      description:
        message`Do nothing where the output folder has the same image of the same data already; else make it anew there`,
    })),
    follow: optional(flag("--follow", {
      description:
        message`Reconstruct while patterns arrive: NPZ files in the folder of --test-data-file, or lines of JSON on standard input (docs/live.md)`,
    })),
    shard: optional(option("--shard", string({ metavar: "I/N" }), {
      description: message`Reconstruct part I of N of the scan alone; plica merge adds the parts`,
    })),
    debugDump: optional(option("--debug-dump", path({ metavar: "FOLDER", type: "directory" }), {
      description:
        message`Write canvas.json, offsets.json, stats.json and pictures of the first patches into this folder`,
    })),
  }),
);

/** The command. */
export const inferCommand = defineCommand({
  name: "infer",
  brief: "Reconstruct the object of a scan with a network, in seconds.",
  example: "plica infer --test-data-file scan.npz --output-dir image",
  parser: object({ files, settings: callSettings(fieldsOf("infer")) }),
  verbosity: ({ settings }) => settings.verbosity(),
  run(flags, workspace) {
    const { modelPath, testDataFile, outputDir, overwrite, resume: resumed, follow, debugDump } = flags.files;
    if (testDataFile === undefined && !follow) {
      throw new UsageError("--test-data-file is missing: name the NPZ to reconstruct");
    }
    if (outputDir === undefined && !flags.settings.printConfig) {
      throw new UsageError("--output-dir is missing: name a folder for the results");
    }
    const shard = shardOf(flags.files.shard);
    const resume = resumed !== undefined;
    if (modelPath === undefined) {
      for (const [name, given] of Object.entries({ follow, shard, "debug-dump": debugDump })) {
        if (given !== undefined) {
          throw new UsageError(`--${name} needs --model-path: name a bundle or the folder of a run`);
        }
      }
      return inferImage({
        settings: flags.settings,
        testDataFile: testDataFile ?? "",
        outputDir: outputDir ?? "",
        overwrite: overwrite ?? false,
        resume,
        workspace,
      });
    }
    const call = {
      ...flags,
      modelPath,
      outputDir: outputDir ?? "",
      overwrite: overwrite ?? false,
      resume,
      workspace,
    };
    if (!follow) return inferWith({ ...call, testDataFile: testDataFile ?? "", shard, debugDump });
    if (shard) {
      throw new UsageError(
        "--shard: a scan that is followed cannot be cut into parts; leave one of both out",
      );
    }
    if (debugDump !== undefined) {
      throw new UsageError("--debug-dump: not with --follow; reconstruct the finished scan");
    }
    return inferFollowing({ ...call, source: testDataFile });
  },
});

/** `2/5` as part 1, from 0, of 5. */
function shardOf(text: string | undefined): { index: number; count: number } | undefined {
  if (text === undefined) return undefined;
  const [, index, count] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (index >= 1 && index <= count) return { index: index - 1, count };
  throw new UsageError(`--shard: found ${text}, expected I/N with I from 1 to N, such as 2/5`);
}

interface InferCall {
  readonly settings: CallSettings;
  readonly modelPath: string;
  readonly testDataFile: string;
  readonly outputDir: string;
  readonly overwrite: boolean;
  readonly resume: boolean;
  readonly shard?: { readonly index: number; readonly count: number };
  readonly debugDump?: string;
  readonly workspace: Workspace;
}

async function inferWith(call: InferCall): Promise<CommandResult> {
  const { outputDir, workspace, debugDump, resume } = call;
  const overwrite = call.overwrite || resume;
  const { logger, signal, screen } = workspace;
  const { printConfig } = call.settings;
  await using _claim = printConfig
    ? undefined
    : await claimOutputDir(outputDir, { overwrite, onNote: (line) => logger.info(line) });
  if (!printConfig && debugDump !== undefined) await checkOutputDir(debugDump, { overwrite: true });
  const bundle = await readModelFile(await bundlePath(call.modelPath), { signal });
  const model = modelOf(bundle);
  const layers = [bundleLayerOf(bundle)];
  const { scan, config } = await openCall(call.testDataFile, {
    settings: call.settings,
    layers,
    sideFor: () => model.size,
    logger,
    signal,
  });
  await using _closed = scan;
  if (printConfig) return printedConfig(config);
  const identity = identityOf(config, {
    data_sha256: await scan.sha256(),
    weights: bundle.manifest.weightsSha256,
    shard: call.shard ? `${call.shard.index + 1}/${call.shard.count}` : null,
  });
  const done = resume ? await nothingLeft(outputDir, identity) : undefined;
  if (done) return done;
  const { execution } = config.values;
  const chosen = chosenPatterns(scan, { config, grouped: groupingOf(model).grouped });
  refuseMisfit(scan, { model, patterns: chosen.indices.length });
  const device = await openRunDevice(execution, (line) => logger.info(line));
  try {
    if (debugDump !== undefined) await prepareOutputDir(debugDump, { overwrite: true });
    const patchLog = openPatchLog(execution, { size: scan.size, phase: "inference" });
    await refuseTurned(scan, { config, device, signal });
    const image = await reconstruct(scan, {
      ...chosen,
      model,
      device,
      logger,
      signal,
      onProgress: screen.progress,
      config,
      shard: call.shard,
      debugDump,
      patchLog,
    });
    await patchLog?.write(outputDir);
    const files = await writeResults(image, { ...call, scan, config, bundle });
    const judged = config.values.inference.quality && !call.shard;
    const verdict = judged ? await verdictOf(image, { scan, indices: chosen.indices, signal }) : undefined;
    if (verdict) await writeFileAtomic(`${outputDir}/verdict.json`, `${JSON.stringify(verdict, null, 2)}\n`);
    if (verdict?.word === "failed") logger.warn(`do not trust this image: ${verdict.reasons[0]}`);
    await writeRecord(outputDir, identity);
    const { shard } = call;
    return await reportOf(image, { scan, bundle, files, verdict, device: device.info.name, shard });
  } finally {
    await device.dispose();
  }
}

/**
 * All patterns, or as many as were asked for. Where the network takes whole groups, so many groups are made; else a group
 * counts for gridsize squared patterns.
 */
function chosenPatterns(
  { n }: Scan,
  { config: { values: { data }, derived }, grouped }: { config: ResolvedConfig; grouped: boolean },
): { indices: Int32Array; nGroups?: number } {
  const options = { subsampleSeed: data.subsampleSeed, sequential: data.sequentialSampling };
  const indices = samplePositions(n, { ...options, nSubsample: data.nSubsample ?? undefined });
  if (data.nGroups === null) return { indices };
  if (grouped) return { indices, nGroups: Math.min(data.nGroups, indices.length) };
  const wanted = data.nGroups * derived.channels;
  if (wanted >= indices.length) return { indices };
  const places = samplePositions(indices.length, { ...options, nSubsample: wanted });
  return { indices: places.map((place) => indices[place]) };
}

type Written = ReconstructionFiles & Partial<QualityFiles> & { readonly shard?: string };

async function writeResults(
  image: Reconstruction,
  { outputDir, scan, config, bundle, shard }: Pick<InferCall, "outputDir" | "shard"> & {
    readonly scan: Scan;
    readonly config: ResolvedConfig;
    readonly bundle: Bundle;
  },
): Promise<Written> {
  const { inference, data } = config.values;
  const { quality } = image;
  const at = (axis: Float64Array) => Float64Array.from(quality?.patterns ?? [], (index) => axis[index]);
  const places = { xcoords: at(scan.positionsPx.x), ycoords: at(scan.positionsPx.y) };
  const pictures = await writeReconstruction(outputDir, image, {
    formats: inference.format,
    phaseRange: phaseRangeOf(inference),
  });
  const judged = quality
    ? await writeQuality(outputDir, { quality, ...places, pixelSizeM: image.pixelSizeM })
    : {};
  if (!shard) return { ...pictures, ...judged };
  const path = `${outputDir}/${SHARD_NAME}`;
  const { passes, patchWeights, maskThreshold, phaseSync } = inference;
  const { nSubsample, subsampleSeed, sequentialSampling, nGroups, neighborCount } = data;
  await writeShard(path, {
    ...shard,
    sums: image.canvas.sums,
    patterns: image.patterns,
    scanSha256: await scan.sha256(),
    weightsSha256: bundle.manifest.weightsSha256,
    phaseSync,
    maskThreshold,
    settings: JSON.stringify({
      ...{ passes, patchWeights, nSubsample, subsampleSeed, sequentialSampling, nGroups, neighborCount },
      scales: image.scales ?? null,
    }),
    pixelSizeM: image.pixelSizeM,
    ...(quality ? { quality: { ...quality, ...places } } : {}),
  });
  return { ...pictures, ...judged, shard: path };
}

/** Judges the whole image by the patterns that it was made of. A network fixes the light only up to a factor. */
async function verdictOf(
  image: Reconstruction,
  { scan, indices, signal }: {
    readonly scan: Scan;
    readonly indices: Int32Array;
    readonly signal: AbortSignal;
  },
): Promise<Verdict> {
  const { x, y } = scan.positionsPx;
  const at = (axis: Float64Array) => Float64Array.from(indices, (index) => axis[index]);
  const state = { object: image, probe: image.probe, positionsPx: { x: at(x), y: at(y) }, indices };
  const verdict = await judgeImage(scan, state, { freeLight: true, signal });
  if (verdict.word === "good") return verdict;
  const reason = "the network was trained too little, or on other data; plica run needs no training";
  return { ...verdict, reasons: [reason, ...verdict.reasons] };
}

interface ReportContext {
  readonly verdict: Verdict | undefined;
  readonly scan: Scan;
  readonly bundle: Bundle;
  readonly files: Written;
  readonly device: string;
  readonly shard?: { readonly index: number; readonly count: number };
}

async function reportOf(image: Reconstruction, context: ReportContext): Promise<CommandResult> {
  const { scan, bundle, files, verdict, device, shard } = context;
  const { height, width, x0, y0, patterns, patternsPerSecond, sync, pixelSizeM, scales, quality } = image;
  const part = shard && `${shard.index + 1}/${shard.count}`;
  return {
    summary: {
      patterns,
      patterns_per_second: patternsPerSecond,
      device,
      batch_size: image.batchSize,
      passes: image.passes,
      ...(part === undefined ? {} : { shard: part }),
      canvas: { height, width, x0, y0 },
      ...(pixelSizeM === undefined ? {} : { pixel_size_m: pixelSizeM }),
      ...(sync ? { phase_sync: sync } : {}),
      ...(scales ? { scales } : {}),
      ...(quality ? { quality: qualitySummary(quality) } : {}),
      ...(verdict ? { verdict } : {}),
      data: scan.source,
      data_sha256: await scan.sha256(),
      model: bundle.file,
      weights_sha256: bundle.manifest.weightsSha256,
      files,
    },
    lines: [
      `reconstructed ${height} x ${width} pixels from ${patterns} patterns${part ? `, part ${part}` : ""}`,
      `${formatNumber(patternsPerSecond)} patterns per second on ${device}, ${image.batchSize} at a time`,
      ...(quality ? [qualityText(quality)] : []),
      ...(verdict ? verdictLines(verdict) : []),
      ...Object.values(files),
    ],
  };
}
