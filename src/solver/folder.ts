/**
 * The folder of an iterative reconstruction: result, pictures, misfit of every epoch, previews.
 *
 * @module
 */
import { fileName } from "../common/mod.ts";
import {
  checkFreeSpace,
  claimOutputDir,
  type CsvAppender,
  files,
  openCsv,
  type OutputClaim,
  writeFileAtomic,
} from "../host/mod.ts";
import { writePng } from "../pictures/mod.ts";
import { drawObject, inFrameOf, type ReconstructionFiles, type StoredObject } from "../image/mod.ts";
import type { Scan } from "../scan/mod.ts";
import { refuseUnknown } from "../config/mod.ts";

import { reasonsIn } from "./auto.ts";
import { frameOf } from "./model/frame.ts";
import type { InitialState, SolverEpoch } from "./initial.ts";
import { writeMisfitPicture } from "./judging/misfit_picture.ts";
import { patternMisfits } from "./judging/pattern_misfits.ts";
import { judgeImage, type Verdict } from "./judging/verdict.ts";
import { lightMask, writeSolution, writeSolutionArrays } from "./result_files.ts";
import {
  chooseSettings,
  type Solution,
  type SolutionState,
  solve,
  SOLVE_OPTIONS,
  type SolveOptions,
} from "./solve.ts";

/** Options of {@linkcode solveToFolder}. */
export interface SolveToFolderOptions extends SolveOptions {
  readonly outputDir: string;
  /** Accept a folder with files in it. Default false. */
  readonly overwrite?: boolean;
  /** The claim of the folder, where the caller holds it. Default: it is claimed for the time of the run. */
  readonly claim?: OutputClaim;
}

/** A result and where it was written. */
export interface SolvedFolder extends Solution {
  readonly files: ReconstructionFiles & {
    readonly error: string;
    readonly misfit: string;
    readonly verdict: string;
  };
  /** How far the image explains the patterns. */
  readonly verdict: Verdict;
}

/**
 * Reconstructs and writes `reconstruction.npz`, the pictures, `error.png` and `errors.csv`; about ten times on the way,
 * `previews/epoch_NNNN_*.png` and `reconstruction.npz` with the state so far, from which a later run can go on. Every file is whole or absent. An
 * interrupted run is written like a finished one.
 */
export async function solveToFolder(scan: Scan, options: SolveToFolderOptions): Promise<SolvedFolder> {
  const { outputDir, overwrite, claim, ...solveOptions } = options;
  const { device } = options;
  refuseUnknown(options, [...SOLVE_OPTIONS, "outputDir", "overwrite", "claim"], "solveToFolder");
  const config = await chooseSettings(scan, solveOptions);
  const settings = config.values.solver;
  await using _claim = claim ? undefined : await claimOutputDir(outputDir, { overwrite });
  await checkFreeSpace(outputDir, { bytes: neededSpace(scan, settings), of: "what the result takes" });
  const metadata = {
    data: fileName(scan.source),
    data_sha256: await scan.sha256(),
    ...(scan.geometry
      ? { wavelength_m: scan.geometry.wavelengthM, detector_distance_m: scan.geometry.distanceM }
      : {}),
  };
  const epochs = [...options.initial?.epochs ?? []];
  const every = settings.previewEvery ?? Math.max(1, Math.ceil(settings.numEpochs / 10));
  let csv: CsvAppender | undefined;
  try {
    const solution = await solve(scan, {
      ...solveOptions,
      config,
      onEpoch: async (report, state) => {
        csv ??= await beginMisfits(outputDir, epochs);
        epochs.push(report);
        await csv.append(row(report));
        if (report.epoch % every === 0) await save(report.epoch, await state());
        await options.onEpoch?.(report, state);
      },
    });
    csv ??= await beginMisfits(outputDir, epochs);
    const written = await writeSolution(outputDir, solution, { metadata, scannedPx: scan.positionsPx });
    const misfits = await patternMisfits(scan, solution, { freeLight: settings.oprModes > 0 });
    const misfit = await writeMisfitPicture(outputDir, misfits, solution);
    const verdict = await judgeImage(scan, solution, { epochs, misfits, given: scan.probe });
    const path = `${outputDir}/verdict.json`;
    await writeFileAtomic(path, `${JSON.stringify(verdict, null, 2)}\n`);
    return { ...solution, verdict, files: { ...written, misfit, verdict: path } };
  } finally {
    await csv?.close();
  }

  async function save(epoch: number, reached: SolutionState): Promise<void> {
    await writePreview(outputDir, epoch, { ...reached, pixelSizeM: scan.pixelSizeM });
    const { algorithm } = settings;
    const about = {
      algorithm,
      settings,
      reasons: reasonsIn(config),
      epochs,
      pixelSizeM: scan.pixelSizeM,
      device: device.info.name,
    };
    await writeSolutionArrays(outputDir, { ...reached, ...about }, metadata);
  }
}

