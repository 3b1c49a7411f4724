/**
 * `plica compare`: which of several images is better.
 *
 * @module
 */
import { claimOutputDir } from "../../host/mod.ts";
import { resolveConfig, type ResolvedConfig, type SolverConfig, solverSchema } from "../../config/mod.ts";

import {
  argument,
  flag,
  float,
  group,
  message,
  multiple,
  object,
  option,
  optional,
} from "../../deps/optique_core.ts";
import { path } from "../../deps/optique_run.ts";
import type { AnyDevice } from "../../engine/mod.ts";
import { messageOf } from "../../common/mod.ts";
import {
  type ComparableObject,
  compareReconstructions,
  type ComparisonEntry,
  ComparisonError,
  comparisonRow,
  coveredArea,
  writeComparison,
} from "../../comparison/mod.ts";

import { type Model, modelOf, readModelFile, reconstruct } from "../../network/mod.ts";
import { checkerboardHalves, openScan, READING_SETTINGS, readingOptions, type Scan } from "../../scan/mod.ts";
import { inFrameOf, readObjectFile, type StoredObject } from "../../image/mod.ts";

import { solve } from "../../solver/mod.ts";

import { type CommandResult, defineCommand, type Workspace } from "../shell/command.ts";
import { openRunDevice } from "../shell/device.ts";
import { UsageError } from "../shell/exit.ts";
import { settingsAt, settingsParser, verbosityOf } from "../shell/flags.ts";
import { resultOrBundlePath } from "../shell/paths.ts";
import { formatNumber, formatTable } from "../shell/table.ts";

const SETTINGS = [
  ...READING_SETTINGS,
  "execution.accelerator",
  "execution.threads",
  "execution.quiet",
  "execution.json",
];

const files = group(
  "Files",
  object({
    images: multiple(
      argument(path({ metavar: "FILE" }), {
        description:
          message`Result (NPZ or its folder), or what reconstructs --test-data-file first: a trained model (bundle or its folder), or a solver with its epochs, such as LSQML:50 [100 epochs]`,
      }),
    ),
    reference: optional(option("--reference", path({ metavar: "FILE" }), {
      description: message`What they are compared with: a result, or a scan with its true object`,
    })),
    testDataFile: optional(option("--test-data-file", path({ metavar: "FILE", type: "file" }), {
      description: message`NPZ of the scan that models reconstruct`,
    })),
    outputDir: optional(option("--output-dir", path({ metavar: "FOLDER", type: "directory" }), {
      description: message`Folder for tables, curves and picture; new or empty`,
    })),
    halves: optional(flag("--halves", {
      description:
        message`Without a reference: split the scan by a checkerboard, let each model or solver reconstruct both halves, and compare these`,
    })),
    noRegister: optional(flag("--no-registration", {
      description: message`Compare pixel on pixel in the frame of the scan: take no shift out`,
    })),
    msSsimSigma: optional(option("--ms-ssim-sigma", float({ metavar: "PIXELS", min: 0, max: 100 }), {
      description: message`Width of a Gaussian applied to both images before MS-SSIM [0]`,
    })),
    saveNpzAligned: optional(flag("--save-npz-aligned", {
      description: message`Write the aligned images as aligned.npz`,
    })),
    keepGoing: optional(flag("--keep-going", {
      description:
        message`Leave out, with a line, an image that cannot be compared, as long as one is left; skipped in comparison.json has the reasons`,
    })),
    overwrite: optional(flag("--overwrite", {
      description: message`Accept an output folder with files in it`,
    })),
  }),
);

/** The command. */
export const compareCommand = defineCommand({
  name: "compare",
  brief: "Compare reconstructions with a reference or their halves with each other.",
  example: "plica compare --reference scan.npz network/ solver/ --output-dir comparison",
  parser: object({ files, settings: settingsParser(settingsAt(...SETTINGS)) }),
  verbosity: ({ settings }) => verbosityOf(settings),
  async run({ files: call, settings }, workspace) {
    if (call.images.length === 0) throw new UsageError("nothing to compare: name results or models");
    const { outputDir, halves = false, reference } = call;
    if (outputDir === undefined) {
      throw new UsageError("--output-dir is missing: name a folder for the results");
    }
    if (halves === (reference !== undefined)) {
      throw new UsageError(
        halves
          ? "--reference and --halves are two ways to compare: give one of them"
          : "--reference is missing: name a result or a true object, or compare the halves of a scan with --halves",
      );
    }
    await using _claim = await claimOutputDir(outputDir, {
      overwrite: call.overwrite,
      onNote: (line) => workspace.logger.info(line),
    });
    const config = resolveConfig([settings]);
    const methods = await Promise.all(call.images.map((image) => openMethod(image, workspace)));
    const skipped: SkippedMethod[] = [];
    const entries = await withTools(
      { call, config, methods, workspace },
      (tools) =>
        halves ? compareHalves(methods, { tools, sigma: call.msSsimSigma }) : compareWith(reference ?? "", {
          methods,
          tools,
          call,
          skipped: call.keepGoing ? skipped : undefined,
        }),
    );
    for (const { name, comparison: { implausibleShift: far } } of entries) {
      if (!far) continue;
      workspace.logger.warn(
        `${name}: registration found a shift of ${
          Math.hypot(far.dy, far.dx).toFixed(1)
        } px, which no scan has: compared in the given frame, as by --no-register; is it the same sample?`,
      );
    }
    for (const { name, reason } of skipped) workspace.logger.warn(`${name} is left out: ${reason}`);
    const about = {
      reference: reference ?? "the other half of the scan",
      ...(call.keepGoing ? { skipped } : {}),
    };
    const written = await writeComparison(outputDir, entries, {
      about,
      halves,
      aligned: call.saveNpzAligned,
    });
    return reportOf(entries, { about, written });
  },
});

