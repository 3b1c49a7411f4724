/**
 * `plica demo`: a scan is simulated, a solver reconstructs it in seconds, a network is trained on it in a minute, and both
 * images are compared with the truth.
 *
 * @module
 */
import { claimOutputDir } from "../../host/mod.ts";
import { writeNpz } from "../../formats/mod.ts";
import { flag, group, message, object, option, optional } from "../../deps/optique_core.ts";
import { path } from "../../deps/optique_run.ts";
import type { AnyDevice } from "../../engine/mod.ts";
import { figure, renderAmplitude, renderPhase, scaleOf, writePng } from "../../pictures/mod.ts";

import { type ComparedObjects, compareObjects, type ObjectScore, scoreObject } from "../../comparison/mod.ts";
import { diatom, exampleScan, scanArrays, type SimulatedScan } from "../../simulation/mod.ts";
import { solve } from "../../solver/mod.ts";
import { openScan } from "../../scan/mod.ts";
import { reconstruct, type Reconstruction, type TrainedFolder, trainToFolder } from "../../network/mod.ts";

import { type CheckedLayer, resolveConfig, type ResolvedConfig } from "../../config/mod.ts";
import { type CommandResult, defineCommand, type Workspace } from "../shell/command.ts";
import { openRunDevice } from "../shell/device.ts";
import { settingsAt, settingsParser, verbosityOf } from "../shell/flags.ts";
import { writeReconstruction } from "../../image/mod.ts";
import { formatNumber, formatTable } from "../shell/table.ts";

const SETTINGS = [
  "training.nepochs",
  "training.seed",
  "execution.accelerator",
  "execution.threads",
  "execution.quiet",
  "execution.json",
];

/** The demo's own defaults: a narrow network and few epochs, so that it ends within minutes on two cores. */
const PRESET = {
  model: { nFiltersScale: 1 },
  training: { nepochs: 6, batchSize: 4, learningRate: 2e-3 },
} as const;

/** What a user would take instead of training. */
const SOLVER = { algorithm: "OSM", numEpochs: 50 } as const;

/** Positions along each side of the scan. */
const ACROSS = 18;

/** The command. */
export const demoCommand = defineCommand({
  name: "demo",
  brief: "Simulate a scan, reconstruct it by a solver and by training a network, and compare with the truth.",
  example: "plica demo --output-dir demo",
  parser: object({
    files: group(
      "Files",
      object({
        outputDir: optional(option("--output-dir", path({ metavar: "FOLDER", type: "directory" }), {
          description: message`Folder for scan, model and pictures; new or empty [demo]`,
        })),
        overwrite: optional(flag("--overwrite", {
          description: message`Accept an output folder with files in it`,
        })),
      }),
    ),
    settings: settingsParser(settingsAt(...SETTINGS)),
  }),
  verbosity: ({ settings }) => verbosityOf(settings),
  async run({ files: { outputDir = "demo", overwrite = false }, settings }, workspace) {
    const config = configOf(settings);
    const onNote = (line: string) => workspace.logger.info(line);
    await using _claim = await claimOutputDir(outputDir, { overwrite, onNote });
    const device = await openRunDevice(config.values.execution, onNote);
    try {
      return await demonstrate({ outputDir, config, device, workspace });
    } finally {
      await device.dispose();
    }
  },
});

function configOf(settings: CheckedLayer): ResolvedConfig {
  return resolveConfig([
    { layer: "preset", source: "demo", values: PRESET },
    settings,
  ]);
}

interface Demo {
  readonly outputDir: string;
  readonly config: ResolvedConfig;
  readonly device: AnyDevice;
  readonly workspace: Workspace;
}

