/**
 * `plica run`: from a scan's file to a picture, a verdict, and a page that tells what was decided.
 *
 * @module
 */
import { fileName, PLICA_VERSION } from "../../../common/mod.ts";
import { fieldsOf, type ResolvedConfig } from "../../../config/mod.ts";
import { argument, flag, group, message, object, option, optional } from "../../../deps/optique_core.ts";
import { path } from "../../../deps/optique_run.ts";
import { claimOutputDir, files, writeFileAtomic } from "../../../host/mod.ts";
import { writeReconstruction } from "../../../image/mod.ts";
import { AUTO_PROBE, type Probe, type Scan, scanOverlap } from "../../../scan/mod.ts";
import {
  flagsOf,
  type Verdict,
  verdictLines,
  writeMisfitPicture,
  writeSolution,
} from "../../../solver/mod.ts";

import { type CommandResult, defineCommand, type Workspace } from "../../shell/command.ts";
import { openRunDevice } from "../../shell/device.ts";
import { EXIT, UsageError } from "../../shell/exit.ts";
import { type CallSettings, callSettings, openCall, printedConfig } from "../../shell/settings.ts";
import { formatNumber } from "../../shell/table.ts";
import { decide, type Outcome } from "./decide.ts";
import { type PagePicture, runPage } from "./page.ts";

/** The command. */
export const runCommand = defineCommand({
  name: "run",
  brief: "Look at a scan, decide what it needs, and make the best picture of it: the place to begin.",
  example: "plica run scan.npz",
  parser: object({
    files: group(
      "Files",
      object({
        scan: optional(argument(path({ metavar: "SCAN" }), {
          description: message`The scan: NPZ, CXI, HDF5 of any program that plica inspect knows`,
        })),
        outputDir: optional(option("--output-dir", path({ metavar: "FOLDER", type: "directory" }), {
          description: message`Folder for pictures, page and results; new or empty [SCAN_plica, here]`,
        })),
        overwrite: optional(flag("--overwrite", {
          description: message`Accept an output folder with files in it`,
        })),
      }),
    ),
    settings: callSettings(fieldsOf("run")),
  }),
  verbosity: ({ settings }) => settings.verbosity(),
  async run({ files: { scan, outputDir, overwrite = false }, settings }, workspace) {
    if (scan === undefined) throw new UsageError("SCAN is missing: name the file of a scan");
    const folder = outputDir ?? `${nameOf(scan)}_plica`;
    return await runScan(scan, { folder, overwrite, settings, workspace });
  },
});

/** Name of a file without folder and ending. */
const nameOf = (file: string): string => fileName(file).replace(/\.[^.]+$/, "");

interface RunCall {
  readonly folder: string;
  readonly overwrite: boolean;
  readonly settings: CallSettings;
  readonly workspace: Workspace;
}

async function runScan(file: string, call: RunCall): Promise<CommandResult> {
  const { folder, overwrite, settings, workspace: { logger, signal, screen } } = call;
  const begun = performance.now();
  await using _claim = settings.printConfig
    ? undefined
    : await claimOutputDir(folder, { overwrite, onNote: (line) => logger.info(line) });
  const { scan, config, notes, doubts } = await openCall(file, {
    settings,
    findsProbe: "missing",
    logger,
    signal,
  });
  await using _closed = scan;
  if (settings.printConfig) return printedConfig(config);
  const { probeFrom, probeKey } = config.values.data;
  const needsProbe = probeFrom === AUTO_PROBE || (probeFrom === null && scan.entry(probeKey) === undefined);
  const device = await openRunDevice(
    { ...config.values.execution, tune: false },
    (line) => logger.info(line),
  );
  try {
    const outcome = await decide(scan, {
      ...{ device, needsProbe, logger, onProgress: screen.progress, signal },
      turnGiven: TURN_KEYS.some((key) => given(config, `data.${key}`)),
    });
    const pictures = await writePictures(folder, scan, outcome);
    const commands = commandsOf(file, { folder, config, outcome, needsProbe });
    const facts = factsOf(scan, { probe: outcome.solution.probe, device: device.info.name });
    const seconds = (performance.now() - begun) / 1000;
    const report = {
      file,
      folder,
      outcome,
      facts,
      commands,
      notes,
      doubts,
      seconds,
      sha256: await scan.sha256(),
    };
    await writeFileAtomic(`${folder}/run.json`, `${JSON.stringify(recordOf(report), null, 2)}\n`);
    const page = await runPage({
      ...{ title: nameOf(file), verdict: verdictOf(outcome), pictures, facts, notes, doubts, commands },
      decisions: outcome.decisions,
      probes: outcome.probeSearch?.tried ?? [],
    });
    await writeFileAtomic(`${folder}/index.html`, page);
    return resultOf(report);
  } finally {
    await device.dispose();
  }
}

/** Settings that say how a scan is turned: where one is given, nothing is turned on top. */
const TURN_KEYS = ["orientation", "swapXy", "flipX", "flipY"] as const;

/** Whether a setting was given with the call. */
function given({ provenance }: ResolvedConfig, path: string): boolean {
  const layer = provenance[path]?.layer;
  return layer === "flag" || layer === "config";
}

const verdictOf = ({ network, verdict }: Outcome): Verdict => network ? network.verdict : verdict;

