/**
 * `plica infer`: the object of a scan by a trained network.
 *
 * @module
 */
import { bundleLayer, isRecord } from "../config/layers.ts";
import type { ResolvedConfig } from "../config/resolve.ts";
import { fieldsOf } from "../config/schema.ts";
import { flag, group, message, object, option, optional } from "../deps/optique_core.ts";
import { path } from "../deps/optique_run.ts";
import { checkOutputDir, prepareOutputDir } from "../io/atomic.ts";
import { type Bundle, readBundle } from "../io/bundle.ts";
import { modelOf } from "../nn/model.ts";
import { samplePositions } from "../scan/sampling.ts";
import type { Scan } from "../scan/types.ts";
import { refuseMisfit } from "../stitch/predict.ts";
import { reconstruct, type Reconstruction } from "../stitch/reconstruct.ts";
import { type CommandResult, defineCommand, type Workspace } from "./command.ts";
import { openRunDevice } from "./device.ts";
import { UsageError } from "./exit.ts";
import { type GivenSettings, settingsParser } from "./flags.ts";
import { bundlePath } from "./paths.ts";
import { type ReconstructionFiles, writeReconstruction } from "../stitch/reconstruction_files.ts";
import { type ConfigFlags, configParser, mannerOfCall, openCall, printedConfig } from "./settings.ts";
import { formatNumber } from "./table.ts";

const files = group(
  "Files",
  object({
    modelPath: optional(option("--model-path", path({ metavar: "PATH" }), {
      description: message`Bundle of a trained network, or the folder of its training`,
    })),
    testDataFile: optional(option("--test-data-file", path({ metavar: "FILE", type: "file" }), {
      description: message`NPZ with the patterns, positions and probe of a scan`,
    })),
    outputDir: optional(option("--output-dir", path({ metavar: "FOLDER", type: "directory" }), {
      description: message`Folder for the object and its pictures; new or empty`,
    })),
    overwrite: optional(flag("--overwrite", {
      description: message`Accept an output folder with files in it`,
    })),
  }),
);

/** The command. */
export const inferCommand = defineCommand({
  name: "infer",
  brief: "Reconstruct the object of a scan with a trained network.",
  example: "plica infer --model-path run --test-data-file scan.npz --output-dir image",
  parser: object({ files, config: configParser, settings: settingsParser(fieldsOf("infer")) }),
  manner: mannerOfCall,
  run(flags, workspace) {
    const { modelPath, testDataFile, outputDir, overwrite } = flags.files;
    if (modelPath === undefined) {
      throw new UsageError("--model-path is missing: name a bundle or the folder of a run");
    }
    if (testDataFile === undefined) {
      throw new UsageError("--test-data-file is missing: name the NPZ to reconstruct");
    }
    if (outputDir === undefined && !flags.config.printConfig) {
      throw new UsageError("--output-dir is missing: name a folder for the results");
    }
    const call = {
      ...flags,
      modelPath,
      testDataFile,
      outputDir: outputDir ?? "",
      overwrite: overwrite ?? false,
    };
    return inferWith({ ...call, workspace });
  },
});

interface InferCall {
  readonly config: ConfigFlags;
  readonly settings: GivenSettings;
  readonly modelPath: string;
  readonly testDataFile: string;
  readonly outputDir: string;
  readonly overwrite: boolean;
  readonly workspace: Workspace;
}

async function inferWith(call: InferCall): Promise<CommandResult> {
  const { outputDir, overwrite, workspace } = call;
  if (!call.config.printConfig) await checkOutputDir(outputDir, { overwrite });
  const bundle = await readBundle(await bundlePath(call.modelPath), { signal: workspace.signal });
  const model = modelOf(bundle);
  const layers = [layerOf(bundle)];
  const { scan, config } = await openCall(call.testDataFile, { ...call, layers }, workspace);
  await using _closed = scan;
  if (call.config.printConfig) return printedConfig(config);
  const indices = chosenPatterns(scan, config);
  refuseMisfit(scan, { model, patterns: indices.length });
  const { logger, signal, screen } = workspace;
  const { execution, inference } = config.values;
  const onNote = (line: string) => logger.info(line);
  const device = await openRunDevice(execution, onNote);
  try {
    const image = await reconstruct(scan, {
      model,
      device,
      logger,
      signal,
      onProgress: screen.progress,
      indices,
      neighborCount: config.values.data.neighborCount,
      phaseSync: inference.phaseSync,
      maskThreshold: inference.maskThreshold,
      ...(inference.batchSize === null ? {} : { batchSize: inference.batchSize }),
    });
    await prepareOutputDir(outputDir, { overwrite });
    const written = await writeReconstruction(outputDir, image, { formats: inference.format });
    return await reportOf(image, { scan, bundle, written, device: device.info.name });
  } finally {
    await device.dispose();
  }
}

/** The settings that the model was trained with, as far as they are the model's. */
function layerOf({ config, file }: Bundle) {
  const values = isRecord(config) && isRecord(config.values) ? config.values : {};
  return bundleLayer(values, file);
}

/** All patterns, or as many as were asked for; a group counts for gridsize squared patterns. */
function chosenPatterns({ n }: Scan, { values: { data }, derived }: ResolvedConfig): Int32Array {
  const options = { subsampleSeed: data.subsampleSeed, sequential: data.sequentialSampling };
  const indices = samplePositions(n, { ...options, nSubsample: data.nSubsample ?? undefined });
  const wanted = data.nGroups === null ? n : data.nGroups * derived.channels;
  if (wanted >= indices.length) return indices;
  return samplePositions(indices.length, { ...options, nSubsample: wanted }).map((place) => indices[place]);
}

interface ReportContext {
  readonly scan: Scan;
  readonly bundle: Bundle;
  readonly written: ReconstructionFiles;
  readonly device: string;
}

async function reportOf(image: Reconstruction, context: ReportContext): Promise<CommandResult> {
  const { scan, bundle, written, device } = context;
  const { height, width, x0, y0, patterns, patternsPerSecond, sync, pixelSizeM } = image;
  return {
    summary: {
      patterns,
      patterns_per_second: patternsPerSecond,
      device,
      canvas: { height, width, x0, y0 },
      ...(pixelSizeM === undefined ? {} : { pixel_size_m: pixelSizeM }),
      ...(sync ? { phase_sync: sync } : {}),
      data: scan.source,
      data_sha256: await scan.sha256(),
      model: bundle.file,
      weights_sha256: bundle.manifest.weightsSha256,
      files: written,
    },
    lines: [
      `reconstructed ${height} x ${width} pixels from ${patterns} patterns`,
      `${formatNumber(patternsPerSecond)} patterns per second on ${device}`,
      ...Object.values(written),
    ],
  };
}
