/**
 * Probes behind a lens: the focus of a zone plate or of an aberrated lens, or a plane beside it.
 *
 * @module
 */
import { Fft2, frequency, rollImage } from "../../numeric/mod.ts";
import { scaleToPhotons } from "./probes.ts";
import { type Aberration, nollOrder, zernike } from "./zernike.ts";

/** Wavelength and grid of a probe, in metres. */
export interface ProbeGrid {
  /** Side N in pixels. */
  readonly side: number;
  readonly wavelengthM: number;
  /** Side of an object pixel. */
  readonly pixelSizeM: number;
}

/** Options of {@linkcode lensProbe}. */
export interface LensProbeOptions extends ProbeGrid {
  /** Photons of the probe. */
  readonly photons: number;
  /**
   * Finest half period that the lens transfers, wavelength / (2 NA); for a zone plate the width of its outermost
   * zone. At least one object pixel.
   */
  readonly halfPeriodM: number;
  /** Diameter of the central stop over that of the lens. Default 0. */
  readonly stop?: number;
  /** Distance of the sample behind the focus. Default 0. */
  readonly defocusM?: number;
  /** Phase of the pupil, by Noll index. Default none. */
  readonly aberrations?: readonly Aberration[];
}

/** Points along each side of a pixel of the pupil over which its edges and phases are averaged. */
const SAMPLES = 4;

/**
 * Returns the wave behind a lens, (N, N) interleaved, centred on pixel N/2. In the focus it is the Fourier transform
 * of the pupil (Goodman, Introduction to Fourier Optics, section 5.2, up to a quadratic phase outside of the paraxial
 * region), the pupil being the disk of spatial frequencies up to 1 / (2 halfPeriod); from there it goes on by the
 * Fresnel transfer function exp(-i pi lambda z f^2) (Goodman, eq. 4-21).
 */
export function lensProbe(options: LensProbeOptions): Float64Array {
  const { side, photons, pixelSizeM, halfPeriodM, wavelengthM, stop = 0, defocusM = 0 } = options;
  if (!(halfPeriodM >= pixelSizeM)) {
    throw new RangeError(`a half period of ${halfPeriodM} m is finer than the pixels of ${pixelSizeM} m`);
  }
  const edge = side * pixelSizeM / (2 * halfPeriodM); // of the pupil, in pixels of its own
  const terms = (options.aberrations ?? []).map(({ noll, radians }) => ({ order: nollOrder(noll), radians }));
  const defocus = -Math.PI * wavelengthM * defocusM / (side * pixelSizeM) ** 2;
  const probe = new Float64Array(2 * side * side);
  for (let i = 0; i < side * side; i++) {
    const v = Math.round(side * frequency(Math.floor(i / side), side)),
      u = Math.round(side * frequency(i % side, side));
    if (Math.hypot(u, v) > edge + 1) continue;
    for (let k = 0; k < SAMPLES * SAMPLES; k++) {
      const y = v + (Math.floor(k / SAMPLES) + 0.5) / SAMPLES - 0.5,
        x = u + (k % SAMPLES + 0.5) / SAMPLES - 0.5;
      const radius = Math.hypot(x, y) / edge;
      if (radius > 1 || radius < stop) continue;
      const at = { radius, angle: Math.atan2(y, x) };
      const phase = terms.reduce((sum, { order, radians }) => sum + radians * zernike(order, at), 0) +
        defocus * (x * x + y * y);
      probe[2 * i] += Math.cos(phase);
      probe[2 * i + 1] += Math.sin(phase);
    }
  }
  new Fft2(side, side).inverse(probe);
  rollImage(probe, { height: side, width: side, rows: side / 2, columns: side / 2 });
  return scaleToPhotons(probe, photons);
}

/** Options of {@linkcode zonePlateProbe}. */
export interface ZonePlateOptions extends ProbeGrid {
  /** Photons of the probe. */
  readonly photons: number;
  readonly diameterM: number;
  readonly outermostZoneM: number;
  /** Diameter of the central stop. Default 0. */
  readonly centralStopM?: number;
  /** Distance of the sample behind the focus. Default 0. */
  readonly defocusM?: number;
  /** Default none. */
  readonly aberrations?: readonly Aberration[];
}

/**
 * Returns the first order of a Fresnel zone plate with a central stop; higher orders are taken to be blocked.
 */
export function zonePlateProbe(options: ZonePlateOptions): Float64Array {
  const { diameterM, outermostZoneM, centralStopM = 0, ...rest } = options;
  if (!(centralStopM < diameterM)) {
    throw new RangeError(`a central stop of ${centralStopM} m covers the zone plate of ${diameterM} m`);
  }
  return lensProbe({ ...rest, halfPeriodM: outermostZoneM, stop: centralStopM / diameterM });
}

/**
 * Returns a probe (P, N, N) at a distance along the beam, by the Fresnel transfer function (Goodman, eq. 4-21).
 */
export function propagateProbe(
  probe: Float64Array,
  options: ProbeGrid & { readonly distanceM: number },
): Float64Array {
  const { side, wavelengthM, pixelSizeM, distanceM } = options;
  const out = probe.slice();
  const fft = new Fft2(side, side);
  const strength = -Math.PI * wavelengthM * distanceM / pixelSizeM ** 2;
  for (let mode = 0; mode < out.length; mode += 2 * side * side) {
    const wave = out.subarray(mode, mode + 2 * side * side);
    fft.forward(wave);
    for (let i = 0; i < side * side; i++) {
      const phase = strength * (frequency(Math.floor(i / side), side) ** 2 + frequency(i % side, side) ** 2);
      const cos = Math.cos(phase), sin = Math.sin(phase), re = wave[2 * i];
      wave[2 * i] = re * cos - wave[2 * i + 1] * sin;
      wave[2 * i + 1] = re * sin + wave[2 * i + 1] * cos;
    }
    fft.inverse(wave);
  }
  return out;
}
