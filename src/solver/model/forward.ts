/**
 * The forward model of the solvers on tensors, and its adjoints. Patches are cut at whole pixels; the probe carries the
 * fraction of a position, every mode of it, by the shift theorem. Transforms are orthonormal, so that the adjoint of each
 * step is its inverse.
 *
 * @module
 */
import { functions as f } from "../../engine/mod.ts";
import type { Tensor } from "../../engine/mod.ts";
import type { Trace } from "./trace.ts";

/** Forward model of a batch at the present object, probe and positions. B patterns, P modes. */
export interface Forward {
  /** O_i, [B, 1, N, N]. */
  readonly patches: Tensor;
  /** P_i: the probe at the fraction of each position, [B, P, N, N] or [1, P, N, N]. */
  readonly probes: Tensor;
  /** psi_i = O_i P_i, [B, P, N, N]. */
  readonly exit: Tensor;
  /** Psi_i: psi_i at the detector, in the far field F psi_i, zero frequency at N/2, [B, P, N, N]. */
  readonly wave: Tensor;
  /** Sum over the modes of |Psi|^2, and the background, [B, 1, N, N]. */
  readonly intensity: Tensor;
  /** exp(-2 pi i k fraction), [B, 1, N, N], or undefined where all positions are whole pixels. */
  readonly ramp: Tensor | undefined;
}

/** Context of the refinements besides object and probe. */
export interface Refinement {
  readonly fw: Forward;
  /** Residual exit waves [B, P, N, N]. */
  readonly chi: Tensor;
}

/** sqrt(intensity) is never taken at 0, where its slope is infinite. */
export const TINY = 1e-7;

/** Traces the forward model of a batch. */
export function forward(t: Trace): Forward {
  const { batch, modes, side } = t.sizes;
  const patches = f.reshape(
    f.extract(t.object, { starts: t.starts, height: side, width: side }),
    [batch, 1, side, side],
  );
  const ramp = t.sizes.subpixel ? shiftRamp(t) : undefined;
  const probes = shiftedProbes(t, ramp);
  const exit = f.multiply(patches, probes);
  const wave = toDetector(exit, { t, ramp });
  const coherent = modes > 1 ? f.sum(f.abs2(wave), [1]) : f.abs2(wave);
  const intensity = t.sizes.background ? f.add(coherent, t.state("background")) : coherent;
  return { patches, probes, exit, wave, intensity, ramp };
}

/**
 * Exit waves [B, P, N, N] at the detector: F psi in the far field, F^-1 H F psi in the near field. The detector stays with
 * the probe, so the fraction of the position that the probe was moved by is taken back; the far field does not see it.
 */
export function toDetector(exit: Tensor, { t, ramp }: Travel): Tensor {
  if (!t.sizes.nearField) return f.fft2(exit);
  const spectrum = f.multiply(f.fft2(exit, { shift: false }), transferOf(t));
  const back = ramp ? f.multiply(spectrum, f.conj(ramp)) : spectrum;
  return f.fft2(back, { inverse: true, shift: false });
}

/**
 * Returns the adjoint of {@linkcode toDetector}, which is its inverse but for evanescent waves: back to the sample.
 */
export function fromDetector(wave: Tensor, { t, ramp }: Travel): Tensor {
  if (!t.sizes.nearField) return f.fft2(wave, { inverse: true });
  const spectrum = f.multiply(f.fft2(wave, { shift: false }), f.conj(transferOf(t)));
  const moved = ramp ? f.multiply(spectrum, ramp) : spectrum;
  return f.fft2(moved, { inverse: true, shift: false });
}

/** Parameters of the propagation between sample and detector. */
interface Travel {
  readonly t: Trace;
  readonly ramp: Forward["ramp"];
}

function transferOf(t: Trace): Tensor {
  const { side } = t.sizes;
  return f.reshape(t.state("transfer"), [1, 1, side, side]);
}

