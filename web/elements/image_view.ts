/**
 * `<image-view label="Object" zoomable>`: a picture with colour bar and scale bar, to be zoomed (wheel, +, -, 0) and moved
 * (drag, arrow keys).
 *
 * @module
 */
import { scaleBar } from "../../src/pictures/scale_bar.ts";
import type { Picture } from "../messages.ts";
import { make } from "./make.ts";

/** Colours that a colour bar is drawn with. */
const STOPS = 48;

/** The element. */
export class ImageView extends HTMLElement {
  #picture: Picture | undefined;
  /** Magnification beyond the one that fits, and the point of the picture in the middle, 0 to 1. */
  #zoom = 1;
  #centre = { x: 0.5, y: 0.5 };
  readonly #canvas = make("canvas");
  readonly #scale = make("div", { className: "scale", hidden: true });
  readonly #empty = make("p", { className: "empty", textContent: "Nothing yet" });
  readonly #colours = make("div", { className: "colours", hidden: true });

  connectedCallback(): void {
    const stage = make("div", { className: "stage" }, this.#canvas, this.#scale, this.#empty);
    this.#canvas.setAttribute("role", "img");
    this.#canvas.setAttribute("aria-label", this.getAttribute("label") ?? "");
    this.replaceChildren(stage, this.#colours);
    new ResizeObserver(() => this.#draw()).observe(stage);
    if (!this.hasAttribute("zoomable")) return;
    stage.append(make(
      "div",
      { className: "zoom" },
      this.#button("+", "Zoom in", () => this.#zoomBy(1.5)),
      this.#button("−", "Zoom out", () => this.#zoomBy(1 / 1.5)),
      this.#button("▢", "Show all", () => this.#reset()),
    ));
    this.#canvas.tabIndex = 0;
    this.#listen();
  }

  /** Shows a picture; one of another size is shown whole. */
  set picture(picture: Picture) {
    const before = this.#picture?.bitmap;
    if (before?.width !== picture.bitmap.width || before.height !== picture.bitmap.height) this.#reset();
    before?.close();
    this.#picture = picture;
    this.#empty.hidden = true;
    this.#drawColours(picture);
    this.#draw();
  }

  #button(textContent: string, title: string, onclick: () => void): HTMLButtonElement {
    const button = make("button", { type: "button", textContent, title, onclick });
    button.setAttribute("aria-label", title);
    return button;
  }

  #listen(): void {
    const canvas = this.#canvas;
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.#zoomBy(Math.exp(-event.deltaY / 400), { x: event.offsetX, y: event.offsetY });
    }, { passive: false });
    canvas.addEventListener("pointerdown", ({ pointerId }) => canvas.setPointerCapture(pointerId));
    canvas.addEventListener("pointermove", ({ pointerId, movementX, movementY }) => {
      if (canvas.hasPointerCapture(pointerId)) this.#move(-movementX, -movementY);
    });
    canvas.addEventListener("dblclick", () => this.#reset());
    const keys: Readonly<Record<string, () => void>> = {
      "+": () => this.#zoomBy(1.25),
      "-": () => this.#zoomBy(0.8),
      "0": () => this.#reset(),
      ArrowLeft: () => this.#move(-40, 0),
      ArrowRight: () => this.#move(40, 0),
      ArrowUp: () => this.#move(0, -40),
      ArrowDown: () => this.#move(0, 40),
    };
    canvas.addEventListener("keydown", (event) => {
      if (!Object.hasOwn(keys, event.key)) return;
      event.preventDefault();
      keys[event.key]();
    });
  }

  #reset(): void {
    this.#zoom = 1;
    this.#centre = { x: 0.5, y: 0.5 };
    this.#draw();
  }

  /** Pixels of the page for one of the picture. */
  #perPixel(bitmap: ImageBitmap): number {
    const { clientWidth, clientHeight } = this.#canvas;
    return this.#zoom * Math.min(clientWidth / bitmap.width, clientHeight / bitmap.height);
  }

  /** Zooms about a point of the canvas that stays where it is. Default: its middle. */
  #zoomBy(factor: number, about?: { readonly x: number; readonly y: number }): void {
    const zoom = Math.min(64, Math.max(1, this.#zoom * factor)), change = zoom / this.#zoom;
    const { clientWidth, clientHeight } = this.#canvas;
    const { x, y } = about ?? { x: clientWidth / 2, y: clientHeight / 2 };
    this.#zoom = zoom;
    this.#move((x - clientWidth / 2) * (change - 1), (y - clientHeight / 2) * (change - 1));
  }

  #move(dx: number, dy: number): void {
    if (!this.#picture) return;
    const { bitmap } = this.#picture, scale = this.#perPixel(bitmap);
    const within = (value: number) => Math.min(1, Math.max(0, value));
    this.#centre = {
      x: this.#zoom === 1 ? 0.5 : within(this.#centre.x + dx / (scale * bitmap.width)),
      y: this.#zoom === 1 ? 0.5 : within(this.#centre.y + dy / (scale * bitmap.height)),
    };
    this.#draw();
  }

  #draw(): void {
    const canvas = this.#canvas, { clientWidth, clientHeight } = canvas;
    if (!this.#picture || clientWidth === 0 || clientHeight === 0) return;
    const { bitmap, pixelSizeM } = this.#picture;
    canvas.width = Math.round(clientWidth * devicePixelRatio);
    canvas.height = Math.round(clientHeight * devicePixelRatio);
    const context = canvas.getContext("2d");
    if (!context) throw new Error("this browser has no 2D canvas");
    const scale = this.#perPixel(bitmap) * devicePixelRatio;
    context.imageSmoothingEnabled = scale < 2;
    context.imageSmoothingQuality = "high";
    const [x, y] = [this.#centre.x * bitmap.width * scale, this.#centre.y * bitmap.height * scale];
    context.drawImage(
      bitmap,
      canvas.width / 2 - x,
      canvas.height / 2 - y,
      bitmap.width * scale,
      bitmap.height * scale,
    );
    if (this.hasAttribute("zoomable")) this.#drawScale(pixelSizeM, this.#perPixel(bitmap));
  }

  #drawScale(pixelSizeM: number | undefined, zoom: number): void {
    const scale = pixelSizeM === undefined
      ? { unit: "px", perPixel: 1 } as const
      : { unit: "m", perPixel: pixelSizeM } as const;
    const { pixels, label } = scaleBar(scale, { width: this.#canvas.clientWidth / zoom, zoom });
    const bar = make("i");
    bar.style.width = `${pixels}px`;
    this.#scale.replaceChildren(label, bar);
    this.#scale.hidden = false;
  }

  #drawColours({ colours, ticks, label, factor }: Picture): void {
    const strip = make("div", { className: "strip" });
    const stops = Array.from({ length: STOPS }, (_, i) => {
      const at = 3 * Math.round(i / (STOPS - 1) * (colours.length / 3 - 1));
      return `rgb(${colours.subarray(at, at + 3).join(" ")})`;
    });
    strip.style.background = `linear-gradient(to top, ${stops.join(", ")})`;
    const marks = ticks.map(({ at, label }) => {
      const mark = make("span", { textContent: label });
      mark.style.bottom = `${100 * at}%`;
      return mark;
    });
    this.#colours.replaceChildren(
      strip,
      make("div", { className: "ticks" }, ...marks),
      make("div", {
        className: "quantity",
        textContent: [label, factor && `(${factor})`].filter(Boolean).join(" "),
      }),
    );
    this.#colours.hidden = false;
  }
}
