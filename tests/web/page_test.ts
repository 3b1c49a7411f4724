/**
 * The page in Chromium: what a user does, and that it computes what Deno computes.
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { fieldsOf } from "../../src/config/mod.ts";
import { scoreObject } from "../../src/comparison/mod.ts";
import { openDevice } from "../../src/engine/mod.ts";
import { encodeNpz } from "../../src/formats/mod.ts";
import { readObjectFile } from "../../src/image/mod.ts";
import { openScan } from "../../src/scan/mod.ts";
import { scanArrays } from "../../src/simulation/mod.ts";
import { solve } from "../../src/solver/mod.ts";
import { exampleOf } from "../../web/examples.ts";
import { misfitsIn, PageHouse, reconstructIn, type ShownPage, withoutChromium } from "../support/page.ts";
import { ROOT } from "../repo/modules.ts";
import { smallScan } from "../support/small_scan.ts";
import { findShared } from "../support/arrays.ts";

const EXAMPLE = "Siemens star", EPOCHS = 12;

const house = withoutChromium ? undefined : await PageHouse.open();
if (house) Deno.test.afterAll(() => house[Symbol.asyncDispose]());

function test(name: string, fn: (house: PageHouse) => Promise<void>, missing = ""): void {
  const why = withoutChromium || missing;
  Deno.test({
    name: `${name}${why}`,
    ignore: why !== "",
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      if (house) await fn(house);
    },
  });
}

/** Misfits of the same scan and settings under Deno. */
async function misfitsInDeno(source: Uint8Array, numEpochs: number): Promise<number[]> {
  await using scan = await openScan(source);
  const device = await openDevice({ accelerator: "wasm" });
  try {
    const { epochs } = await solve(scan, { device, config: { solver: { numEpochs } } });
    return epochs.map(({ error }) => error);
  } finally {
    await device.dispose();
  }
}

async function openExample({ page }: ShownPage): Promise<void> {
  await page.click(`text=${EXAMPLE}`);
  await page.waitForSelector("body[data-state=scan]");
}

/** Begins a run that does not end by itself, and waits for its first epoch. */
async function startEndless(shown: ShownPage): Promise<void> {
  const { page } = shown;
  await openExample(shown);
  await page.fill("#setting-numEpochs", "100000");
  await page.click("#start");
  await page.waitForFunction(() => document.body.dataset.errors !== undefined);
}

/** Saves by a button of the page; returns the path. */
async function saved({ page }: ShownPage, selector: string): Promise<string> {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click(selector)]);
  return await download.path();
}

test("the page reconstructs an example in Chromium as Deno does, to an image like the truth", async (house) => {
  await using shown = await house.show();
  const { page, asked, origin } = shown;
  await openExample(shown);
  const errors = await reconstructIn(page, EPOCHS);
  match(await page.textContent("#device") ?? "", /^wasm/);
  match(await page.textContent("#verdict") ?? "", /^Verdict: good/);
  const example = exampleOf(EXAMPLE);
  deepEqual(errors, await misfitsInDeno(await encodeNpz(scanArrays(example)), EPOCHS));

  const { object } = await readObjectFile(await saved(shown, "#save-npz"));
  const { positionsPx: { x: xcoords, y: ycoords } } = await openScan(await encodeNpz(scanArrays(example)));
  const { phaseSsim, amplitudeSsim } = scoreObject(object, example.object, {
    positions: { xcoords, ycoords },
  });
  ok(phaseSsim > 0.9, `SSIM of the phase ${phaseSsim}`);
  ok(amplitudeSsim > 0.8, `SSIM of the amplitude ${amplitudeSsim}`);
  const png = await Deno.readFile(await saved(shown, "#save-png"));
  deepEqual([...png.subarray(1, 4)], [..."PNG"].map((letter) => letter.charCodeAt(0)));
  // nothing is uploaded, and nothing comes from elsewhere
  deepEqual(asked.filter((one) => !one.startsWith(`GET ${origin}/`) && !/^GET (blob|data):/.test(one)), []);
});

test("a page that is not isolated computes the same on one thread, and says so", async (house) => {
  await using isolated = await house.show();
  await using alone = await house.show({ isolated: false });
  await openExample(isolated);
  await openExample(alone);
  deepEqual(await reconstructIn(alone.page, 2), await reconstructIn(isolated.page, 2));
  match(await alone.page.textContent("#device") ?? "", /1 thread.*isolated/);
});

