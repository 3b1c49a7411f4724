/**
 * The door of `numeric`.
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
