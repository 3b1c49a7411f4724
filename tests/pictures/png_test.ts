import { deepEqual, equal, ok } from "node:assert/strict";
import { decode } from "../../src/deps/fast_png.ts";
import { phaseWheel, wheelColour } from "../../src/pictures/colour_map.ts";
import { glyphRows, textWidth } from "../../src/pictures/font.ts";
import { sideBySide } from "../../src/pictures/panels.ts";
import { linePlot } from "../../src/pictures/plot.ts";
import { encodePng, renderAmplitude, renderPhase, writePng } from "../../src/pictures/png.ts";
import { Canvas, type Raster } from "../../src/pictures/raster.ts";
import { ticksBetween } from "../../src/pictures/ticks.ts";
import { namesIn, withFolder } from "../formats/support.ts";

/** 0, 1, ..., 99 and one wild pixel. */
const RAMP = {
  width: 101,
  height: 1,
  data: Float64Array.from({ length: 101 }, (_, i) => i === 100 ? 1e9 : i),
};

function pixel(raster: Raster, x: number, y: number): number[] {
  const at = raster.channels * (y * raster.width + x);
  return Array.from(raster.data.subarray(at, at + raster.channels));
}

Deno.test("amplitudes are grey between the percentiles; one wild pixel does not darken the rest", () => {
  const image = renderAmplitude(RAMP);
  deepEqual(image.limits, [1, 99]);
  equal(image.channels, 1);
  deepEqual([0, 1, 50, 99, 100].map((x) => image.data[x]), [0, 0, 128, 255, 255]);
});

Deno.test("masked pixels and NaN are neutral and do not enter the scale", () => {
  const data = Float64Array.from([5, 1, 2, 3, NaN, 1000]);
  const image = renderAmplitude({ width: 6, height: 1, data }, {
    mask: [1, 1, 1, 1, 1, 0],
    percentiles: [0, 100],
  });
  deepEqual(image.limits, [1, 5]);
  deepEqual(Array.from(image.data), [255, 0, 64, 128, 128, 128]);
  const phase = renderPhase({ width: 2, height: 1, data: [1, 2] }, { mask: [0, 1] });
  deepEqual(pixel(phase, 0, 0), [128, 128, 128]);
});

Deno.test("an image of one value, and one that is masked whole, are drawn all the same", () => {
  deepEqual(renderAmplitude({ width: 1, height: 1, data: [3] }).limits, [3, 3]);
  deepEqual(Array.from(renderAmplitude({ width: 1, height: 1, data: [3] }, { mask: [0] }).data), [128]);
  equal(renderPhase({ width: 1, height: 1, data: [NaN] }).data.length, 3);
});

Deno.test("phases over the whole circle use the whole wheel, and -pi meets pi", () => {
  const data = Float64Array.from({ length: 1000 }, (_, i) => -Math.PI + 2 * Math.PI * i / 999);
  const image = renderPhase({ width: 1000, height: 1, data });
  deepEqual(image.limits, [-Math.PI, Math.PI]);
  const [first, last] = [pixel(image, 0, 0), pixel(image, 999, 0)];
  ok(first.every((value, c) => Math.abs(value - last[c]) <= 4), `${first} and ${last}`);
});

Deno.test("small phases about any mean, across the branch cut too, are spread from dark to light", () => {
  for (const mean of [0, 2, Math.PI]) {
    const data = Float64Array.from({ length: 201 }, (_, i) => {
      const angle = mean + 0.2 * (i - 100) / 100;
      return Math.atan2(Math.sin(angle), Math.cos(angle));
    });
    const image = renderPhase({ width: 201, height: 1, data });
    ok(Math.abs(image.limits[1] - image.limits[0] - 0.392) < 1e-3, `${image.limits}`);
    const light = [10, 100, 190].map((x) => pixel(image, x, 0).reduce((sum, value) => sum + value));
    ok(light[0] < light[1] && light[1] < light[2], `${light}`);
  }
});

Deno.test("the phase wheel has no jumps and its steps look alike", () => {
  const wheel = phaseWheel();
  const n = wheel.length / 3;
  for (let i = 0; i < n; i++) {
    const [p, q] = [wheelColour(wheel, i / n), wheelColour(wheel, (i + 1) / n)];
    const step = Math.max(...p.map((value, c) => Math.abs(value - q[c])));
    ok(step <= 6, `step ${i}: ${p} to ${q}`);
  }
  deepEqual(wheelColour(wheel, 0), wheelColour(wheel, 1));
});

Deno.test("a PNG file holds exactly the pixels, grey and colour", async () => {
  await withFolder(async (folder) => {
    const grey = renderAmplitude(RAMP);
    await writePng(`${folder}/a.png`, grey);
    const read = decode(await Deno.readFile(`${folder}/a.png`));
    deepEqual([read.width, read.height, read.channels, read.depth], [101, 1, 1, 8]);
    deepEqual(new Uint8Array(read.data), grey.data);
    deepEqual(await namesIn(folder), ["a.png"]);
  });
  const colour = new Canvas(3, 2, [1, 2, 3]);
  colour.fill({ x: 1, y: 1, width: 9, height: 9 }, [200, 100, 50]);
  const read = decode(encodePng(colour));
  deepEqual([read.width, read.height, read.channels], [3, 2, 3]);
  deepEqual(pixel(colour, 2, 1), [200, 100, 50]);
  deepEqual(pixel(colour, 2, 0), [1, 2, 3]);
});

