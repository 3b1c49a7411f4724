/**
 * Constraints on the probe, in float64 on the host: the probe is small. Modes are (P, N, N), interleaved.
 *
 * @module
 */
import type { FreeConstraint, ProbeConstraint } from "./constraint.ts";
import { orthogonalModes, orthogonalVariation } from "./modes.ts";
import { centreProbe, keepFourierSupport, keepSupport } from "./support.ts";

/** Keeps the photons of the probe, where they were measured. */
export const probePower: ProbeConstraint = {
  kind: "probe",
  name: "probePower",
  isWanted: ({ probePower }) => probePower !== null,
  epochs: ({ probePowerEpochs }) => probePowerEpochs,
  apply: (probe, { settings }) => {
    if (settings.probePower !== null) setPower(probe, settings.probePower);
  },
};

/** Keeps the probe where it is bright. */
export const probeSupport: ProbeConstraint = {
  kind: "probe",
  name: "probeSupport",
  isWanted: ({ probeSupport }) => probeSupport > 0,
  epochs: ({ probeSupportEpochs }) => probeSupportEpochs,
  apply: (probe, { sizes: { side }, settings }) =>
    keepSupport(probe, { side, threshold: settings.probeSupport }),
};

/** Keeps the spectrum of the probe inside a circle. */
export const fourierSupport: ProbeConstraint = {
  kind: "probe",
  name: "fourierSupport",
  isWanted: ({ fourierSupport }) => fourierSupport < 1,
  epochs: ({ fourierSupportEpochs }) => fourierSupportEpochs,
  apply: (probe, { sizes: { side }, settings }) =>
    keepFourierSupport(probe, { side, radius: settings.fourierSupport }),
};

/** Keeps the probe's centre of mass in the middle. The object follows: what was at r is now at r + the move. */
export const probeCentre: ProbeConstraint = {
  kind: "probe",
  name: "probeCentre",
  isWanted: ({ probeCentre }) => probeCentre,
  epochs: ({ probeCentreEpochs }) => probeCentreEpochs,
  changesWaves: true,
  apply: (probe, { engine, sizes }) => engine.moveFrame(centreProbe(probe, sizes.side)),
};

/** Gives the probe, all modes by one factor, that many photons. */
function setPower(modes: Float64Array, photons: number): void {
  const now = modes.reduce((sum, value) => sum + value * value, 0);
  const factor = Math.sqrt(photons / (now || 1));
  for (let i = 0; i < modes.length; i++) modes[i] *= factor;
}

/** Keeps the modes of the probe orthogonal, the strongest first. */
export const orthogonalProbe: ProbeConstraint = {
  kind: "probe",
  name: "orthogonalise",
  isWanted: ({ orthogonalise }, { modes }) => orthogonalise && modes > 1,
  epochs: ({ orthogonaliseEpochs }) => orthogonaliseEpochs,
  changesWaves: true,
  apply: (probe, { sizes: { modes } }) => orthogonalModes(probe, modes),
};

/** Keeps the modes of the probe's variation orthogonal and of unit size. */
export const orthogonalVariations: FreeConstraint = {
  kind: "free",
  name: "opr",
  isWanted: ({ oprModes }) => oprModes > 0,
  epochs: ({ oprEpochs }) => oprEpochs,
  async apply({ engine: { programs }, sizes: { oprModes }, patterns }) {
    const weights = patterns.columns.get("oprWeights");
    if (!weights) return;
    const modes = Float64Array.from(await programs.read("oprModes"));
    orthogonalVariation(modes, { count: oprModes, weights });
    programs.write("oprModes", Float32Array.from(modes));
  },
};
