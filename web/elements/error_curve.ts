/**
 * `<error-curve>`: the misfit over the epochs, on a logarithmic scale.
 *
 * @module
 */
import { axisBetween } from "../../src/pictures/axis.ts";
import { makeSvg } from "./make.ts";

const WIDTH = 300, HEIGHT = 150;
const AREA = { left: 44, right: 8, top: 8, bottom: 32 };

/** Height of a line of text: marks that are nearer to each other are left out. */
const LINE = 13;

/** The element. */
export class ErrorCurve extends HTMLElement {
  #points: readonly { readonly epoch: number; readonly error: number }[] = [];

  connectedCallback(): void {
    this.#draw();
  }

  /** Draws the misfits of the epochs so far. */
  set points(points: readonly { readonly epoch: number; readonly error: number }[]) {
    this.#points = points;
    this.#draw();
  }

  #draw(): void {
    const svg = makeSvg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" });
    const last = this.#points.at(-1);
    svg.setAttribute(
      "aria-label",
      last ? `Misfit ${last.error.toPrecision(3)} after ${last.epoch} epochs` : "No misfit yet",
    );
    this.replaceChildren(svg);
    if (!last) {
      svg.append(makeSvg("text", { x: WIDTH / 2, y: HEIGHT / 2, "text-anchor": "middle" }, "Nothing yet"));
      return;
    }
    const errors = this.#points.map(({ error }) => error);
    const x = axisBetween(this.#points[0].epoch, last.epoch, { count: 4, whole: true });
    const y = axisBetween(Math.min(...errors), Math.max(...errors), { count: 4, log: true });
    const atX = (value: number) => AREA.left + x.at(value) * (WIDTH - AREA.left - AREA.right);
    const atY = (value: number) => HEIGHT - AREA.bottom - y.at(value) * (HEIGHT - AREA.top - AREA.bottom);
    let below = Infinity;
    for (const { value, label } of y.ticks) {
      const at = atY(value);
      if (below - at < LINE) continue;
      below = at;
      svg.append(
        makeSvg("line", { class: "grid", x1: AREA.left, x2: WIDTH - AREA.right, y1: at, y2: at }),
        makeSvg("text", { x: AREA.left - 6, y: at + 4, "text-anchor": "end" }, label),
      );
    }
    for (const { value, label } of x.ticks) {
      svg.append(
        makeSvg("text", { x: atX(value), y: HEIGHT - AREA.bottom + 15, "text-anchor": "middle" }, label),
      );
    }
    const points = this.#points.map(({ epoch, error }) =>
      `${atX(epoch).toFixed(1)},${atY(error).toFixed(1)}`
    );
    svg.append(
      makeSvg("polyline", { class: "line", points: points.join(" ") }),
      makeSvg(
        "text",
        { x: (AREA.left + WIDTH - AREA.right) / 2, y: HEIGHT - 3, "text-anchor": "middle" },
        `epoch; mean (√I − √I measured)²${y.factor ? ` (${y.factor})` : ""}`,
      ),
    );
  }
}
