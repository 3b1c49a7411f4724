/**
 * `plica simulate`: a scan of a known object.
 *
 * @module
 */
import { claimOutputFile } from "../../host/mod.ts";
import { fieldsOf } from "../../config/mod.ts";
import { flag, group, message, object, option, optional } from "../../deps/optique_core.ts";
import { path } from "../../deps/optique_run.ts";
import {
  checkTargets,
  planSimulation,
  type SimulatedFile,
  simulateToFiles,
  type SimulationPlan,
  simulationTargets,
} from "../../simulation/mod.ts";

import { type CommandResult, defineCommand } from "../shell/command.ts";
import { openRunDevice } from "../shell/device.ts";
import { EXIT, UsageError } from "../shell/exit.ts";
import { callSettings, printedConfig } from "../shell/settings.ts";
import { formatNumber } from "../shell/table.ts";

const files = group(
  "Files",
  object({
    outputFile: optional(option("--output-file", path({ metavar: "FILE" }), {
      description:
        message`NPZ for the scan; several doses and the halves of a split get names of their own after it`,
    })),
    overwrite: optional(flag("--overwrite", { description: message`Replace files that are there` })),
  }),
);

/** The command. */
export const simulateCommand = defineCommand({
  name: "simulate",
  brief: "Simulate a scan of a known object.",
  example: "plica simulate --object cells --scan fermat --dose 1e3,1e5 --output-file scan.npz",
  parser: object({ files, settings: callSettings(fieldsOf("simulate")) }),
  verbosity: ({ settings }) => settings.verbosity(),
  async run(flags, workspace) {
    const config = await flags.settings.resolve(workspace);
    if (flags.settings.printConfig) return printedConfig(config);
    const { outputFile: file, overwrite = false } = flags.files;
    if (file === undefined) throw new UsageError("--output-file is missing: name an NPZ for the scan");
    const { logger, signal, screen } = workspace;
    const plan = await planSimulation({ config, logger, signal });
    await checkTargets(simulationTargets(plan, file), overwrite);
    const onNote = (line: string) => logger.info(line);
    await using _claim = await claimOutputFile(file, { onNote });
    const device = await openRunDevice({ ...config.values.execution, tune: false }, onNote);
    const begun = performance.now();
    try {
      const onProgress = screen.progress;
      const written = await simulateToFiles(plan, { device, file, overwrite, logger, onProgress, signal });
      return reportOf(plan, {
        written,
        seconds: (performance.now() - begun) / 1000,
        device: device.info.name,
      });
    } finally {
      await device.dispose();
    }
  },
});

interface Report {
  readonly written: readonly SimulatedFile[];
  readonly seconds: number;
  readonly device: string;
}

function reportOf(plan: SimulationPlan, { written, seconds, device }: Report): CommandResult {
  const { settings, geometry, object: { height, width }, stepPx } = plan;
  const patterns = written.reduce((sum, one) => sum + one.patterns, 0);
  const rate = patterns / seconds;
  const unusable = written.reduce((sum, one) => sum + one.unusablePatterns, 0);
  return {
    summary: {
      patterns,
      patterns_per_second: rate,
      device,
      object: { kind: settings.object, height, width },
      probe: { kind: settings.probe, modes: plan.probe.length / (2 * settings.size ** 2) },
      step_px: stepPx,
      wavelength_m: geometry.wavelengthM,
      pixel_size_m: geometry.pixelSizeM,
      detector_pixel_m: geometry.detectorPixelM,
      detector_distance_m: geometry.distanceM,
      files: written.map((one) => ({
        file: one.file,
        part: one.part,
        patterns: one.patterns,
        photons_per_pattern: one.dose,
        mean_counts: one.meanCounts,
        max_counts: one.maxCounts,
        saturated_pixels: one.saturatedPixels,
        unusable_patterns: one.unusablePatterns,
      })),
    },
    lines: [
      `simulated ${patterns} patterns of ${settings.size} x ${settings.size} on an object of ${height} x ${width} pixels`,
      `${formatNumber(rate)} patterns per second on ${device}`,
      ...written.map(({ file, meanCounts }) => `${file}: ${formatNumber(meanCounts)} counts in a pattern`),
    ],
    exitCode: unusable > 0 ? EXIT.failed : EXIT.done,
  };
}
