import { deepEqual, match, ok } from "node:assert/strict";
import { compareReconstructions } from "../../src/comparison/compare.ts";
import { drawComparison } from "../../src/comparison/comparison_picture.ts";

/** A weak phase object with a little noise that differs by `seed`. */
function objectOf(seed: number) {
  const side = 40;
  const data = new Float64Array(2 * side * side);
  for (let i = 0; i < side * side; i++) {
    const phase = Math.sin(i * i / 77) + 0.05 * Math.sin(seed * i);
    data.set([Math.cos(phase), Math.sin(phase)], 2 * i);
  }
  return { height: side, width: side, data, x0: 0, y0: 0 };
}

const entryOf = (name: string, seed: number) => ({
  name,
  comparison: compareReconstructions({ object: objectOf(seed) }, { object: objectOf(1) }),
  pixelSizeM: 1e-8,
});
const titlesOf = (svg: string) =>
  [...svg.matchAll(/font-size="13"[^>]*font-weight="600"[^>]*>([^<]*)</g)].map(([, title]) => title);

Deno.test("methods stand below their reference, with a scale bar in nanometres", async () => {
  const svg = await drawComparison([entryOf("a & b", 2), entryOf("c", 3)]);
  deepEqual(titlesOf(svg), [
    "Reference: amplitude",
    "Reference: phase",
    ...["a &amp; b", "c"].flatMap((name) => [
      `${name}: amplitude`,
      `${name}: phase`,
      `${name}: phase minus reference`,
      `${name}: Fourier ring correlation`,
    ]),
  ]);
  match(svg, />100 nm</);
  // half a cycle for each pixel of 10 nm
  match(svg, />50<.*spatial frequency \(cycles\/µm\)/s);
  const pixels = await drawComparison([{ ...entryOf("a", 2), pixelSizeM: undefined }]);
  match(pixels, />0\.5<.*spatial frequency \(cycles\/px\)/s);
});

Deno.test("halves are called halves, and none is called the reference", async () => {
  const svg = await drawComparison([entryOf("LSQML 5", 2)], { halves: true });
  deepEqual(titlesOf(svg), [
    "LSQML 5: amplitude, first half",
    "Amplitude, second half",
    "LSQML 5: Fourier ring correlation",
    "LSQML 5: phase, first half",
    "Phase, second half",
    "Phase, second half minus first",
  ]);
  ok(!/reference/i.test(svg));
});
