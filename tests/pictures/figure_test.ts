import { deepEqual, equal, match, ok } from "node:assert/strict";
import { decode } from "../../src/deps/fast_png.ts";
import {
  type CurvePanel,
  encodePng,
  figure,
  type ImagePanel,
  renderAmplitude,
  renderDifference,
  renderPhase,
  renderValues,
  scaleOf,
  writeFigure,
} from "../../src/pictures/mod.ts";
import { axisBetween } from "../../src/pictures/axis.ts";
import { scaleBar } from "../../src/pictures/scale_bar.ts";
import { textWidth, wrapText } from "../../src/pictures/svg.ts";
import { namesIn, withFolder } from "../formats/support.ts";

/** Elements that are opened and closed in order, attributes quoted: enough XML for what is written here. */
function elementsOf(svg: string): string[] {
  const open: string[] = [], all: string[] = [];
  let at = 0;
  const token = /<(\/?)([a-z]+)((?: [a-zA-Z][a-zA-Z0-9:-]*="[^"<]*")*)(\/?)>/y;
  while (at < svg.length) {
    if (svg[at] !== "<") {
      const end = svg.indexOf("<", at);
      const text = svg.slice(at, end < 0 ? svg.length : end);
      ok(!/&(?!(amp|lt|gt|quot);)/.test(text) && !text.includes(">"), text.slice(0, 80));
      at += text.length;
      continue;
    }
    token.lastIndex = at;
    const found = token.exec(svg);
    if (!found) throw new Error(`no element: ${svg.slice(at, at + 80)}`);
    const [whole, closes, name, , alone] = found;
    if (closes) equal(open.pop(), name);
    else all.push(name);
    if (!closes && !alone) open.push(name);
    at += whole.length;
  }
  deepEqual(open, []);
  return all;
}

function ramp(side: number): ImagePanel["image"] {
  const data = Float64Array.from({ length: side * side }, (_, i) => i % side);
  return renderAmplitude({ width: side, height: side, data }, { limits: [0, side - 1] });
}

async function pixelsOf(svg: string, scale: number) {
  const { width, height, channels, data } = decode(await encodePng(svg, { scale }));
  return {
    width,
    height,
    at: (x: number, y: number) =>
      Array.from(data.slice(channels * (y * width + x), channels * (y * width + x) + 3)),
    count: (wanted: (rgb: readonly [number, number, number]) => boolean) => {
      let count = 0;
      for (let i = 0; i < data.length; i += channels) {
        if (wanted([data[i], data[i + 1], data[i + 2]])) count++;
      }
      return count;
    },
  };
}

Deno.test("a figure is well-formed SVG, and hostile names in it are text", async () => {
  const evil = `<script>alert("1")</script> & 'x' \u0000\u0007`;
  const curve: CurvePanel = {
    series: [{ name: evil, x: [0, 1], y: [1, 2] }],
    title: evil,
    xLabel: evil,
    yLabel: evil,
  };
  const svg = await figure([{ image: ramp(4), title: evil, label: evil, scale: scaleOf(1e-8) }, curve], {
    title: evil,
    notes: [evil],
  });
  const names = elementsOf(svg);
  ok(!names.includes("script"));
  ok(names.includes("image") && names.includes("path") && names.includes("text"));
  match(svg, /&lt;script&gt;/);
  ok((await pixelsOf(svg, 1)).width > 100);
});

Deno.test("a PNG has one or two pixels for each of its figure", async () => {
  const svg = await figure([{ image: ramp(64) }]);
  const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(svg)?.map(Number) ?? [];
  for (const scale of [1, 2]) {
    const png = await pixelsOf(svg, scale);
    deepEqual([png.width, png.height], [scale * width, scale * height]);
  }
});

Deno.test("an image keeps its pixels and its colour bar runs from the lowest value to the highest", async () => {
  const image = ramp(8);
  const svg = await figure([{ image, label: "value" }], { side: 320 });
  const place = /<image x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/g;
  const [picture, bar] = [...svg.matchAll(place)].map((found) => found.slice(1).map(Number));
  const png = await pixelsOf(svg, 1);
  equal(picture[2], 320);
  for (let column = 0; column < 8; column++) {
    const [x, y] = [picture[0] + 40 * column + 20, picture[1] + 100];
    const wanted = Math.round(255 * column / 7);
    for (const value of png.at(x, y)) {
      ok(Math.abs(value - wanted) <= 1, `column ${column}: ${value}, not ${wanted}`);
    }
  }
  const end = (y: number) => png.at(bar[0] + bar[2] / 2, Math.round(y))[0];
  ok(end(bar[1] + bar[3] - 4) < 16 && end(bar[1] + 4) > 239, "black below, white above");
  ok(Math.abs(end(bar[1] + bar[3] / 2) - 128) < 6);
});

Deno.test("images without values, of one value, with infinities and huge ones are drawn", async () => {
  for (const data of [[NaN], [3], [Infinity, 1, -Infinity, 2]]) {
    const plane = { width: data.length, height: 1, data };
    for (
      const image of [
        renderAmplitude(plane),
        renderPhase(plane),
        renderValues(plane),
        renderDifference(plane),
      ]
    ) {
      elementsOf(await figure([{ image, label: "value", scale: scaleOf(undefined) }]));
    }
  }
});

Deno.test("an image of 4096 x 4096 is drawn in seconds, and shrunk to what is seen", async () => {
  const side = 4096;
  const data = Float32Array.from({ length: side * side }, (_, i) => Math.sin(i / 1000));
  const begun = performance.now();
  for (const render of [renderAmplitude, renderPhase, renderValues, renderDifference]) {
    const svg = await figure([{ image: render({ width: side, height: side, data }) }]);
    ok(svg.length < 4_000_000, `${svg.length} characters`);
  }
  const seconds = (performance.now() - begun) / 1000;
  ok(seconds < 30, `${seconds} s for four images`); // 3 s on two idle cores
});

Deno.test("curves have gaps where values are missing, and none is covered by the legend", async () => {
  const x = [0, 1, 2, 3, 4];
  const blue = async (y: readonly number[], options: Partial<CurvePanel> = {}, name = "") => {
    const svg = await figure([{ series: [{ name, x, y, dots: false }], ...options }]);
    return (await pixelsOf(svg, 1)).count(([r, g, b]) => r === 0 && g === 114 && b === 178);
  };
  const whole = await blue([1, 2, 3, 4, 5]);
  const gap = await blue([1, 2, NaN, 4, 5]);
  ok(whole > 1.5 * gap && gap > 100, `${whole} ${gap}`);
  ok(await blue([1, 2, -1, 4, 5], { logY: true }) < whole);
  for (const y of [[1, 2, 3, 4, 5], [5, 4, 3, 2, 1], [0, 5, 5, 5, 5], [5, 0, 0, 0, 0]]) {
    ok(await blue(y, {}, "name of the curve") > await blue(y), y.join());
  }
});

Deno.test("curves of nothing, of one point and of a constant are drawn", async () => {
  for (const logY of [false, true]) {
    for (const y of [[], [3], [3, 3, 3], [NaN], [0], [Infinity]]) {
      elementsOf(
        await figure([{
          series: [{ name: "loss", x: y.map((_, i) => i), y }],
          logY,
          title: "t",
          yLabel: "y",
        }]),
      );
    }
  }
});

Deno.test("marks are round and within the axis, linear and logarithmic; epochs are whole", () => {
  const labels = (low: number, high: number, options = {}) => {
    const { ticks, factor = "" } = axisBetween(low, high, options);
    return `${ticks.map(({ label }) => label).join(" ")}${factor && ` ${factor}`}`;
  };
  equal(labels(0, 10), "0 2 4 6 8 10");
  equal(labels(-0.71, 0.42), "−0.6 −0.4 −0.2 0.0 0.2 0.4");
  equal(labels(0, 4e6), "0 1 2 3 4 ×10⁶");
  equal(labels(30, 700, { log: true }), "50 100 200 500");
  equal(labels(1e-12, 1, { log: true }), "10⁻¹² 10⁻¹⁰ 10⁻⁸ 10⁻⁶ 10⁻⁴ 0.01 1");
  equal(labels(190, 1050, { log: true }), "200 400 600 800 1000");
  for (const [low, high, expected] of [[1, 2, "1 2"], [0.5, 1.5, "1"], [1, 10, "2 4 6 8 10"]] as const) {
    equal(labels(low, high, { whole: true }), expected);
  }
});

Deno.test("scale bars are round lengths of at most a third of the image", () => {
  const bar = (pixelSizeM: number | undefined, width: number) => {
    const { pixels, label } = scaleBar(scaleOf(pixelSizeM), { width, zoom: 2 });
    return { pixels: Number(pixels.toFixed(9)), label };
  };
  deepEqual(bar(undefined, 200), { pixels: 100, label: "50 px" });
  deepEqual(bar(1e-8, 200), { pixels: 100, label: "500 nm" });
  deepEqual(bar(2.5e-8, 300), { pixels: 160, label: "2 µm" });
  deepEqual(bar(2e-11, 300), { pixels: 100, label: "1 nm" });
});

Deno.test("text is measured and broken between words", () => {
  equal(textWidth(""), 0);
  ok(textWidth("mmmm") > 2 * textWidth("iiii"));
  const lines = wrapText("one two three four five six", 60);
  equal(lines.join(" "), "one two three four five six");
  ok(lines.length > 1 && lines.every((line) => textWidth(line) <= 60), lines.join("|"));
});

Deno.test("a figure is written as PNG and SVG", async () => {
  await withFolder(async (folder) => {
    const svg = await figure([{ image: ramp(4) }]);
    const png = await writeFigure(`${folder}/a.png`, svg);
    deepEqual(await namesIn(folder), ["a.png", "a.svg"]);
    deepEqual(await Deno.readFile(`${folder}/a.png`), png);
    equal(await Deno.readTextFile(`${folder}/a.svg`), svg);
  });
});

Deno.test("a curve has its spread as bars and single values as faint dots, on a logarithmic axis", async () => {
  const svg = await figure([{
    series: [{
      name: "method",
      x: [1e3, 1e4, 1e5],
      y: [0.5, 0.6, 0.7],
      low: [0.4, 0.55, 0.7],
      high: [0.6, 0.65, NaN],
      points: { x: [1e3, 1e3, 0], y: [0.4, 0.6, 0.5] },
    }],
    logX: true,
  }]);
  elementsOf(svg);
  // two bars with two feet each: the third has no upper end
  const [, bars] = /<path d="([^"]+)" fill="none" stroke="#[0-9a-f]+" stroke-width="1.2"/.exec(svg) ?? [];
  equal(bars.match(/V/g)?.length, 2);
  equal(bars.match(/h6/g)?.length, 4);
  // a value that a logarithmic axis does not have is left out
  equal(svg.match(/stroke-opacity="0.7"/g)?.length, 2);
  match(svg, />10\u2074</);
  const xs = [...svg.matchAll(/<circle cx="([\d.]+)"[^>]*r="3"/g)].map(([, x]) => Number(x));
  ok(Math.abs((xs[2] - xs[1]) - (xs[1] - xs[0])) < 0.1, "decades are equally wide");
});
