/**
 * `plica infer` without a model: the object of a scan by a solver and the network over the image that comes along.
 *
 * @module
 */
import { claimOutputDir, writeFileAtomic } from "../../../host/mod.ts";
import type { InferenceConfig, ResolvedConfig } from "../../../config/mod.ts";
import { writeNpz } from "../../../formats/mod.ts";
import { writeReconstruction } from "../../../image/mod.ts";
import { type ImageReconstruction, reconstructImage, shippedImageNetwork } from "../../../network/mod.ts";
import { samplePositions, type Scan } from "../../../scan/mod.ts";

import type { CommandResult, Workspace } from "../../shell/command.ts";
import { openRunDevice } from "../../shell/device.ts";
import { EXIT } from "../../shell/exit.ts";
import {
  findOrientation,
  flagsOf,
  judgeImage,
  orientationLines,
  type OrientationReport,
  type Verdict,
  verdictLines,
} from "../../../solver/mod.ts";
import { refuseTurned } from "../../shell/orientation_check.ts";
import { phaseRangeOf } from "./infer_settings.ts";
import { identityOf, nothingLeft, writeRecord } from "./infer_record.ts";
import { type CallSettings, openCall, printedConfig } from "../../shell/settings.ts";
import { formatNumber } from "../../shell/table.ts";

/** A call of the command. */
export interface InferImageCall {
  readonly settings: CallSettings;
  readonly testDataFile: string;
  readonly outputDir: string;
  readonly overwrite: boolean;
  readonly resume: boolean;
  readonly workspace: Workspace;
}

/** Reconstructs a scan that nothing was trained on. */
export async function inferImage(call: InferImageCall): Promise<CommandResult> {
  const { settings, testDataFile, outputDir, resume, workspace: { logger, signal, screen } } = call;
  const overwrite = call.overwrite || resume;
  const onNote = (line: string) => logger.info(line);
  await using _claim = settings.printConfig
    ? undefined
    : await claimOutputDir(outputDir, { overwrite, onNote });
  const { scan, config } = await openCall(testDataFile, { settings, layers: [], logger, signal });
  await using _closed = scan;
  if (settings.printConfig) return printedConfig(config);
  const { execution, inference } = config.values;
  const { weights, card } = await shippedImageNetwork();
  const identity = identityOf(config, { data_sha256: await scan.sha256(), weights: card, shard: null });
  const done = resume ? await nothingLeft(outputDir, identity) : undefined;
  if (done) return done;
  const device = await openRunDevice({ ...execution, tune: false }, onNote);
  try {
    await refuseTurned(scan, { config, device, signal });
    const image = await reconstructImage(scan, {
      device,
      weights,
      indices: chosenPatterns(scan, config),
      ...(inference.polish === null ? {} : { polish: inference.polish }),
      maskThreshold: inference.maskThreshold,
      logger,
      onProgress: screen.progress,
      signal,
    });
    const files = await writeImage(outputDir, image, inference);
    const verdict = await judgeImage(scan, {
      object: image,
      probe: image.probe,
      positionsPx: scan.positionsPx,
      indices: Int32Array.from({ length: scan.n }, (_, i) => i),
    }, { proven: image.proven, signal });
    const unchecked = !config.values.data.orientationCheck;
    const turn = unchecked && verdict.word !== "good"
      ? await findOrientation(scan, { device, signal })
      : undefined;
    await writeRecord(outputDir, identity);
    const sha256 = await scan.sha256();
    return reportOf(image, { scan, card, files, device: device.info.name, sha256, verdict, turn });
  } finally {
    await device.dispose();
  }
}

function chosenPatterns({ n }: Scan, { values: { data } }: ResolvedConfig): Int32Array {
  const wanted = data.nSubsample ?? data.nGroups ?? undefined;
  return samplePositions(n, {
    subsampleSeed: data.subsampleSeed,
    sequential: data.sequentialSampling,
    ...(wanted === undefined || wanted >= n ? {} : { nSubsample: wanted }),
  });
}

/** The image with its files, the network's own image beside it, the expected error, and what the choice was made by. */
async function writeImage(
  folder: string,
  image: ImageReconstruction,
  inference: InferenceConfig,
): Promise<Readonly<Record<string, string>>> {
  const written = await writeReconstruction(folder, image, {
    formats: inference.format,
    phaseRange: phaseRangeOf(inference),
  });
  const { height, width, x0, y0, expectedError } = image;
  const network = `${folder}/network_image.npz`;
  const number = (value: number) => ({ dtype: "float64", shape: [], data: Float64Array.of(value) }) as const;
  await writeNpz(network, {
    object: { dtype: "complex64", shape: [height, width], data: image.smooth ?? image.data },
    expected_error: { dtype: "float32", shape: [height, width], data: expectedError },
    x0: number(x0),
    y0: number(y0),
  });
  const choice = `${folder}/choice.json`;
  const { chosen, candidates, heldOut } = image;
  await writeFileAtomic(
    choice,
    `${JSON.stringify({ chosen, held_out_patterns: heldOut, candidates }, null, 2)}\n`,
  );
  return { ...written, network, choice };
}

interface Report {
  readonly scan: Scan;
  readonly card: string;
  readonly files: Readonly<Record<string, string>>;
  readonly device: string;
  readonly sha256: string;
  readonly verdict: Verdict;
  readonly turn: OrientationReport | undefined;
}

function reportOf(image: ImageReconstruction, report: Report): CommandResult {
  const { scan, card, files, device, sha256, verdict, turn } = report;
  const { height, width, x0, y0, chosen, candidates, patterns, heldOut, seconds, pixelSizeM } = image;
  const deviances = Object.fromEntries(candidates.map((one) => [one.name, one.deviance]));
  const median = medianError(image);
  return {
    summary: {
      patterns,
      held_out_patterns: heldOut,
      device,
      seconds,
      canvas: { height, width, x0, y0 },
      ...(pixelSizeM === undefined ? {} : { pixel_size_m: pixelSizeM }),
      chosen,
      held_out_deviance: deviances,
      expected_error: median,
      data: scan.source,
      data_sha256: sha256,
      network: card === "" ? null : JSON.parse(card),
      verdict: { ...verdict, ...(turn?.better.length ? { cure: turn.better.map(flagsOf) } : {}) },
      files,
    },
    lines: [
      `reconstructed ${height} x ${width} pixels from ${patterns} patterns in ${
        formatNumber(seconds)
      } s on ${device}`,
      `${heldOut || "the same"} patterns judge: ${
        candidates.map((one) => `${one.name} ${formatNumber(one.deviance)}`).join(", ")
      }`,
      `written: ${chosen}${
        chosen === "flat"
          ? "; NOTHING explains the patterns better than a flat object: do not trust this image"
          : `; its expected error is ${formatNumber(median)} of the transmission (median)`
      }`,
      ...verdictLines(verdict),
      ...orientationLines(turn),
      ...Object.values(files),
    ],
    exitCode: verdict.word === "failed" ? EXIT.failed : EXIT.done,
  };
}

function medianError({ expectedError, mask }: ImageReconstruction): number {
  const values = expectedError.filter((_, i) => mask[i] !== 0).sort();
  return values[Math.floor(values.length / 2)] ?? NaN;
}
