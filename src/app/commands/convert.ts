/**
 * `plica convert`: files of other programs as ours.
 *
 * @module
 */
import { DataError, type ProgressListener } from "../../common/mod.ts";
import { resolveConfig } from "../../config/mod.ts";
import { argument, flag, group, message, object, optional } from "../../deps/optique_core.ts";
import { path } from "../../deps/optique_run.ts";
import { type NpzArrays, writeBundle, writeNpz } from "../../formats/mod.ts";
import { exists } from "../../host/mod.ts";
import { isModelFile, modelOf, readModelFile } from "../../network/mod.ts";
import { openScan, openScanFile, type Scan } from "../../scan/mod.ts";
import { type CommandResult, defineCommand, type Workspace } from "../shell/command.ts";
import { UsageError } from "../shell/exit.ts";
import { settingsAt, settingsParser, verbosityOf } from "../shell/flags.ts";
import { bundlePath } from "../shell/paths.ts";
import { READING_SETTINGS, readingOptions } from "../shell/reading.ts";

/** Patterns that are copied at a time. */
const ROWS = 64;

/** The command. */
export const convertCommand = defineCommand({
  name: "convert",
  brief: "Write a scan or a model of another program as ours: an NPZ, or a bundle.",
  example: "plica convert scan.cxi scan.npz --probe-from mean-pattern",
  parser: object({
    files: group(
      "Files",
      object({
        from: optional(argument(path({ metavar: "IN" }), {
          description:
            message`A scan (CXI, ptychodus, pty-chi, PtyLab, ptypy, tike, 4D-STEM, any HDF5), or a model of PtychoPINN`,
        })),
        to: optional(
          argument(path({ metavar: "OUT" }), { description: message`The NPZ, or the bundle, a .h5.zip` }),
        ),
        overwrite: optional(flag("--overwrite", { description: message`Replace the file OUT` })),
      }),
    ),
    settings: settingsParser(settingsAt(...READING_SETTINGS, "execution.quiet", "execution.json")),
  }),
  verbosity: ({ settings }) => verbosityOf(settings),
  async run({ files: { from, to, overwrite = false }, settings }, workspace) {
    if (from === undefined || to === undefined) {
      throw new UsageError("IN and OUT are missing: name both files");
    }
    if (!overwrite && await exists(to)) {
      throw new DataError({
        file: to,
        found: "a file that is there already",
        expected: "a new file",
        remedy: "choose another name, or add --overwrite",
      });
    }
    const model = await bundlePath(from);
    if (await isModelFile(model)) return await convertModel(model, to, workspace);
    return await convertScan(from, { to, data: resolveConfig([settings]).values.data, workspace });
  },
});

async function convertModel(from: string, to: string, { signal }: Workspace): Promise<CommandResult> {
  const bundle = await readModelFile(from, { signal });
  const model = modelOf(bundle);
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
}

/** The whole scan is checked before anything is written; its patterns are then copied piece by piece. */
async function convertScan(
  from: string,
  { to, data, workspace: { signal, logger, screen } }: {
    readonly to: string;
    readonly data: Parameters<typeof readingOptions>[0];
    readonly workspace: Workspace;
  },
): Promise<CommandResult> {
  const options = readingOptions(data);
  await using scan = await openScan(from, { ...options, signal, onNote: (line) => logger.info(line) });
  const { npz } = await openScanFile(from, { hints: options.reading, signal });
  await using _closed = npz;
  const { n, size, probe } = scan;
  const key = npz.has("diffraction") ? "diffraction" : "diff3d";
  const whole = /^u?int/.test(npz.entry(key).dtype); // counts that are no whole numbers are written as amplitudes
  const kept = npz.entries.map((entry) => entry.key).filter((name) => name !== key && name !== "probeGuess");
  const arrays: Record<string, NpzArrays[string]> = {
    diffraction: {
      dtype: whole ? "uint32" : "float32",
      shape: [n, size, size],
      chunks: patternsOf(scan, { whole, signal, onProgress: screen.progress }),
    },
    probeGuess: { dtype: "complex64", shape: [probe.modes, size, size], data: probe.data },
  };
  for (const name of kept) arrays[name] = await npz.readArray(name);
  await writeNpz(to, arrays);
  return {
    summary: {
      from,
      to,
      patterns: n,
      size,
      measurement: scan.measurement,
      pixel_size_m: scan.pixelSizeM ?? null,
    },
    lines: [`${from}: ${n} patterns of ${size} x ${size}`, `written to ${to}`],
  };
}

async function* patternsOf(
  scan: Scan,
  { whole, signal, onProgress }: {
    readonly whole: boolean;
    readonly signal: AbortSignal;
    readonly onProgress: ProgressListener;
  },
): AsyncGenerator<Float32Array | Uint32Array> {
  for (let first = 0; first < scan.n; first += ROWS) {
    signal.throwIfAborted();
    onProgress({ phase: "convert", done: first, total: scan.n, unit: "patterns" });
    const indices = Int32Array.from({ length: Math.min(ROWS, scan.n - first) }, (_, i) => first + i);
    yield whole ? Uint32Array.from(await scan.readCounts(indices)) : await scan.readAmplitudes(indices);
  }
}