async function demonstrate({ outputDir, config, device, workspace }: Demo): Promise<CommandResult> {
  const { logger, signal, screen } = workspace;
  const begun = performance.now();
  const truth = exampleScan({ object: diatom, across: ACROSS, seed: config.values.training.seed });
  await writeNpz(`${outputDir}/scan.npz`, scanArrays(truth, { origin: "plica demo" }));
  logger.info(
    `simulated ${truth.xcoords.length} patterns of ${truth.side} x ${truth.side}: ${outputDir}/scan.npz`,
  );
  await using scan = await openScan(`${outputDir}/scan.npz`, { signal });
  const common = { device, logger, signal, onProgress: screen.progress };
  const begunSolver = performance.now();
  const solution = await solve(scan, { ...common, config: { solver: SOLVER } });
  const solverSeconds = (performance.now() - begunSolver) / 1000;
  signal.throwIfAborted();
  const trained = await trainToFolder(scan, {
    ...common,
    config,
    outputDir: `${outputDir}/model`,
    overwrite: true,
  });
  signal.throwIfAborted();
  const image = await reconstruct(scan, { ...common, model: trained.model, config });
  await writeReconstruction(outputDir, image);
  const picture = `${outputDir}/demo.png`;
  const [network, solver] = [image, solution.object].map((object) => ({
    compared: compareObjects(object, truth.object, { positions: truth }),
    score: scoreObject(object, truth.object, { positions: truth }),
  }));
  await writePng(picture, await drawComparison(network.compared, solver.compared));
  const seconds = (performance.now() - begun) / 1000;
  const scores = { network: network.score, solver: solver.score };
  return reportOf({
    truth,
    trained,
    image,
    scores,
    seconds,
    solverSeconds,
    picture,
    device: device.info.name,
  });
}

/** Draws the truth and both images side by side, amplitude and phase each on one scale. */
function drawComparison(network: ComparedObjects, solver: ComparedObjects) {
  const amplitude = renderAmplitude(network.referenceAmplitude), phase = renderPhase(network.referencePhase);
  const ofAmplitude = { label: "amplitude", scale: scaleOf(undefined) };
  const ofPhase = { label: "phase (rad)", scale: scaleOf(undefined) };
  const amplitudeOf = (one: ComparedObjects) => renderAmplitude(one.amplitude, { limits: amplitude.limits });
  const phaseOf = (one: ComparedObjects) => renderPhase(one.phase, { limits: phase.limits });
  return figure([
    { image: amplitude, title: "Amplitude, truth", ...ofAmplitude },
    { image: amplitudeOf(solver), title: "Amplitude, solver", ...ofAmplitude },
    { image: amplitudeOf(network), title: "Amplitude, network", ...ofAmplitude },
    { image: phase, title: "Phase, truth", ...ofPhase },
    { image: phaseOf(solver), title: "Phase, solver", ...ofPhase },
    { image: phaseOf(network), title: "Phase, network", ...ofPhase },
  ], { columns: 3 });
}

interface Outcome {
  readonly truth: SimulatedScan;
  readonly trained: TrainedFolder;
  readonly image: Reconstruction;
  readonly scores: { readonly network: ObjectScore; readonly solver: ObjectScore };
  readonly seconds: number;
  readonly solverSeconds: number;
  readonly picture: string;
  readonly device: string;
}

/** Scores by the names of `--json`. */
const namedScores = ({ phaseSsim, amplitudeSsim, phaseMae, amplitudeMae }: ObjectScore) => ({
  phase_ssim: phaseSsim,
  amplitude_ssim: amplitudeSsim,
  phase_error_rad: phaseMae,
  amplitude_error: amplitudeMae,
});

function reportOf(
  { truth, trained, image, scores, seconds, solverSeconds, picture, device }: Outcome,
): CommandResult {
  const network = { ...namedScores(scores.network), seconds: seconds - solverSeconds };
  const solver = { ...namedScores(scores.solver), seconds: solverSeconds };
  const rates = {
    training_patterns_per_second: trained.patternsPerSecond,
    inference_patterns_per_second: image.patternsPerSecond,
  };
  const number = (value: number) => formatNumber(Number(value.toPrecision(4)));
  const names = Object.keys(network) as (keyof typeof network)[];
  return {
    summary: {
      ...namedScores(scores.network),
      ...rates,
      seconds,
      solver,
      patterns: truth.xcoords.length,
      device,
      bundle: trained.bundle,
      weights_sha256: trained.weightsSha256,
      picture,
    },
    lines: [
      `demo on ${device}`,
      ...formatTable(
        ["figure", "network", "solver"],
        names.map((name) => [name.replaceAll("_", " "), number(network[name]), number(solver[name])]),
      ),
      `patterns a second: ${number(rates.training_patterns_per_second)} in training, ${
        number(rates.inference_patterns_per_second)
      } in inference`,
      "with so many photons the solver is ahead; where networks pay: docs/image_network.md",
      `truth, solver and network side by side: ${picture}`,
    ],
  };
}
