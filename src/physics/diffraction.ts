/**
 * Diffraction of patches on a device, into the far field or a near field.
 *
 * @module
 */
import { type AnyDevice, compile, Graph, type Program, type Tensor } from "../engine/mod.ts";
import { functions as f } from "../engine/mod.ts";

import { type Floats, frequency } from "../numeric/mod.ts";
import { diffractedIntensity, exitWaves } from "./forward_model.ts";

/** Propagators of the exit wave. `fresnel` and `angular-spectrum` are near fields. */
export const PROPAGATIONS = Object.freeze(["far", "fresnel", "angular-spectrum"] as const);

/** One of {@linkcode PROPAGATIONS}. */
export type Propagation = (typeof PROPAGATIONS)[number];

/** Options of {@linkcode nearFieldTransfer}. */
export interface NearFieldOptions {
  /** Side N in pixels. */
  readonly side: number;
  readonly propagation: Exclude<Propagation, "far">;
  readonly wavelengthM: number;
  /** Side of a pixel of object and detector, which are the same in the near field. */
  readonly pixelSizeM: number;
  /** From the sample to the detector (for a diverging beam: the effective distance). */
  readonly distanceM: number;
}

/**
 * Returns the transfer function of free space, (N, N) interleaved, zero frequency at N/2, for waves exp(i k z) and
 * without the common factor exp(i k z): `fresnel` exp(-i pi lambda z f^2) (Goodman, Introduction to Fourier Optics,
 * eq. 4-21), `angular-spectrum` exp(i 2 pi z (sqrt(1/lambda^2 - f^2) - 1/lambda)), 0 for evanescent waves (ibid.,
 * section 3.10). Where z > N pixel^2 / lambda its phase turns by more than pi from one frequency to the next at the
 * edge, and the field wraps around (Voelz & Roggemann, Appl. Opt. 48, 6132, 2009): throws `RangeError`.
 */
export function nearFieldTransfer(options: NearFieldOptions): Float64Array {
  const { side, propagation, wavelengthM, pixelSizeM, distanceM } = options;
  const longest = longestNearFieldM(options);
  if (distanceM > longest) {
    throw new RangeError(`a near field at ${distanceM} m is not sampled; up to ${longest} m it is`);
  }
  const transfer = new Float64Array(2 * side * side);
  const square = (k: number) => (frequency((k + side - side / 2) % side, side) / pixelSizeM) ** 2;
  for (let i = 0; i < side * side; i++) {
    const f2 = square(Math.floor(i / side)) + square(i % side);
    const inside = 1 - wavelengthM ** 2 * f2;
    if (propagation === "angular-spectrum" && inside < 0) continue;
    // sqrt(1/lambda^2 - f^2) - 1/lambda without loss of digits
    const phase = propagation === "fresnel"
      ? -Math.PI * wavelengthM * distanceM * f2
      : -2 * Math.PI * distanceM * wavelengthM * f2 / (1 + Math.sqrt(inside));
    transfer[2 * i] = Math.cos(phase);
    transfer[2 * i + 1] = Math.sin(phase);
  }
  return transfer;
}

/** Lengths of a near field as they are measured. */
export interface NearFieldLengths {
  /** From the sample to the detector. */
  readonly distanceM: number;
  readonly detectorPixelM: number;
  /** From the focus of a diverging beam to the sample. Default: the beam is parallel. */
  readonly focusDistanceM?: number;
}

/**
 * Returns the parallel beam that gives the same patterns: magnification M = 1 + distance / focus distance, effective
 * distance distance / M, object pixel = detector pixel / M (Fresnel scaling theorem; D. Paganin, Coherent X-Ray
 * Optics, section
 * 1.4.5). The probe is then that of the parallel beam: without the curvature of the wave from the focus.
 */
export function nearFieldLengths(
  { distanceM, detectorPixelM, focusDistanceM }: NearFieldLengths,
): { distanceM: number; pixelSizeM: number } {
  const magnification = focusDistanceM === undefined ? 1 : 1 + distanceM / focusDistanceM;
  return { distanceM: distanceM / magnification, pixelSizeM: detectorPixelM / magnification };
}

/** Returns the largest distance at which the transfer function is sampled: N pixel^2 / lambda. */
export function longestNearFieldM(
  { side, wavelengthM, pixelSizeM }: Pick<NearFieldOptions, "side" | "wavelengthM" | "pixelSizeM">,
): number {
  return side * pixelSizeM ** 2 / wavelengthM;
}

/** Options of {@linkcode openDiffraction}. */
export interface DiffractionOptions {
  readonly device: AnyDevice;
  /** Side N in pixels. */
  readonly side: number;
  /** Probe, (P, N, N) interleaved. */
  readonly probe: Floats;
  /** Patterns of a run. */
  readonly batch: number;
  /** The transfer function of {@linkcode nearFieldTransfer}; without one the far field. */
  readonly transfer?: Floats;
}

/** A compiled forward model. Dispose of it. */
export interface Diffraction extends Disposable {
  /** Expected counts (batch, N, N) of patches (batch, N, N) interleaved. */
  intensities(patches: Float32Array): Promise<Float32Array>;
}

/** Compiles the forward model for one probe and batch. */
export async function openDiffraction(options: DiffractionOptions): Promise<Diffraction> {
  const { device, side, probe, batch, transfer } = options;
  const modes = probe.length / (2 * side * side);
  const graph = new Graph();
  const patches = graph.input("patches", [batch, side, side], "c64");
  const exit = exitWaves(patches, graph.input("probe", [modes, side, side], "c64"));
  const kernel = transfer && graph.input("transfer", [1, 1, side, side], "c64");
  const intensity = kernel ? nearIntensity(exit, kernel) : diffractedIntensity(exit);
  const program: Program = await compile(device, { graph, outputs: { intensity } });
  program.write("probe", Float32Array.from(probe));
  if (transfer) program.write("transfer", Float32Array.from(transfer));
  return {
    async intensities(values) {
      program.write("patches", values);
      program.run();
      return await program.read("intensity");
    },
    [Symbol.dispose]: () => program[Symbol.dispose](),
  };
}

/** Near-field intensity [n, N, N]: the incoherent sum over modes of |F^-1 (H F psi)|^2. */
function nearIntensity(exit: Tensor, transfer: Tensor): Tensor {
  const [n, , height, width] = exit.shape;
  const wave = f.fft2(f.multiply(f.fft2(exit), transfer), { inverse: true });
  return f.reshape(f.sum(f.abs2(wave), [1]), [n, height, width]);
}
