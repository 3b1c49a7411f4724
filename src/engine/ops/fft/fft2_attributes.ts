/**
 * Attributes of `fft2`, for the operation and its plans.
 *
 * @module
 */

/** With `shift`, the spectrum (result or input) has its zero frequency at N/2. */
export interface Fft2Attrs {
  readonly inverse: boolean;
  readonly shift: boolean;
}
