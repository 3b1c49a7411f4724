/**
 * Zernike aberrations.
 *
 * @module
 */

/** An aberration: its index after Noll, from 1, and its rms over the pupil in radians. */
export interface Aberration {
  readonly noll: number;
  readonly radians: number;
}

/** Radial order and azimuthal frequency of a Zernike polynomial; m < 0 for those with a sine. */
export interface ZernikeOrder {
  readonly n: number;
  readonly m: number;
}

/**
 * Orders of the index of R. J. Noll (J. Opt. Soc. Am. 66, 207, 1976): even indices have a cosine, odd ones a
 * sine. 1 piston, 2 and 3 tilts, 4 defocus, 5 and 6 astigmatism, 7 and 8 coma, 11 spherical.
 */
export function nollOrder(index: number): ZernikeOrder {
  if (!Number.isInteger(index) || index < 1) {
    throw new RangeError(`a Noll index is a whole number from 1, not ${index}`);
  }
  let n = 0;
  while ((n + 1) * (n + 2) / 2 < index) n++;
  const place = index - n * (n + 1) / 2;
  const m = n % 2 === 0 ? 2 * Math.floor(place / 2) : 2 * Math.floor((place - 1) / 2) + 1;
  return { n, m: index % 2 === 0 ? m : -m };
}

/**
 * Returns a Zernike polynomial at a place of the pupil (0 <= radius <= 1), normalised to rms 1 over the disk (Noll,
 * eqs. 1 and 2).
 */
export function zernike(
  { n, m }: ZernikeOrder,
  at: { readonly radius: number; readonly angle: number },
): number {
  const k = Math.abs(m);
  let radial = 0;
  for (let s = 0; s <= (n - k) / 2; s++) {
    const sign = s % 2 === 0 ? 1 : -1;
    const share = factorial(n - s) / (factorial(s) * factorial((n + k) / 2 - s) * factorial((n - k) / 2 - s));
    radial += sign * share * at.radius ** (n - 2 * s);
  }
  const norm = Math.sqrt((n + 1) * (m === 0 ? 1 : 2));
  return norm * radial * (m < 0 ? Math.sin(k * at.angle) : Math.cos(k * at.angle));
}

function factorial(n: number): number {
  let product = 1;
  for (let k = 2; k <= n; k++) product *= k;
  return product;
}