Deno.test("panels stand side by side with every pixel of their images", () => {
  const image: Raster = { width: 2, height: 1, channels: 1, data: new Uint8Array([10, 240]) };
  const both = sideBySide([{ image }, { image }], { zoom: 3, margin: 4 });
  deepEqual([both.width, both.height], [2 * (6 + 4) + 4, 3 + 4 + 4]);
  deepEqual([[4, 4], [9, 6], [14, 4], [19, 6]].map(([x, y]) => pixel(both, x, y)[0]), [10, 240, 10, 240]);
  const column = sideBySide([{ image }, { image }], { zoom: 3, margin: 4, columns: 1 });
  deepEqual([column.width, column.height], [14, 2 * 7 + 4]);
});

Deno.test("captions, bars and titles take room and leave ink, images keep their pixels", () => {
  const image = renderPhase({
    width: 40,
    height: 40,
    data: Float64Array.from({ length: 1600 }, (_, i) => i / 800),
  });
  const plain = sideBySide([{ image, colourBar: false }]);
  const full = sideBySide([{ image, caption: "phase", unit: "rad", scaleBar: 1e-8 }], { title: "title" });
  ok(full.height > plain.height + 40);
  const dark = (raster: Raster) => raster.data.filter((value) => value === 40).length;
  ok(dark(full) > dark(plain) + 100);
});

Deno.test("a plot shows its curves, with gaps where values are missing", () => {
  const x = [0, 1, 2, 3, 4];
  const blue = (raster: Raster) => {
    let count = 0;
    for (let i = 0; i < raster.data.length; i += 3) {
      if (raster.data[i] === 31 && raster.data[i + 2] === 170) count++;
    }
    return count;
  };
  const whole = linePlot([{ name: "", x, y: [1, 2, 3, 4, 5], dots: false }]);
  const gap = linePlot([{ name: "", x, y: [1, 2, NaN, 4, 5], dots: false }]);
  ok(blue(whole) > 1.7 * blue(gap) && blue(gap) > 100, `${blue(whole)} ${blue(gap)}`);
  equal(
    blue(linePlot([{ name: "", x, y: [1, 2, -1, 4, 5], dots: false }], { logY: true })) < blue(whole),
    true,
  );
});

Deno.test("the legend covers no curve where a corner is free", () => {
  const shown = (y: number[], name: string) => {
    const { data } = linePlot([{ name, x: [0, 1, 2, 3, 4], y, dots: false }]);
    return data.filter((value, i) => i % 3 === 0 && value === 31 && data[i + 2] === 170).length;
  };
  for (const y of [[1, 2, 3, 4, 5], [5, 4, 3, 2, 1], [0, 5, 5, 5, 5], [5, 0, 0, 0, 0]]) {
    ok(shown(y, "name of the curve") > shown(y, ""), y.join());
  }
});

Deno.test("plots of nothing, of one point and of a constant are drawn all the same", () => {
  for (const logY of [false, true]) {
    for (const y of [[], [3], [3, 3, 3], [NaN], [0]]) {
      const raster = linePlot([{ name: "loss", x: y.map((_, i) => i), y }], {
        logY,
        title: "t",
        yLabel: "y",
      });
      deepEqual([raster.width, raster.height], [960, 600]);
    }
  }
});

Deno.test("ticks are round and within the axis, linear and logarithmic", () => {
  const labels = (low: number, high: number, log = false) => {
    const { values, format } = ticksBetween(low, high, { count: 5, log });
    return values.map(format).join(" ");
  };
  equal(labels(0, 10), "0 2 4 6 8 10");
  equal(labels(-0.71, 0.42), "-0.5 0.0");
  equal(labels(0.001, 0.0042), "0.001 0.002 0.003 0.004");
  equal(labels(0, 4e6), "0 1e6 2e6 3e6 4e6");
  equal(labels(30, 700, true), "50 100 200 500");
  equal(labels(1e-12, 1, true), "1e-12 1e-10 1e-8 1e-6 1e-4 0.01 1");
  equal(labels(190, 1050, true), "200 400 600 800 1000");
  equal(labels(5, 5), "5");
});

Deno.test("epochs are marked at whole numbers", () => {
  for (const [low, high, expected] of [[1, 2, "1 2"], [0.5, 1.5, "1"], [1, 10, "2 4 6 8 10"]] as const) {
    const { values, format } = ticksBetween(low, high, { whole: true });
    equal(values.map(format).join(" "), expected);
  }
});

Deno.test("every letter of the font differs from every other and from the unknown", () => {
  const letters = [
    ..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,:;!?()[]<>+-*/=%#&^_|~µπ°×\"'",
    "€",
  ];
  const shapes = new Set(letters.map((letter) => glyphRows(letter).join()));
  equal(shapes.size, letters.length);
  for (const letter of letters) ok(glyphRows(letter).every((row) => row >= 0 && row < 32), letter);
  equal(textWidth("ab", 2), 22);
});