/** Bytes of a result, which is whole beside the old one while it is written, and of its pictures. */
function neededSpace(
  { n, size, positionsPx, probe }: Scan,
  { probeModes, oprModes }: { readonly probeModes: number | null; readonly oprModes: number },
): number {
  const { height, width } = frameOf(positionsPx, { side: size });
  const probes = (probeModes ?? probe.modes) + oprModes;
  return 2 * (8 * size * size * probes + 12 * height * width + 8 * n * (2 + oprModes)) + 2e6;
}

/** The file of misfits with those of the epochs that led here. */
async function beginMisfits(outputDir: string, epochs: readonly SolverEpoch[]): Promise<CsvAppender> {
  const csv = await openCsv(`${outputDir}/errors.csv`, ["epoch", "error", "relative_error", "seconds"]);
  for (const epoch of epochs) await csv.append(row(epoch));
  return csv;
}

const row = ({ epoch, error, relativeError, seconds }: SolverEpoch) => [epoch, error, relativeError, seconds];

async function writePreview(
  outputDir: string,
  epoch: number,
  { object, weight, pixelSizeM }: Pick<SolutionState, "object" | "weight"> & { readonly pixelSizeM?: number },
): Promise<void> {
  await files.makeFolder(`${outputDir}/previews`);
  const shown = { ...object, mask: lightMask(weight), pixelSizeM };
  for (const view of ["amplitude", "phase"] as const) {
    const path = `${outputDir}/previews/epoch_${String(epoch).padStart(4, "0")}_${view}.png`;
    // coarse: ten of them may not cost as much as the epochs between them
    await writePng(path, await drawObject(shown, { view, title: `Epoch ${epoch}` }), { scale: 1 });
  }
}

/**
 * Makes the initial state of a solver from a file: its object, and, if they fit the scan, its probe, positions and
 * misfits. `continues`: the curve of the misfit goes on as well.
 */
export function initialFrom(
  file: StoredObject,
  { scan, continues = false }: { scan: Scan; continues?: boolean },
): InitialState {
  const middle = (values: Float64Array) =>
    (values.reduce((a, b) => Math.min(a, b)) + values.reduce((a, b) => Math.max(a, b))) / 2;
  const { x: across, y: down } = scan.positionsPx;
  const stored = inFrameOf(file, {
    positionsPx: scan.positionsPx,
    middle: { x: middle(across), y: middle(down) },
  });
  const { object, probe, positionsPx, memory, losses = new Float64Array() } = stored;
  const relative = relativeLosses(stored.metadata);
  return {
    object,
    ...(probe && probe.size === scan.size ? { probe } : {}),
    ...(positionsPx?.x.length === scan.n ? { positionsPx } : {}),
    ...(continues
      ? {
        memory,
        ...(stored.weight ? { illumination: Float32Array.from(stored.weight) } : {}),
        epochs: Array.from(losses, (error, k) => ({
          epoch: k + 1,
          error,
          relativeError: relative[k] ?? NaN,
          seconds: 0,
        })),
      }
      : {}),
  };
}

function relativeLosses(metadata: unknown): readonly number[] {
  if (typeof metadata !== "object" || metadata === null || !("relative_losses" in metadata)) return [];
  return Array.isArray(metadata.relative_losses) ? metadata.relative_losses.map(Number) : [];
}
