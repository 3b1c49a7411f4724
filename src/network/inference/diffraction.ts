/**
 * Simulates the photon counts of patches under the probe of a model.
 *
 * @module
 */
import type { AnyDevice } from "../../engine/mod.ts";
import type { Model } from "../model/model.ts";
import { type Diffraction, openDiffraction } from "../../physics/mod.ts";

/** The diffraction of patches under the probe of a model. Dispose of it to give its memory back. */
export class ModelDiffraction implements Disposable {
  readonly #patches: Float32Array;

  constructor(
    private readonly diffraction: Diffraction,
    private readonly options: { readonly size: number; readonly batch: number; readonly scale: number },
  ) {
    this.#patches = new Float32Array(2 * options.batch * options.size ** 2);
  }

  /** Patches in a run. */
  get batch(): number {
    return this.options.batch;
  }

  /** Expected counts [n, N, N] of patches [n, N, N], interleaved, n at most the batch. */
  async counts(patches: Float32Array): Promise<Float32Array> {
    const { scale } = this.options;
    this.#patches.fill(0).set(patches);
    const intensity = (await this.diffraction.intensities(this.#patches)).subarray(0, patches.length / 2);
    return scale === 1 ? intensity : intensity.map((value) => scale * value);
  }

  [Symbol.dispose](): void {
    this.diffraction[Symbol.dispose]();
  }
}

/** Compiles the forward model; `batch` is how many patches a run takes. */
export async function openModelDiffraction(
  device: AnyDevice,
  { model, batch }: { readonly model: Model; readonly batch: number },
): Promise<ModelDiffraction> {
  const { size } = model;
  const probe = model.statistics.get("probe");
  if (!probe) throw new RangeError("the model has no statistic probe");
  const diffraction = await openDiffraction({ device, side: size, probe: probe.data, batch });
  return new ModelDiffraction(diffraction, { size, batch, scale: countsPerIntensity(model) });
}

/** The amplitude profile has a probe of its own scale: its rates are |F psi|^2 / rms^2, of images scaled by `imageScale`. */
function countsPerIntensity({ config, statistics }: Model): number {
  if (config.profile !== "amplitude") return 1;
  const scalar = (name: string) => statistics.get(name)?.data[0] ?? 1;
  return 1 / (scalar("rms") * scalar("imageScale")) ** 2;
}
