/**
 * Pictures of the object as it is learnt.
 *
 * @module
 */
import type { AnyDevice } from "../../../engine/mod.ts";
import { writeFileAtomic } from "../../../host/mod.ts";
import { encodePng, renderAmplitude, renderPhase } from "../../../pictures/mod.ts";
import type { Model } from "../../model/model.ts";
import { amplitudeOf, phaseOf } from "../../../numeric/mod.ts";
import type { Scan } from "../../../scan/mod.ts";
import { reconstruct } from "../../inference/reconstruct.ts";

/** One preview. */
export interface Preview {
  readonly name: "amplitude" | "phase";
  readonly png: Uint8Array;
  /** Path of the file that was written. */
  readonly path: string;
}

/** Reconstructs the scan with the present weights; writes `previews/epoch_NNNN_amplitude.png` and `..._phase.png`. */
export async function writePreviews(
  scan: Scan,
  options: {
    readonly model: Model;
    readonly device: AnyDevice;
    readonly outputDir: string;
    readonly epoch: number;
    readonly neighborCount: number;
    readonly signal?: AbortSignal;
  },
): Promise<Preview[]> {
  const { outputDir, epoch } = options;
  const image = await reconstruct(scan, options);
  await Deno.mkdir(`${outputDir}/previews`, { recursive: true });
  const { mask } = image;
  const pictures = [
    ["amplitude", renderAmplitude(amplitudeOf(image), { mask })],
    ["phase", renderPhase(phaseOf(image), { mask })],
  ] as const;
  const previews: Preview[] = [];
  for (const [name, picture] of pictures) {
    const png = await encodePng(picture);
    const path = `${outputDir}/previews/epoch_${String(epoch).padStart(4, "0")}_${name}.png`;
    await writeFileAtomic(path, png);
    previews.push({ name, png, path });
  }
  return previews;
}
