/**
 * Five steps of Adam with the historical profiles against PtychoPINN's recorded trajectories.
 */
import assert from "node:assert/strict";
import type { Profile } from "../../../src/network/model/profile.ts";
import { amplitudeProfile, countsProfile } from "../../../src/network/model/profiles/historical.ts";
import { Weights } from "../../../src/network/model/parameters.ts";
import { compile } from "../../../src/engine/plan/program.ts";
import { Storage } from "../../../src/engine/plan/storage.ts";
import { traceStep, trainingSpaces } from "../../../src/network/training/update.ts";
import { findShared, readArrays, type TestArrays } from "../../support/arrays.ts";
import { relativeError, testOnDevices } from "../../support/devices.ts";

/**
 * Largest relative error of the loss before each step, and of the gradient norm. The first loss is the physics alone. After
 * it, rounding decides: Adam's first steps move every weight by the learning rate in the direction of a sign, and the loss
 * divides by rates that reach down to 1e-8, so that two float32 runs (or one of them and the float64 reference, which is
 * as far from the recorded losses) drift apart tenfold with each step.
 */
const LOSS_TOLERANCE = [1e-5, 1e-3, 5e-3, 5e-2, 5e-2];
const NORM_TOLERANCE = [1e-3, 1e-2, 2e-2];
/** Of the largest value of each gradient; the recorded ones are up to 2.2e-2 away from the float64 ones. */
const GRADIENT_TOLERANCE = 3e-2;
const GROUPS = 4;

interface Case {
  readonly file: string;
  readonly channels: number;
  readonly profile: Profile;
  /** Counts and frozen quantities from the recorded arrays. */
  inputs(arrays: TestArrays): Record<string, ArrayLike<number>>;
}

const central = Float32Array.from({ length: 64 * 64 }, (_, i) => {
  const inside = (k: number) => k >= 16 && k < 48;
  return inside(i >> 6) && inside(i & 63) ? 1 : 0;
});

function amplitudeInputs(arrays: TestArrays): Record<string, ArrayLike<number>> {
  const images = arrays("images").data;
  const [physicsScale] = arrays("physics_scaling_constant").data;
  const [probeScale] = arrays("probe_scale").data;
  return {
    counts: images.map((v) => (v * physicsScale) ** 2),
    imageScale: [1 / physicsScale],
    physicsScale: [physicsScale],
    rms: arrays("rms_scaling_constant").data,
    meanImage: [images.reduce((sum, v) => sum + v, 0) / images.length],
    probe: arrays("probe").data.map((v) => v / probeScale),
    centralSquare: central,
  };
}

function countsInputs(arrays: TestArrays): Record<string, ArrayLike<number>> {
  return {
    counts: arrays("measured_intensity").data,
    rmsInputScale: arrays("rms_input_scale").data,
    meanIntensity: arrays("mean_measured_intensity").data,
    probe: arrays("probe_physical").data,
    centralSquare: central,
  };
}

const CASES: readonly Case[] = [1, 4].flatMap((channels) => {
  const gridsize = Math.sqrt(channels);
  // The recorded runs have no attention in their encoder.
  const amplitude = amplitudeProfile({ filtersScale: 1, attention: false });
  const counts = countsProfile({ filtersScale: 1, attention: false });
  return [
    { file: `steps_amplitude_gs${gridsize}`, channels, profile: amplitude, inputs: amplitudeInputs },
    { file: `steps_counts_gs${gridsize}`, channels, profile: counts, inputs: countsInputs },
  ];
});

for (const { file, channels, profile, inputs } of CASES) {
  const url = findShared(`golden/${file}.npz`);
  testOnDevices(
    `${file} agrees with PyTorch`,
    { skip: url ? undefined : `no golden/${file}.npz` },
    async (device) => {
      assert(url);
      const arrays = await readArrays(url);
      const weights = new Weights();
      const shape = { batchSize: GROUPS, channels, size: 64, modes: 1, regionSize: 68 };
      const traced = traceStep({ profile, weights, shape, update: { optimizer: "adam" } });
      const spaces = trainingSpaces(weights);
      using values = new Storage(device, spaces.weights);
      using slopes = new Storage(device, spaces.gradients);
      using first = new Storage(device, spaces.moment1);
      using second = new Storage(device, spaces.moment2);
      for (const { name } of weights.entries) {
        const initial = name === "s1" || name === "s2" ? [1] : arrays(`w/${name}`).data;
        values.write(name, Float32Array.from(initial));
      }
      using program = await compile(device, { ...traced, storages: [values, slopes, first, second] });
      const given = {
        ...inputs(arrays),
        relative: arrays("coords_relative").data,
        share: Array(GROUPS).fill(1 / GROUPS),
      };
      for (const [name, data] of Object.entries(given)) {
        if (name in given && isRead(name, traced.frozen)) program.write(name, Float32Array.from(data));
      }
      const steps = device.info.kind === "reference" ? 1 : 5;
      for (let t = 1; t <= steps; t++) {
        program.write("hyper", Float32Array.of(1e-3, 0.9, 0.999, 1e-8, 0, 0, 1 - 0.9 ** t, 1 - 0.999 ** t));
        program.run();
        const [loss] = await program.read("loss");
        const [norm] = await program.read("gradientNorm");
        const within = (what: string, found: number, tolerance = Infinity) => {
          const expected = arrays(what).data[t - 1];
          const error = Math.abs(found - expected) / expected;
          assert(error <= tolerance, `${what} of step ${t} is ${found}, not ${expected}`);
        };
        within("losses", loss, LOSS_TOLERANCE[t - 1]);
        within("grad_norms", norm, NORM_TOLERANCE[t - 1]);
        if (t > 1) continue;
        const found = await slopes.read();
        for (const { name } of weights.entries.filter((entry) => entry.name.startsWith("autoencoder"))) {
          const error = relativeError(found.get(name) ?? [], arrays(`g/${name}`).data);
          assert(error <= GRADIENT_TOLERANCE, `the gradient of ${name} is off by ${error}`);
        }
      }
    },
  );
}

/** The group inputs are read by every profile's step, or by groups of more than one. */
function isRead(name: string, frozen: ReadonlySet<string>): boolean {
  return frozen.has(name) || name === "counts" || name === "share" ||
    (name === "relative" && frozen.has("centralSquare"));
}