/** exp(-2 pi i (ky dy + kx dx)) for the fraction of each position, zero frequency at index 0. */
function shiftRamp(t: Trace): Tensor {
  const { batch, side } = t.sizes;
  const along = (name: string, shape: readonly number[]) =>
    f.cis(
      f.scale(
        f.multiply(f.reshape(t.state("frequency"), shape), t.input(name, [batch, 1, 1, 1])),
        -2 * Math.PI,
      ),
    );
  return f.multiply(along("dy", [1, 1, side, 1]), along("dx", [1, 1, 1, side]));
}

/** P_i = S_i P, and for the first mode with its variations: P_i0 = S_i (P_0 + sum_e w_ie E_e). */
function shiftedProbes(t: Trace, ramp: Tensor | undefined): Tensor {
  const { modes, side, oprModes } = t.sizes;
  const probe = f.reshape(t.probe, [1, modes, side, side]);
  const spectrum = ramp ? f.fft2(probe, { shift: false }) : probe;
  const varied = oprModes > 0 ? withVariation(t, spectrum, ramp !== undefined) : spectrum;
  return ramp ? f.fft2(f.multiply(varied, ramp), { inverse: true, shift: false }) : varied;
}

function withVariation(t: Trace, probe: Tensor, spectral: boolean): Tensor {
  const { batch, modes, side, oprModes } = t.sizes;
  const own = f.reshape(t.state("oprModes"), [1, oprModes, side, side]);
  const basis = spectral ? f.fft2(own, { shift: false }) : own;
  const weights = f.reshape(t.input("oprWeights", [batch, oprModes]), [batch, oprModes, 1, 1]);
  const variation = f.sum(f.multiply(weights, basis), [1]);
  const first = f.add(f.slice(probe, { axis: 1, start: 0, count: 1 }), variation);
  if (modes === 1) return first;
  const rest = f.broadcastTo(
    f.slice(probe, { axis: 1, start: 1, count: modes - 1 }),
    [batch, modes - 1, side, side],
  );
  return f.concat([first, rest], 1);
}

/** sum_i S_i* x_i: waves [B, P, N, N] carried back to the frame of the probe and added up, [1, P, N, N]. */
export function toProbe(x: Tensor, { ramp }: Forward): Tensor {
  if (!ramp) return f.sum(x, [0]);
  const spectrum = f.sum(f.multiply(f.fft2(x, { shift: false }), f.conj(ramp)), [0]);
  return f.fft2(spectrum, { inverse: true, shift: false });
}

/** S_i* x_i of each pattern by itself, [B, P, N, N]. */
export function toProbes(x: Tensor, { ramp }: Forward): Tensor {
  if (!ramp) return x;
  return f.fft2(f.multiply(f.fft2(x, { shift: false }), f.conj(ramp)), { inverse: true, shift: false });
}

/** sum_i scatter(sum_k x_ik): waves [B, P, N, N] added up on the object, [H, W]. */
export function toObject(x: Tensor, t: Trace): Tensor {
  const { height, width, side } = t.sizes;
  const [batch] = x.shape;
  const summed = x.shape[1] > 1 ? f.sum(x, [1]) : x;
  return f.scatter(f.reshape(summed, [batch, side, side]), { starts: t.starts, height, width });
}

/** Returns the object's values around each position, [B, 1, N, N], of an image [H, W]. */
export function patchesOf(image: Tensor, t: Trace): Tensor {
  const { batch, side } = t.sizes;
  return f.reshape(f.extract(image, { starts: t.starts, height: side, width: side }), [batch, 1, side, side]);
}

/** sum_i sum_k |P_ik|^2 on the object, [H, W]. */
export function overlapOf(probes: Tensor, t: Trace): Tensor {
  const { batch, modes, side } = t.sizes;
  const intensity = f.abs2(probes);
  const summed = modes > 1 ? f.sum(intensity, [1]) : intensity;
  return toObject(f.broadcastTo(summed, [batch, 1, side, side]), t);
}

/** Re <a, b> over modes and pixels of each pattern, [B, 1, 1, 1]. */
export function inner(a: Tensor, b: Tensor): Tensor {
  return f.sum(f.re(f.multiply(a, f.conj(b))), [1, 2, 3]);
}

/** |a|^2 over modes and pixels of each pattern, [B, 1, 1, 1]. */
export function power(a: Tensor): Tensor {
  return f.sum(f.abs2(a), [1, 2, 3]);
}
