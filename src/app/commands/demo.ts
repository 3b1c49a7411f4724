/**
 * `plica demo`: a scan is simulated, a network is trained on it, and its image is compared with the truth.
 *
 * @module
 */
import { claimOutputDir } from "../../host/mod.ts";
import { flag, group, message, object, option, optional } from "../../deps/optique_core.ts";
import { path } from "../../deps/optique_run.ts";
import type { AnyDevice } from "../../engine/mod.ts";
import { figure, renderAmplitude, renderPhase, scaleOf, writePng } from "../../pictures/mod.ts";

import { type ComparedObjects, compareObjects, type ObjectScore, scoreObject } from "../../comparison/mod.ts";
import type { SimulatedScan } from "../../simulation/mod.ts";
import { openScan } from "../../scan/mod.ts";
import { reconstruct, type Reconstruction, type TrainedFolder, trainToFolder } from "../../network/mod.ts";

import { type CheckedLayer, resolveConfig, type ResolvedConfig } from "../../config/mod.ts";
import { type CommandResult, defineCommand, type Workspace } from "../shell/command.ts";
import { openRunDevice } from "../shell/device.ts";
import { demoScan, writeScan } from "./demo_scan.ts";
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

/** The command. */
export const demoCommand = defineCommand({
  name: "demo",
  brief: "Simulate a scan, train on it, reconstruct it and compare with the truth.",
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
  const truth = demoScan({ seed: config.values.training.seed });
  await writeScan(`${outputDir}/scan.npz`, truth);
  logger.info(
    `simulated ${truth.xcoords.length} patterns of ${truth.side} x ${truth.side}: ${outputDir}/scan.npz`,
  );
  await using scan = await openScan(`${outputDir}/scan.npz`, { signal });
  const common = { device, logger, signal, onProgress: screen.progress };
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
  await writePng(picture, await drawComparison(compareObjects(image, truth.object, { positions: truth })));
  const score = scoreObject(image, truth.object, { positions: truth });
  const seconds = (performance.now() - begun) / 1000;
  return reportOf({ truth, trained, image, score, seconds, picture, device: device.info.name });
}

/** Draws truth and reconstruction side by side, amplitude and phase each on one scale. */
function drawComparison(compared: ComparedObjects) {
  const { amplitude, phase, referenceAmplitude, referencePhase } = compared;
  const truth = [renderAmplitude(referenceAmplitude), renderPhase(referencePhase)];
  const image = [
    renderAmplitude(amplitude, { limits: truth[0].limits }),
    renderPhase(phase, { limits: truth[1].limits }),
  ];
  const ofAmplitude = { label: "amplitude", scale: scaleOf(undefined) };
  const ofPhase = { label: "phase (rad)", scale: scaleOf(undefined) };
  return figure([
    { image: truth[0], title: "Amplitude, truth", ...ofAmplitude },
    { image: image[0], title: "Amplitude, reconstruction", ...ofAmplitude },
    { image: truth[1], title: "Phase, truth", ...ofPhase },
    { image: image[1], title: "Phase, reconstruction", ...ofPhase },
  ], { columns: 2 });
}

interface Outcome {
  readonly truth: SimulatedScan;
  readonly trained: TrainedFolder;
  readonly image: Reconstruction;
  readonly score: ObjectScore;
  readonly seconds: number;
  readonly picture: string;
  readonly device: string;
}

function reportOf({ truth, trained, image, score, seconds, picture, device }: Outcome): CommandResult {
  const { phaseSsim, amplitudeSsim, phaseMae, amplitudeMae } = score;
  const figures = {
    phase_ssim: phaseSsim,
    amplitude_ssim: amplitudeSsim,
    phase_error_rad: phaseMae,
    amplitude_error: amplitudeMae,
    training_patterns_per_second: trained.patternsPerSecond,
    inference_patterns_per_second: image.patternsPerSecond,
    seconds,
  };
  return {
    summary: {
      ...figures,
      patterns: truth.xcoords.length,
      device,
      bundle: trained.bundle,
      weights_sha256: trained.weightsSha256,
      picture,
    },
    lines: [
      `demo on ${device}`,
      ...formatTable(
        ["figure", "value"],
        Object.entries(figures).map(([name, value]) => [
          name.replaceAll("_", " "),
          formatNumber(Number(value.toPrecision(4))),
        ]),
      ),
      `truth and reconstruction side by side: ${picture}`,
    ],
  };
}
