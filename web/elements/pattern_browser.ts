/**
 * `<pattern-browser>`: one pattern at a time, chosen by its number or by its place in the scan; asks for it by the event
 * `choose`, whose `detail` is the number.
 *
 * @module
 */
import type { Picture, ScanFacts } from "../messages.ts";
import { ImageView } from "./image_view.ts";
import { make, makeSvg } from "./make.ts";

/** Places that a map shows; of more, each so-and-so-many-th is drawn. */
const MOST_PLACES = 4000;

/** The element. */
export class PatternBrowser extends HTMLElement {
  #facts: ScanFacts | undefined;
  readonly #image = new ImageView();
  readonly #slider = make("input", { type: "range", min: "0", max: "0", value: "0", disabled: true });
  readonly #text = make("p", { className: "hint", textContent: "Open a scan to look at its patterns." });
  readonly #map = makeSvg("svg", { class: "map", role: "img", "aria-label": "Scan positions" });
  readonly #chosen = makeSvg("circle", { class: "chosen" });

  connectedCallback(): void {
    this.#image.setAttribute("label", "Diffraction pattern");
    this.#slider.setAttribute("aria-label", "Pattern");
    this.#slider.addEventListener("input", () => this.#ask(Number(this.#slider.value)));
    this.#map.addEventListener("pointerdown", (event) => this.#askAt(event as PointerEvent));
    this.replaceChildren(this.#image, this.#slider, this.#text, this.#map);
  }

  /** Takes the places of a scan. */
  set facts(facts: ScanFacts) {
    this.#facts = facts;
    const { x, y, patterns } = facts;
    this.#slider.max = String(patterns - 1);
    this.#slider.disabled = false;
    const [left, right, top, bottom] = [
      least(x),
      -least(x.map((v) => -v)),
      least(y),
      -least(y.map((v) => -v)),
    ];
    const margin = 0.06 * Math.max(right - left, bottom - top, 1);
    const [width, height] = [right - left + 2 * margin, bottom - top + 2 * margin];
    this.#map.setAttribute("viewBox", `${left - margin} ${top - margin} ${width} ${height}`);
    const radius = Math.max(width, height) / 150;
    this.#chosen.setAttribute("r", String(2.6 * radius));
    this.#chosen.setAttribute("stroke-width", String(radius));
    const step = Math.ceil(patterns / MOST_PLACES);
    const places = Array.from(
      { length: Math.ceil(patterns / step) },
      (_, i) => makeSvg("circle", { cx: x[i * step], cy: y[i * step], r: radius }),
    );
    this.#map.replaceChildren(...places, this.#chosen);
  }

  /** Shows the pattern that came. */
  show(picture: Picture, { index, counts }: { readonly index: number; readonly counts: number }): void {
    this.#image.picture = picture;
    this.#slider.value = String(index);
    const { facts: { x, y, patterns } } = { facts: this.#known() };
    this.#chosen.setAttribute("cx", String(x[index]));
    this.#chosen.setAttribute("cy", String(y[index]));
    this.#text.textContent = `Pattern ${index} of ${patterns}: ${counts.toPrecision(3)} photons, ` +
      `x ${x[index].toFixed(1)}, y ${y[index].toFixed(1)} px`;
  }

  #known(): ScanFacts {
    if (!this.#facts) throw new Error("a pattern came before its scan");
    return this.#facts;
  }

  #ask(detail: number): void {
    this.dispatchEvent(new CustomEvent("choose", { detail }));
  }

  /** Asks for the pattern nearest to a click on the map. */
  #askAt({ clientX, clientY }: PointerEvent): void {
    const matrix = (this.#map as SVGSVGElement).getScreenCTM();
    if (!this.#facts || !matrix) return;
    const point = new DOMPoint(clientX, clientY).matrixTransform(matrix.inverse());
    const { x, y } = this.#facts;
    let nearest = 0;
    const distance = (i: number) => (x[i] - point.x) ** 2 + (y[i] - point.y) ** 2;
    for (let i = 1; i < x.length; i++) if (distance(i) < distance(nearest)) nearest = i;
    this.#ask(nearest);
  }
}

function least(values: Float64Array): number {
  return values.reduce((a, b) => Math.min(a, b), Infinity);
}
