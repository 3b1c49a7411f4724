/**
 * The phase ramp that object and probe may share: O exp(-i g r) and P exp(i g r) give the same patterns.
 *
 * @module
 */
import { meanRamp } from "../../numeric/mod.ts";
import type { Engine } from "../engine.ts";
import type { FreeConstraint } from "./constraint.ts";

/** Takes the phase ramp out of the object and gives it to the probe. */
export const rampAmbiguity: FreeConstraint = {
  kind: "free",
  name: "rampAmbiguity",
  isWanted: ({ rampAmbiguity }) => rampAmbiguity,
  epochs: ({ rampAmbiguityEpochs }) => rampAmbiguityEpochs,
  changesWaves: true,
  apply: takeRamp,
};

/** Takes the mean phase ramp out of the object and gives it to the probe. */
async function takeRamp(
  { engine, sizes: { height, width, side } }: {
    readonly engine: Engine;
    readonly sizes: { readonly height: number; readonly width: number; readonly side: number };
  },
): Promise<void> {
  const { programs } = engine;
  const [object, weight] = [await programs.read("object"), await programs.read("illumination")];
  const ramp = meanRamp({ data: object, height, width }, weight);
  programs.write("object", turned(object, { width, x: -ramp.x, y: -ramp.y }));
  programs.write("probe", turned(await programs.read("probe"), { width: side, x: ramp.x, y: ramp.y }));
}

/** Images (n, h, w) with square or any height: multiplied by exp(i (x column + y row)). */
function turned(
  image: Float32Array,
  { width, x, y }: { width: number; x: number; y: number },
): Float32Array {
  const out = new Float32Array(image.length);
  for (let i = 0; i < image.length / 2; i++) {
    const angle = x * (i % width) + y * Math.floor(i / width);
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    out[2 * i] = image[2 * i] * cos - image[2 * i + 1] * sin;
    out[2 * i + 1] = image[2 * i] * sin + image[2 * i + 1] * cos;
  }
  return out;
}