interface CompareCall {
  readonly testDataFile: string | undefined;
  readonly noRegister: true | undefined;
  readonly msSsimSigma: number | undefined;
}

/** A result as it is, or a model or a solver that is yet to reconstruct. */
type Method =
  | {
    readonly name: string;
    readonly result: StoredObject & { readonly name: string };
    readonly seconds?: number;
  }
  | { readonly name: string; readonly model: Model }
  | { readonly name: string; readonly algorithm: Algorithm; readonly numEpochs: number };

type Algorithm = SolverConfig["algorithm"];

const ALGORITHMS: readonly Algorithm[] = solverSchema.shape.algorithm.unwrap().options;

async function openMethod(image: string, { signal }: Workspace): Promise<Method> {
  const [wanted, epochs = "100"] = image.split(":");
  const algorithm = ALGORITHMS.find((name) => name.toLowerCase() === wanted.toLowerCase());
  if (algorithm && /^[1-9]\d{0,5}$/.test(epochs)) {
    return { name: `${algorithm} ${epochs}`, algorithm, numEpochs: Number(epochs) };
  }
  const file = await resultOrBundlePath(image);
  const name = nameOf(image);
  if (file.endsWith(".h5.zip")) return { name, model: modelOf(await readModelFile(file, { signal })) };
  const stored = await readObjectFile(file, { signal });
  return { name, result: { ...stored, name: image }, seconds: secondsOf(stored.metadata) };
}

function nameOf(image: string): string {
  return image.replace(/[\\/]+$/, "").split(/[\\/]/).at(-1)?.replace(/\.(npz|h5\.zip)$/, "") ?? image;
}

function secondsOf(metadata: unknown): number | undefined {
  if (typeof metadata !== "object" || metadata === null || !("seconds" in metadata)) return undefined;
  return typeof metadata.seconds === "number" ? metadata.seconds : undefined;
}

/** Context of the reconstructions by models and solvers. */
interface Tools {
  readonly scan: Scan;
  readonly device: AnyDevice;
  readonly workspace: Workspace;
}

/** Opens scan and device where a model or solver needs them. */
async function withTools<Result>(
  { call, config, methods, workspace }: {
    readonly call: CompareCall & { readonly halves: true | undefined };
    readonly config: ResolvedConfig;
    readonly methods: readonly Method[];
    readonly workspace: Workspace;
  },
  work: (tools: Tools | undefined) => Promise<Result>,
): Promise<Result> {
  const working = methods.filter((method) => !("result" in method));
  const result = methods.find((method) => "result" in method);
  if (call.halves && result) {
    throw new UsageError(
      `--halves: ${result.name} is a finished image; name models or solvers, which can reconstruct each half`,
    );
  }
  if (working.length === 0) return await work(undefined);
  if (call.testDataFile === undefined) {
    throw new UsageError(
      `--test-data-file is missing: ${working[0].name} has to reconstruct a scan first`,
    );
  }
  const { logger, signal } = workspace;
  const { execution, data } = config.values;
  const onNote = (line: string) => logger.info(line);
  await using scan = await openScan(call.testDataFile, { ...readingOptions(data), onNote, signal });
  const device = await openRunDevice(execution, onNote);
  try {
    return await work({ scan, device, workspace });
  } finally {
    await device.dispose();
  }
}

/** An image that was left out. */
interface SkippedMethod {
  readonly name: string;
  readonly reason: string;
}

