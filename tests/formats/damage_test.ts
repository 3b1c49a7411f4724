import { deepEqual, ok } from "node:assert/strict";
import fc from "../../src/deps/fast_check.ts";
import { DataError } from "../../src/common/errors.ts";
import { openNpz } from "../../src/formats/npy/npz.ts";
import { encodeNpz } from "../../src/formats/npy/npz_write.ts";
import { fixture, rejectsWith } from "./support.ts";

const DATA = Float32Array.from({ length: 300 }, (_, i) => Math.sin(i));

function sample(compress: boolean): Promise<Uint8Array<ArrayBuffer>> {
  return encodeNpz({
    a: { dtype: "float32", shape: [10, 30], data: DATA },
    b: { dtype: "uint8", shape: [3], data: new Uint8Array([1, 2, 3]) },
  }, { compress });
}

/** All arrays of an archive, or the `DataError`. Anything else that is thrown fails the test. */
async function readEverything(bytes: Uint8Array): Promise<Map<string, unknown> | DataError> {
  try {
    await using npz = await openNpz(bytes, { name: "scan.npz" });
    const arrays = new Map<string, unknown>();
    for (const { key } of npz.entries) arrays.set(key, (await npz.readArray(key)).data);
    const [problem] = npz.unreadable.values();
    return problem ?? arrays;
  } catch (error) {
    ok(error instanceof DataError, `not a DataError: ${error}`);
    ok(!error.message.includes("\n"));
    return error;
  }
}

for (const compress of [false, true]) {
  Deno.test(`an archive cut anywhere is refused, compress ${compress}`, async () => {
    const whole = await sample(compress);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: whole.length - 1 }), async (length) => {
        await rejectsWith(openNpz(whole.slice(0, length), { name: "scan.npz" }), /^scan\.npz: found /);
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  Deno.test(`a flipped bit is refused or changes nothing, compress ${compress}`, async () => {
    const whole = await sample(compress);
    const expected = await readEverything(whole);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 8 * whole.length - 1 }), async (bit) => {
        const bytes = whole.slice();
        bytes[bit >> 3] ^= 1 << (bit & 7);
        const found = await readEverything(bytes);
        if (found instanceof DataError) return;
        // a flip in the directory may rename an entry or change a date, but never the numbers
        deepEqual([...found.values()], expected instanceof Map ? [...expected.values()] : []);
      }),
      { numRuns: 600, seed: 1 },
    );
  });
}

Deno.test("a file that is missing, a folder, empty or no zip is refused by name", async () => {
  await rejectsWith(
    openNpz("no/such/scan.npz"),
    /^no\/such\/scan\.npz: found no such file, expected a readable file/,
  );
  await rejectsWith(openNpz(new URL(".", import.meta.url)), /a folder/);
  await rejectsWith(openNpz(new Uint8Array(0)), /an empty file, expected a zip archive/);
  await rejectsWith(openNpz(fixture("version_1.npy")), /version_1\.npy: found no zip archive/);
});

Deno.test("a truncated archive is called that", async () => {
  const whole = await sample(false);
  await rejectsWith(openNpz(whole.subarray(0, 900)), /truncated or damaged zip archive of 900 bytes/);
});

Deno.test("a damaged stored array is found by reading it whole and by walking over its rows", async () => {
  const bytes = await sample(false);
  bytes[600] ^= 4;
  await using npz = await openNpz(bytes, { name: "scan.npz" });
  await rejectsWith(npz.readArray("a"), /scan\.npz: a: found damaged data/);
  const walk = Array.fromAsync(npz.streamRows("a", 4));
  await rejectsWith(walk, /scan\.npz: a: found bytes that do not match their checksum/);
});
