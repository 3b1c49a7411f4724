/**
 * Applies the shifts of the positions: clips them, adds momentum, draws them to an affine map.
 *
 * @module
 */
import { affineFit, type PositionsPx } from "../numeric/mod.ts";

/** Options of the position correction. */
export interface MoveOptions {
  /** Factor on the shifts. */
  readonly step: number;
  /** Largest move along an axis, pixels. */
  readonly clip: number;
  /** Part of the last move that is made again. */
  readonly momentum: number;
  /** Share, 0 to 1, by which positions are drawn to the best affine map of the given ones. */
  readonly affine: number;
}

/** The positions of a reconstruction as they are corrected. */
export class PositionCorrection {
  readonly #last: PositionsPx;

  constructor(private readonly positions: PositionsPx, private readonly given: PositionsPx) {
    this.#last = { x: new Float64Array(positions.x.length), y: new Float64Array(positions.y.length) };
  }

  /** Moves the positions in place by what an epoch asked for; the mean of all moves is left out. */
  move(shifts: PositionsPx, { step, clip, momentum, affine }: MoveOptions): void {
    for (const axis of ["x", "y"] as const) {
      const [positions, last] = [this.positions[axis], this.#last[axis]];
      const most = Math.min(clip, 10 * meanDeviation(shifts[axis]) * step || clip);
      for (let i = 0; i < positions.length; i++) {
        const wish = step * (Number.isFinite(shifts[axis][i]) ? shifts[axis][i] : 0);
        const move = Math.min(most, Math.max(-most, wish)) + momentum * last[i];
        last[i] = Math.min(clip, Math.max(-clip, move));
      }
      // all positions together move the object, which is no correction
      const mean = last.reduce((sum, value) => sum + value, 0) / (last.length || 1);
      for (let i = 0; i < positions.length; i++) positions[i] += last[i] - mean;
    }
    if (affine > 0) this.#drawToAffine(affine);
  }

  #drawToAffine(share: number): void {
    const { x, y } = this.given;
    const fitted = { x: affineFit({ x, y }, this.positions.x), y: affineFit({ x, y }, this.positions.y) };
    for (const axis of ["x", "y"] as const) {
      const positions = this.positions[axis];
      for (let i = 0; i < positions.length; i++) positions[i] += share * (fitted[axis][i] - positions[i]);
    }
  }
}

function meanDeviation(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / (values.length || 1);
  return values.reduce((sum, value) => sum + Math.abs(value - mean), 0) / (values.length || 1);
}