/** The image to use in the folder; where that is the network's, the solver's beside it in `solver`. */
async function writePictures(folder: string, scan: Scan, outcome: Outcome): Promise<PagePicture[]> {
  const { solution, network, turn } = outcome;
  const own = network ? `${folder}/solver` : folder;
  if (network) await files.makeFolder(own);
  const metadata = {
    data: fileName(scan.source),
    data_sha256: await scan.sha256(),
    turned_by: flagsOf(turn),
  };
  const solved = await writeSolution(own, solution, { metadata, scannedPx: scan.positionsPx });
  const misfit = await writeMisfitPicture(own, outcome.misfits, solution);
  const shown = network ? await writeReconstruction(folder, network.image) : solved;
  const views = [["phase", "Phase"], ["amplitude", "Amplitude"], ["complex", "Both"]] as const;
  const of = (image: typeof shown, what: string) =>
    views.flatMap(([view, name]) => {
      const at = image[view];
      return at === undefined ? [] : [{ path: at, caption: `${name}${what}` }];
    });
  return [
    ...of(shown, network ? ", network over the image" : ""),
    ...(network ? of(solved, ", solver alone").slice(0, 2) : []),
    { path: `${own}/probe.png`, caption: "Probe" },
    { path: misfit, caption: "Misfit of the patterns" },
    { path: `${own}/error.png`, caption: "Misfit over the epochs" },
  ];
}

/** What is known of the scan, for the page and the record. */
function factsOf(
  { source, n, size, meanCounts, positionsPx, pixelSizeM, geometry }: Scan,
  { probe, device }: { readonly probe: Probe; readonly device: string },
): (readonly [string, string])[] {
  const overlap = scanOverlap({ positionsPx, probe }).positions;
  return [
    ["file", source],
    ["patterns", `${n} of ${size} x ${size} pixels`],
    ["photons a pattern", formatNumber(meanCounts)],
    ["overlap of neighbours", overlap === undefined ? "unknown" : `${Math.round(100 * overlap)} %`],
    ["object pixel", pixelSizeM === undefined ? "unknown" : `${formatNumber(1e9 * pixelSizeM)} nm`],
    ...(geometry
      ? [
        ["wavelength", `${formatNumber(1e9 * geometry.wavelengthM)} nm`] as const,
        ["field", geometry.propagation] as const,
      ]
      : []),
    ["device", device],
  ];
}

/** The commands that give the same pictures. */
function commandsOf(
  file: string,
  { folder, config, outcome: { solution, network, turn, probeSearch }, needsProbe }: {
    readonly folder: string;
    readonly config: ResolvedConfig;
    readonly outcome: Outcome;
    readonly needsProbe: boolean;
  },
): string[] {
  const { settings, probe } = solution;
  const quoted = (text: string) => /^[\w./:,=+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
  const asGiven = fieldsOf("run").flatMap((info) => {
    const value = (config.values[info.section] as Readonly<Record<string, unknown>>)[info.key];
    if (info.section !== "data" || info.key === "probeFrom" || !given(config, info.path)) return [];
    return value === true ? [info.flag] : value === false || value === null ? [] : [
      info.flag,
      quoted(String(value)),
    ];
  });
  const reading = [...asGiven, ...(flagsOf(turn) === "" ? [] : [flagsOf(turn)])].join(" ");
  const { probeFrom } = config.values.data;
  const source = needsProbe || probeSearch ? AUTO_PROBE : probeFrom;
  const words = (...parts: string[]) => parts.filter((part) => part !== "").join(" ");
  const reconstruct = words(
    `plica reconstruct --data-file ${quoted(file)}`,
    reading,
    source === null ? "" : `--probe-from ${quoted(source)}`,
    `--algorithm ${settings.algorithm} --num-epochs ${settings.numEpochs} --batch-size ${settings.batchSize}`,
    settings.positions ? "--positions" : "",
    `--probe-modes ${probe.modes} --output-dir by_hand`,
  );
  if (!network) return [reconstruct];
  const infer = words(
    `plica infer --test-data-file ${quoted(file)}`,
    reading,
    `--probe-from ${quoted(`${folder}/solver/reconstruction.npz`)} --output-dir by_hand_network`,
  );
  return [reconstruct, infer];
}

interface Report {
  readonly file: string;
  readonly folder: string;
  readonly outcome: Outcome;
  readonly facts: readonly (readonly [string, string])[];
  readonly commands: readonly string[];
  readonly notes: readonly string[];
  readonly doubts: readonly string[];
  readonly seconds: number;
  readonly sha256: string;
}

function recordOf({ file, outcome, facts, commands, notes, doubts, seconds, sha256 }: Report) {
  const { solution, network, decisions, probeSearch, orientation, turn } = outcome;
  return {
    program: `plica ${PLICA_VERSION}`,
    data: file,
    data_sha256: sha256,
    verdict: verdictOf(outcome),
    image: network ? network.image.chosen : "solver",
    facts: Object.fromEntries(facts),
    decisions,
    notes,
    doubts,
    turned_by: flagsOf(turn),
    ...(orientation ? { orientation } : {}),
    ...(probeSearch ? { probes: probeSearch.tried } : {}),
    solver: {
      settings: solution.settings,
      epochs: solution.epochs.length,
      error: solution.epochs.at(-1)?.error,
    },
    ...(network ? { held_out: network.image.candidates } : {}),
    commands,
    seconds,
  };
}

function resultOf(report: Report): CommandResult {
  const { folder, outcome, seconds, commands } = report;
  const verdict = verdictOf(outcome), { interrupted } = outcome.solution;
  return {
    summary: { ...recordOf(report), interrupted, page: `${folder}/index.html` },
    lines: [
      ...verdictLines(verdict),
      `${formatNumber(seconds)} s; the same by hand:`,
      ...commands.map((line) => `  ${line}`),
      `${folder}/index.html`,
      `${folder}/reconstructed_phase.png`,
      `${folder}/reconstructed_amplitude.png`,
    ],
    exitCode: interrupted ? EXIT.interrupted : verdict.word === "failed" ? EXIT.failed : EXIT.done,
  };
}