test("WebGPU in Chromium finds the misfits of Deno on 16 patterns [webgpu]", async (house) => {
  await using shown = await house.show({ gpu: true });
  const { page } = shown;
  const scan = await encodeNpz(scanArrays(smallScan(4)));
  await page.setInputFiles("#file", {
    name: "small.npz",
    mimeType: "application/zip",
    buffer: Buffer.from(scan),
  });
  await page.waitForSelector("body[data-state=scan]");
  await page.evaluate(() => document.querySelectorAll("details").forEach((fold) => fold.open = true));
  await page.selectOption("#setting-accelerator", "webgpu");
  const onGpu = await reconstructIn(page, 3);
  match(await page.textContent("#device") ?? "", /swiftshader/);
  const expected = await misfitsInDeno(scan, 3);
  equal(onGpu.length, 3);
  onGpu.forEach((error, k) => ok(Math.abs(error / expected[k] - 1) < 1e-3, `${onGpu} beside ${expected}`));
  await page.selectOption("#setting-accelerator", "wasm");
  deepEqual(await reconstructIn(page, 3), expected);
  match(await page.textContent("#device") ?? "", /^wasm/);
});

test("a run that is stopped keeps its epochs and goes on from them", async (house) => {
  await using shown = await house.show();
  const { page } = shown;
  await startEndless(shown);
  await page.click("#stop");
  await page.waitForSelector("body[data-state=done]");
  match(await page.textContent("#status") ?? "", /^Stopped/);
  const before = await misfitsIn(page);
  await page.fill("#setting-numEpochs", "2");
  await page.click("#goon");
  await page.waitForFunction(() => document.querySelector("#status")?.textContent?.startsWith("Done"));
  const after = await misfitsIn(page);
  equal(after.length, before.length + 2);
  deepEqual(after.slice(0, before.length), before);
  ok(after[after.length - 1] < before[0]);
});

test("another scan ends the run of the one before", async (house) => {
  await using shown = await house.show();
  const { page } = shown;
  await startEndless(shown);
  await page.click("text=Cells");
  await page.waitForFunction(() => document.querySelector("#name")?.textContent?.startsWith("Cells"));
  await page.waitForSelector("body[data-state=scan]");
  equal((await reconstructIn(page, 2)).length, 2);
});

test("the form has every setting of the solver, refuses what the schema refuses, and goes back to defaults", async (house) => {
  await using shown = await house.show();
  const { page } = shown;
  const ids = await page.locator("#settings .field :is(input, select)").evaluateAll((all) =>
    all.map(({ id }) => id)
  );
  const keys = fieldsOf("reconstruct").filter(({ section }) => section === "solver").map(({ key }) => key);
  deepEqual(ids, [...keys, "accelerator", "threads"].map((key) => `setting-${key}`));
  await openExample(shown);
  await page.fill("#setting-numEpochs", "-3");
  await page.click("#start");
  await page.waitForSelector("#error:not([hidden])");
  match(await page.textContent("#error") ?? "", /-3.*expected integer/);
  await page.click(".field.changed .undo");
  equal(await page.inputValue("#setting-numEpochs"), "100");
  ok(await page.isEnabled("#start"));
});

test("a file that is no scan is refused in words, and the page goes on", async (house) => {
  await using shown = await house.show();
  const { page } = shown;
  await page.setInputFiles("#file", {
    name: "notes.npz",
    mimeType: "text/plain",
    buffer: Buffer.from("no scan"),
  });
  await page.waitForSelector("#error:not([hidden])");
  match(await page.textContent("#error") ?? "", /notes\.npz/);
  await openExample(shown);
  ok(await page.isHidden("#error"));
});

test("an HDF5 file without a probe is read as the form says", async (house) => {
  await using shown = await house.show();
  const { page } = shown;
  await page.setInputFiles("#file", new URL("fixtures/interop/scan32_cdtools.cxi", ROOT).pathname);
  await page.waitForSelector("#error:not([hidden])");
  match(await page.textContent("#error") ?? "", /no probe in the file/);
  await page.click("#reading summary");
  await page.fill("#setting-probeFrom", "mean-pattern");
  await page.click("#again");
  await page.waitForSelector("body[data-state=scan]");
  match(await page.textContent("#facts") ?? "", /25, 32 × 32/);
  equal((await reconstructIn(page, 2)).length, 2);
});

test("every control of the page has a name for screen readers", async (house) => {
  await using shown = await house.show();
  const nameless = await shown.page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>("button, input, select, canvas[role], svg[role]")].filter(
      (one) => {
        const labels = "labels" in one ? (one as HTMLInputElement).labels : null;
        return !(one.getAttribute("aria-label") || one.textContent?.trim() || labels?.length);
      },
    ).map((one) => one.outerHTML)
  );
  deepEqual(nameless, []);
});

const star = findShared("data/siemens_star_64.npz");
test("the real star comes out in Chromium as in Deno", async (house) => {
  ok(star);
  await using shown = await house.show();
  const { page } = shown;
  await page.setInputFiles("#file", star.pathname);
  await page.waitForSelector("body[data-state=scan]");
  const errors = await reconstructIn(page, EPOCHS);
  deepEqual(errors, await misfitsInDeno(await Deno.readFile(star), EPOCHS));
  match(await page.textContent("#verdict") ?? "", /^Verdict: good/);
}, star ? "" : " (skipped: no ../shared/data)");
