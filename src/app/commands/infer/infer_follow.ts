/**
 * `plica infer --follow`: the image of a scan while it is measured.
 *
 * @module
 */
import type { ResolvedConfig } from "../../../config/mod.ts";
import { claimOutputDir, isFolder } from "../../../host/mod.ts";
import type { Bundle } from "../../../formats/mod.ts";
import {
  followArrivals,
  type FollowReport,
  type LiveImage,
  type LiveReconstruction,
  type Model,
  modelOf,
  openLiveReconstruction,
  readModelFile,
} from "../../../network/mod.ts";
import { arrivalsInFolder, arrivalsInLines } from "../../../scan/mod.ts";

import { type ReconstructionFiles, type Stitched, writeReconstruction } from "../../../image/mod.ts";

import type { CommandResult, Workspace } from "../../shell/command.ts";
import { openRunDevice } from "../../shell/device.ts";
import { EXIT, oneLine, UsageError } from "../../shell/exit.ts";
import { bundleLayerOf } from "./infer_settings.ts";
import { bundlePath } from "../../shell/paths.ts";
import { type CallSettings, printedConfig } from "../../shell/settings.ts";
import { formatNumber } from "../../shell/table.ts";

/** A call of `infer --follow`. */
export interface FollowCall {
  readonly settings: CallSettings;
  readonly modelPath: string;
  /** The folder; standard input without, or for `-`. */
  readonly source: string | undefined;
  readonly outputDir: string;
  readonly overwrite: boolean;
  readonly workspace: Workspace;
}

/** Follows a scan to its end, an idle time or Ctrl-C; the image is written now and then, and in the end. */
export async function inferFollowing(call: FollowCall): Promise<CommandResult> {
  const { outputDir, overwrite, workspace } = call;
  const { logger, signal } = workspace;
  await using _claim = call.settings.printConfig
    ? undefined
    : await claimOutputDir(outputDir, { overwrite, onNote: (line) => logger.info(line) });
  await refuseSource(call.source);
  const bundle = await readModelFile(await bundlePath(call.modelPath), { signal });
  const model = modelOf(bundle);
  const config = await call.settings.resolve({ layers: [bundleLayerOf(bundle)], logger });
  if (call.settings.printConfig) return printedConfig(config);
  const { inference, execution } = config.values;
  if (inference.passes > 1) logger.info("passes: patterns are followed once, as they come");
  if (inference.fitScales) {
    logger.info("fit-scales: a scan that is followed is given the scales of the training");
  }
  const device = await openRunDevice(execution, (line) => logger.info(line));
  try {
    using live = await openLiveReconstruction({
      model,
      device,
      logger,
      batchSize: inference.batchSize ?? undefined,
      phaseSync: inference.phaseSync,
      patchWeights: inference.patchWeights,
      maskThreshold: inference.maskThreshold,
    });
    const write = (image: Stitched, scale?: number) =>
      writeReconstruction(outputDir, { ...image, pixelSizeM: model.pixelSizeM }, {
        formats: inference.format,
        scale,
      });
    // coarse while patterns wait: drawing takes a third of the time
    const onWrite = async () => void await write(live.snapshot(), 1);
    const report = await follow(live, { call, model, config, onWrite });
    const image = report.patterns > 0 ? await live.finish() : undefined;
    const files = image ? await write(image) : {};
    return result(report, { image, files, bundle, device: device.info.name, call });
  } finally {
    await device.dispose();
  }
}

/** The folder has to be there: one that is made later would be waited for in vain after a typing error. */
async function refuseSource(source: string | undefined): Promise<void> {
  if (source === undefined || source === "-") return;
  if (await isFolder(source)) return;
  throw new UsageError(
    `--test-data-file: found ${source}, expected with --follow a folder that is being filled, or - for standard input`,
  );
}

function follow(
  live: LiveReconstruction,
  { call: { source, workspace }, model, config, onWrite }: {
    readonly call: FollowCall;
    readonly model: Model;
    readonly config: ResolvedConfig;
    readonly onWrite: () => Promise<void>;
  },
): Promise<FollowReport> {
  const { signal, logger, session } = workspace;
  const { inference, data: { measurement } } = config.values;
  const options = { size: model.size, measurement, signal };
  const arrivals = source === undefined || source === "-"
    ? arrivalsInLines(session.stdin(), options)
    : arrivalsInFolder(source, options);
  let reportedAt = performance.now();
  return followArrivals(arrivals, {
    live,
    logger,
    signal,
    idleSeconds: inference.followIdle ?? undefined,
    writeSeconds: inference.followWrite,
    onWrite,
    onPatterns: (count) => {
      if (performance.now() - reportedAt < 5000) return;
      reportedAt = performance.now();
      logger.info(`${count} patterns`);
    },
  });
}

interface ResultContext {
  readonly image: LiveImage | undefined;
  readonly files: ReconstructionFiles;
  readonly bundle: Bundle;
  readonly device: string;
  readonly call: FollowCall;
}

function result(report: FollowReport, { image, files, bundle, device, call }: ResultContext): CommandResult {
  const { patterns, refused, end, latencyMs, patternsPerSecond, patternsPerBusySecond, error } = report;
  if (error !== undefined) call.workspace.screen.line(`stopped: ${oneLine(error)}`);
  const source = call.source ?? "-";
  const nothing = `nothing was reconstructed: no patterns came from ${
    source === "-" ? "standard input" : source
  }`;
  return {
    summary: {
      patterns,
      refused,
      end,
      ...(error === undefined ? {} : { error: oneLine(error) }),
      latency_ms: { median: latencyMs.median, p95: latencyMs.p95, max: latencyMs.largest },
      patterns_per_second: patternsPerSecond,
      patterns_per_busy_second: patternsPerBusySecond,
      device,
      ...(image ? { canvas: { height: image.height, width: image.width, x0: image.x0, y0: image.y0 } } : {}),
      ...(image?.sync ? { phase_sync: image.sync } : {}),
      data: source,
      model: bundle.file,
      weights_sha256: bundle.manifest.weightsSha256,
      files,
    },
    lines: image
      ? [
        `followed ${patterns} patterns to ${end}: ${image.height} x ${image.width} pixels` +
        (refused > 0 ? `; ${refused} arrivals were left out` : ""),
        `${formatNumber(latencyMs.median)} ms from arrival to image (95 %: ${
          formatNumber(latencyMs.p95)
        } ms)`,
        `${formatNumber(patternsPerSecond)} patterns per second on ${device}; ` +
        `${formatNumber(patternsPerBusySecond)} where they come as fast`,
        ...Object.values(files),
      ]
      : [nothing],
    exitCode: end === "interrupted"
      ? EXIT.interrupted
      : refused > 0 || end === "failed" || !image
      ? EXIT.failed
      : EXIT.done,
  };
}