async function compareWith(
  reference: string,
  { methods, tools, call, skipped }: {
    readonly methods: readonly Method[];
    readonly tools: Tools | undefined;
    readonly call: CompareCall;
    /** Takes the images that cannot be compared; without it the first of them ends the comparison. */
    readonly skipped: SkippedMethod[] | undefined;
  },
): Promise<ComparisonEntry[]> {
  const truth = { ...await readObjectFile(await resultOrBundlePath(reference)), name: reference };
  const images = [];
  const { object: { x0, y0, height, width }, positionsPx } = truth;
  const frame = { positionsPx, middle: { x: x0 + width / 2, y: y0 + height / 2 } };
  for (const method of methods) {
    const placed = "result" in method
      ? { ...method, result: { ...inFrameOf(method.result, frame), name: method.result.name } }
      : method;
    images.push({ name: method.name, ...await imageOf(placed, { tools }) });
  }
  const { area } = coveredArea([truth, ...images.map(({ result }) => result)]);
  const entries = images.flatMap(({ name, result, seconds }) => {
    try {
      const comparison = compareReconstructions(result, truth, {
        area,
        register: !call.noRegister,
        msSsimSigma: call.msSsimSigma,
      });
      return [{ name, comparison, seconds, pixelSizeM: truth.pixelSizeM ?? result.pixelSizeM }];
    } catch (error) {
      if (!skipped || !(error instanceof ComparisonError)) throw error;
      skipped.push({ name, reason: messageOf(error) });
      return [];
    }
  });
  if (entries.length > 0) return entries;
  throw new ComparisonError(skipped?.map(({ reason }) => reason).join("; ") ?? "nothing was compared");
}

/** Each method against itself: the halves have no pattern in common, so that noise does not correlate. */
async function compareHalves(
  methods: readonly Method[],
  { tools, sigma: msSsimSigma }: { readonly tools: Tools | undefined; readonly sigma: number | undefined },
): Promise<ComparisonEntry[]> {
  if (!tools) return [];
  const [black, white] = checkerboardHalves(tools.scan.positionsPx);
  const entries: ComparisonEntry[] = [];
  for (const method of methods) {
    const first = await imageOf(method, { tools, indices: black });
    const second = await imageOf(method, { tools, indices: white });
    entries.push({
      name: method.name,
      comparison: compareReconstructions(second.result, first.result, { msSsimSigma }),
      seconds: (first.seconds ?? 0) + (second.seconds ?? 0),
      pixelSizeM: tools.scan.pixelSizeM,
    });
  }
  return entries;
}

async function imageOf(
  method: Method,
  { tools, indices }: { readonly tools: Tools | undefined; readonly indices?: Int32Array },
): Promise<{ result: ComparableObject; seconds?: number }> {
  if ("result" in method) return method;
  if (!tools) throw new UsageError(`${method.name} has no scan to reconstruct`);
  const { scan, device, workspace: { logger, signal, screen } } = tools;
  const common = { device, logger, signal, onProgress: screen.progress, ...(indices ? { indices } : {}) };
  const begun = performance.now();
  const image = "model" in method
    ? await networkImage(scan, { ...common, model: method.model })
    : await solverImage(scan, {
      ...common,
      config: { solver: { algorithm: method.algorithm, numEpochs: method.numEpochs } },
    });
  const seconds = (performance.now() - begun) / 1000;
  return { result: { ...image, pixelSizeM: scan.pixelSizeM, name: method.name }, seconds };
}

async function networkImage(
  scan: Scan,
  options: Parameters<typeof reconstruct>[1],
): Promise<Pick<ComparableObject, "object" | "weight">> {
  const image = await reconstruct(scan, { ...options, config: { inference: { quality: false } } });
  return { object: image, weight: image.weight };
}

async function solverImage(
  scan: Scan,
  options: Parameters<typeof solve>[1],
): Promise<Pick<ComparableObject, "object" | "weight">> {
  const { object, weight, interrupted } = await solve(scan, options);
  if (interrupted) options.signal?.throwIfAborted();
  return { object, weight };
}

function reportOf(
  entries: readonly ComparisonEntry[],
  { about, written }: { readonly about: Readonly<Record<string, unknown>>; readonly written: object },
): CommandResult {
  const rows = entries.map(comparisonRow);
  const columns = {
    "amplitude SSIM": "amplitude_ssim",
    "phase SSIM by 2 pi": "phase_ssim",
    "by its range": "phase_ssim_own_range",
    "amplitude PSNR": "amplitude_psnr_db",
    "phase PSNR": "phase_psnr_db",
    "amplitude FRC50 px": "amplitude_frc50_px",
    "phase FRC50 px": "phase_frc50_px",
    "seconds": "seconds",
  };
  const cell = (value: string | number | undefined) =>
    typeof value === "number" ? formatNumber(value) : value ?? "";
  return {
    summary: { ...about, methods: rows, files: written },
    lines: [
      ...formatTable(
        ["method", ...Object.keys(columns)],
        rows.map((row) => [cell(row.name), ...Object.values(columns).map((column) => cell(row[column]))]),
      ),
      ...Object.values(written),
    ],
  };
}
