/**
 * Numerics in float64 on the host: images on a grid, Fourier transforms, eigenvectors, neighbours, random numbers.
 *
 * In go typed arrays, complex values interleaved (re, im); out come typed arrays. Random numbers follow from a seed and a
 * name, the same on every machine.
 *
 * Called by every wing that computes outside of a device. Imports packages alone; knows no file and no device.
 *
 * @module
 */
export { affineFit } from "./affine_fit.ts";
export { leadingEigenvector } from "./eigenvector.ts";
export { Fft2, frequency, rollImage } from "./fft2.ts";
export { hermitianEigen } from "./hermitian.ts";
export {
  amplitudeOf,
  type Box,
  type ComplexImage,
  cropImage,
  type Floats,
  fromPolar,
  phaseOf,
  type PlacedImage,
  type Plane,
  type RealImage,
} from "./image.ts";
export { nearestNeighbours, type PositionsPx } from "./neighbours.ts";
export { Random } from "./random.ts";
export { levelPhase, meanRamp } from "./ramp.ts";
