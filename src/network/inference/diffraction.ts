/**
 * Simulates the photon counts of patches under the probe of a model.
 *
 * @module
 */
import { type AnyDevice, compile, Graph, type Program } from "../../engine/mod.ts";
import type { Model } from "../model/model.ts";
import { diffractedIntensity, exitWaves } from "../../physics/mod.ts";

/** A program from patches to counts. Dispose of it to give its memory back. */
export class Diffraction implements Disposable {
  readonly #patches: Float32Array;

  constructor(
    private readonly program: Program,
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
    this.program.write("patches", this.#patches);
    this.program.run();
    const intensity = (await this.program.read("intensity")).subarray(0, patches.length / 2);
    return scale === 1 ? intensity : intensity.map((value) => scale * value);
  }

  [Symbol.dispose](): void {
    this.program[Symbol.dispose]();
  }
}

/** Compiles the program; `batch` is how many patches a run takes. */
export async function openDiffraction(
  device: AnyDevice,
  { model, batch }: { readonly model: Model; readonly batch: number },
): Promise<Diffraction> {
  const { size } = model;
  const probe = probeOf(model);
  const graph = new Graph();
  const patches = graph.input("patches", [batch, size, size], "c64");
  const intensity = diffractedIntensity(exitWaves(patches, graph.input("probe", probe.shape, "c64")));
  const program = await compile(device, { graph, outputs: { intensity } });
  program.write("probe", probe.data);
  return new Diffraction(program, { size, batch, scale: countsPerIntensity(model) });
}

function probeOf({ statistics }: Model): { readonly shape: readonly number[]; readonly data: Float32Array } {
  const probe = statistics.get("probe");
  if (!probe) throw new RangeError("the model has no statistic probe");
  return probe;
}

/** The amplitude profile has a probe of its own scale: its rates are |F psi|^2 / rms^2, of images scaled by `imageScale`. */
function countsPerIntensity({ config, statistics }: Model): number {
  if (config.profile !== "amplitude") return 1;
  const scalar = (name: string) => statistics.get(name)?.data[0] ?? 1;
  return 1 / (scalar("rms") * scalar("imageScale")) ** 2;
}
