/**
 * Pictures of an object for people: amplitude, phase, and both in one, with colour bar and scale bar.
 *
 * @module
 */
import { amplitudeOf, type Box, type ComplexImage, cropImage, levelPhase, phaseOf } from "../numeric/mod.ts";
import {
  figure,
  type Marks,
  renderAmplitude,
  renderComplex,
  type Rendered,
  renderPhase,
  scaleOf,
} from "../pictures/mod.ts";

/** An image of the object, `data` (height, width) interleaved. */
export interface PicturedObject extends ComplexImage {
  /** 1 where the object was scanned, else 0. Default everywhere. */
  readonly mask?: Uint8Array;
  /** Side of a pixel in metres; while it is unknown, the scale bar counts pixels. */
  readonly pixelSizeM?: number;
}

/** Quantity of a picture: `complex` has the phase as hue and the amplitude as brightness. */
export type ObjectView = "amplitude" | "phase" | "complex";

/** Options of {@linkcode drawObject}. */
export interface ObjectPictureOptions {
  readonly view: ObjectView;
  /** Stands before what the picture shows, as in `Epoch 10: phase`. */
  readonly title: string;
  /** Dots or arrows in pixels of the whole image. */
  readonly marks?: Marks;
  /** Sentences below the picture. */
  readonly notes?: readonly string[];
  /** Ends of the colours of the phase in rad. Default: percentiles of the picture. */
  readonly phaseRange?: PhaseRange;
}

/** Ends of the colours of a phase in rad; one that is left out is found in the picture. */
export interface PhaseRange {
  readonly min?: number;
  readonly max?: number;
}

/** Longer side of the image in pixels of the figure. */
const SIDE = 560;

const NAMES = { amplitude: "amplitude", phase: "phase", complex: "phase and amplitude" } as const;

/**
 * Draws the scanned part of an object as SVG. Phases are shown without their mean and their mean ramp, which no pattern
 * fixes; a note gives both.
 */
export async function drawObject(object: PicturedObject, options: ObjectPictureOptions): Promise<string> {
  const { view, title, marks, notes = [] } = options;
  const { rendered, label, notes: ofView, row, column } = renderObject(object, options);
  const moved = marks && {
    ...marks,
    x: Float64Array.from(marks.x, (x) => x - column),
    y: Float64Array.from(marks.y, (y) => y - row),
  };
  const panel = { image: rendered, label, scale: scaleOf(object.pixelSizeM), marks: moved };
  return await figure([panel], {
    title: `${title}: ${NAMES[view]}`,
    side: SIDE,
    notes: [...ofView, ...notes],
  });
}

/**
 * Renders the scanned part of an object as {@linkcode drawObject} does, with the mask of that part; `row` and `column` are
 * its first in the whole image.
 */
export function renderObject(
  object: PicturedObject,
  { view, phaseRange }: Pick<ObjectPictureOptions, "view" | "phaseRange">,
): View & Omit<ScannedPart, "image"> {
  const { image, mask, row, column } = scannedPart(object);
  return { ...VIEWS[view](image, mask, phaseRange), mask, row, column };
}

interface View {
  readonly rendered: Rendered;
  readonly label: string;
  readonly notes: readonly string[];
}

const VIEWS: Readonly<
  Record<ObjectView, (image: ComplexImage, mask: Uint8Array, range?: PhaseRange) => View>
> = {
  amplitude: (image, mask) => ({
    rendered: renderAmplitude(amplitudeOf(image), { mask }),
    label: "amplitude",
    notes: [],
  }),
  phase: (image, mask, { min, max } = {}) => {
    const { image: level, ...taken } = levelPhase(image, mask);
    const phase = phaseOf(level);
    const found = renderPhase(phase, { mask });
    const limits = [min ?? found.limits[0], max ?? found.limits[1]] as const;
    const rendered = min === undefined && max === undefined ? found : renderPhase(phase, { mask, limits });
    return { rendered, label: "phase (rad)", notes: [said(taken)] };
  },
  complex: (image, mask) => {
    const { image: level, ...taken } = levelPhase(image, mask);
    const notes = ["Hue is the phase, brightness the amplitude.", said(taken)];
    return { rendered: renderComplex(level, { mask }), label: "phase (rad)", notes };
  },
};

function said({ ramp, offset }: { ramp: { x: number; y: number }; offset: number }): string {
  const number = (value: number) => String(Number(value.toPrecision(2))).replace("-", "−");
  const along = `${number(ramp.x)} rad/px along x and ${number(ramp.y)} rad/px along y`;
  return `Removed, as no pattern fixes it: a phase of ${number(offset)} rad, and a ramp of ${along}.`;
}

interface ScannedPart {
  readonly image: ComplexImage;
  readonly mask: Uint8Array;
  /** First row in the whole image. */
  readonly row: number;
  readonly column: number;
}

/** The smallest box around what the mask holds; the whole where it holds nothing. */
function scannedPart({ height, width, data, mask }: PicturedObject): ScannedPart {
  const all = mask ?? new Uint8Array(height * width).fill(1);
  const box = boundingBox(all, { height, width }) ?? { row: 0, column: 0, height, width };
  const part = new Uint8Array(box.height * box.width);
  for (let r = 0; r < box.height; r++) {
    const from = (box.row + r) * width + box.column;
    part.set(all.subarray(from, from + box.width), r * box.width);
  }
  const { row, column } = box;
  return { image: cropImage({ height, width, data }, box, 2), mask: part, row, column };
}

function boundingBox(
  mask: Uint8Array,
  { height, width }: { height: number; width: number },
): Box | undefined {
  let [top, bottom, left, right] = [height, -1, width, -1];
  for (let r = 0; r < height; r++) {
    for (let c = 0; c < width; c++) {
      if (mask[r * width + c] === 0) continue;
      [top, bottom, left, right] = [Math.min(top, r), r, Math.min(left, c), Math.max(right, c)];
    }
  }
  if (bottom < 0) return undefined;
  return { row: top, column: left, height: bottom - top + 1, width: right - left + 1 };
}
