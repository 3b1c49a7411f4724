/**
 * What is done after an epoch, in its order: positions, probe power, modes, variation of the probe, object limits, total
 * variation, probe support, centre, scale and ramp.
 *
 * @module
 */
import type { SolverConfig } from "../../config/mod.ts";
import type { Engine } from "../engine.ts";
import type { PatternTable } from "../patterns.ts";
import { epochPlan, isDue } from "./plan.ts";
import type { PositionCorrection } from "../positions.ts";
import type { Rule } from "../rules/rule.ts";
import type { Sizes } from "../trace.ts";
import { orthogonalModes, orthogonalVariation } from "./modes.ts";
import { centreProbe, keepFourierSupport, keepSupport, setPower } from "./probe.ts";
import { takeRamp } from "./ramp.ts";

/** What the constraints work on. */
export interface EpochEnd {
  readonly engine: Engine;
  readonly settings: SolverConfig;
  readonly sizes: Sizes;
  readonly patterns: PatternTable;
  readonly correction: PositionCorrection;
  readonly rule: Rule;
}

/** Applies what is due after an epoch; `last` is the end of the run. */
export async function constrain(
  end: EpochEnd,
  { epoch, last }: { epoch: number; last: boolean },
): Promise<void> {
  const { engine, settings, rule } = end;
  const due = (on: boolean, plan: string) => on && isDue(epochPlan(plan), epoch);
  const turns: Due = rule.keepsWaves ? (on) => on && last : due;
  if (due(settings.positions, settings.positionsEpochs)) movePositions(end);
  await constrainProbe(end, due, turns);
  const limits = settings.amplitudeMin > 0 || settings.amplitudeMax !== null;
  if (due(limits, settings.amplitudeEpochs)) await engine.runNamed("amplitude", {});
  const varies = settings.totalVariation > 0;
  if (due(varies, settings.totalVariationEpochs)) await engine.runNamed("totalVariation", {});
  if (due(settings.scaleAmbiguity, settings.scaleAmbiguityEpochs)) await moveScale(end);
  if (turns(settings.rampAmbiguity, settings.rampAmbiguityEpochs)) await takeRamp(end);
}

type Due = (on: boolean, plan: string) => boolean;

function movePositions({ engine, settings, correction }: EpochEnd): void {
  const { positionsStep, positionsClip, positionsMomentum, positionsAffine } = settings;
  correction.move(engine.shifts, {
    step: positionsStep,
    clip: positionsClip,
    momentum: positionsMomentum,
    affine: positionsAffine,
  });
}

async function constrainProbe(
  { engine, settings, sizes, patterns }: EpochEnd,
  due: Due,
  turns: Due,
): Promise<void> {
  const { side, modes, oprModes } = sizes;
  const { programs } = engine;
  const steps: ((probe: Float64Array) => Float64Array | void)[] = [];
  const { probePower, probeSupport, fourierSupport } = settings;
  if (probePower !== null && due(true, settings.probePowerEpochs)) {
    steps.push((probe) => setPower(probe, probePower));
  }
  if (turns(settings.orthogonalise && modes > 1, settings.orthogonaliseEpochs)) {
    steps.push((probe) => orthogonalModes(probe, modes));
  }
  if (due(probeSupport > 0, settings.probeSupportEpochs)) {
    steps.push((probe) => keepSupport(probe, { side, threshold: probeSupport }));
  }
  if (due(fourierSupport < 1, settings.fourierSupportEpochs)) {
    steps.push((probe) => keepFourierSupport(probe, { side, radius: fourierSupport }));
  }
  if (turns(settings.probeCentre, settings.probeCentreEpochs)) {
    steps.push((probe) => {
      const by = centreProbe(probe, side);
      // the object follows: what was at r is now at r + by
      engine.moveFrame(by);
    });
  }
  if (steps.length > 0) {
    let probe: Float64Array = Float64Array.from(await programs.read("probe"));
    for (const step of steps) probe = step(probe) ?? probe;
    programs.write("probe", Float32Array.from(probe));
  }
  const weights = patterns.columns.get("oprWeights");
  if (oprModes > 0 && weights && due(true, settings.oprEpochs)) {
    const own = Float64Array.from(await programs.read("oprModes"));
    orthogonalVariation(own, { count: oprModes, weights });
    programs.write("oprModes", Float32Array.from(own));
  }
}

/** The modes of the variation keep unit size: their weights take the scale of the probe. */
async function moveScale({ engine, patterns }: EpochEnd): Promise<void> {
  const [factor] = await engine.runNamed("scaleAmbiguity", {});
  const weights = patterns.columns.get("oprWeights");
  if (weights) { for (let i = 0; i < weights.length; i++) weights[i] *= factor; }
}
