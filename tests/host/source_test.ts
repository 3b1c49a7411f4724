import { deepEqual, equal, rejects } from "node:assert/strict";
import { Crc32 } from "../../src/formats/crc32.ts";
import { sha256Hex, sha256OfSource } from "../../src/host/hash.ts";
import { openNpz } from "../../src/formats/npy/npz.ts";
import { openSource } from "../../src/host/source.ts";
import { fixture, rejectsWith, withFolder } from "../formats/support.ts";

/** Serves bytes on localhost while `run` runs; `ranges` says whether part of a file can be asked for. */
async function serving(
  bytes: Uint8Array<ArrayBuffer>,
  ranges: boolean,
  run: (address: string, sent: () => number) => Promise<void>,
): Promise<void> {
  let sent = 0;
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request) => {
    if (!request.url.endsWith("/scan.npz")) return new Response("no", { status: 404 });
    const range = /bytes=(\d+)-(\d+)/.exec(request.headers.get("range") ?? "");
    if (!ranges || !range) return new Response(bytes);
    const part = bytes.slice(Number(range[1]), Number(range[2]) + 1);
    sent += part.length;
    const headers = { "content-range": `bytes ${range[1]}-${range[2]}/${bytes.length}` };
    return new Response(part, { status: 206, headers });
  });
  try {
    await run(`http://127.0.0.1:${server.addr.port}/scan.npz`, () => sent);
  } finally {
    await server.shutdown();
  }
}

for (const ranges of [true, false]) {
  Deno.test(`an NPZ at an address is read, by ${ranges ? "ranges" : "fetching it whole"}`, async () => {
    const bytes = new Uint8Array(await Deno.readFile(fixture("zip64.npz")));
    await serving(bytes, ranges, async (address) => {
      await using npz = await openNpz(address);
      equal(npz.file, address);
      const { data } = await npz.readRows("b", [2]);
      deepEqual(data, new Float64Array([10, 11, 12, 13, 14]));
    });
  });
}

Deno.test("by ranges no more is fetched than is needed", async () => {
  const bytes = new Uint8Array(3_000_000).map((_, i) => i % 251);
  await serving(bytes, true, async (address, sent) => {
    const source = await openSource(new URL(address));
    equal(source.size, 3_000_000);
    deepEqual(await source.read(2_999_990, 100), bytes.subarray(2_999_990));
    equal(sent(), 11);
    await source.close();
  });
});

Deno.test("an address without the file, or without a server, is refused by name", async () => {
  await serving(new Uint8Array(1), true, async (address) => {
    await rejectsWith(openSource(address.replace("scan", "other")), /other\.npz: found status 404/);
  });
  await rejectsWith(openSource("http://127.0.0.1:1/scan.npz"), /127\.0\.0\.1:1\/scan\.npz: found/);
});

Deno.test("a path, a file address, bytes, a Blob and a data address give the same bytes", async () => {
  const path = fixture("version_1.npy");
  const bytes = new Uint8Array(await Deno.readFile(path));
  const sources = [
    path,
    path.href,
    path.pathname,
    bytes,
    new Blob([bytes]),
    `data:;base64,${bytes.toBase64()}`,
  ];
  for (const source of sources) {
    const open = await openSource(source);
    deepEqual(new Uint8Array(await open.read(0, open.size)), bytes);
    await open.close();
  }
});

Deno.test("reads of a file that overlap in time each get their own bytes", async () => {
  await withFolder(async (folder) => {
    const bytes = new Uint8Array(10_000).map((_, i) => i % 251);
    await Deno.writeFile(`${folder}/f`, bytes);
    const source = await openSource(`${folder}/f`);
    const parts = await Promise.all([5000, 0, 9990, 3].map((offset) => source.read(offset, 20)));
    deepEqual(parts.map((part) => part[0]), [5000 % 251, 0, 9990 % 251, 3]);
    equal(parts[2].length, 10);
    await source.close();
    await source.close();
  });
});

Deno.test("SHA-256 of a large source, in pieces, is that of its bytes", async () => {
  await withFolder(async (folder) => {
    const bytes = new Uint8Array((1 << 24) + 12345).map((_, i) => i * 7);
    await Deno.writeFile(`${folder}/f`, bytes);
    const source = await openSource(`${folder}/f`);
    equal(await sha256OfSource(source), await sha256Hex(bytes));
    await source.close();
    equal(
      await sha256Hex(new TextEncoder().encode("abc")),
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
  });
});

Deno.test("CRC-32 of the standard's check text, whole and in pieces", () => {
  const bytes = new TextEncoder().encode("123456789");
  const whole = new Crc32();
  whole.update(bytes);
  equal(whole.value, 0xcbf43926);
  const pieces = new Crc32();
  for (const [from, to] of [[0, 1], [1, 6], [6, 6], [6, 9]]) pieces.update(bytes.subarray(from, to));
  equal(pieces.value, 0xcbf43926);
});

Deno.test({
  name: "a pipe is refused at once, where opening it would wait for a writer",
  ignore: Deno.build.os === "windows",
}, async () => {
  const folder = await Deno.makeTempDir();
  try {
    await new Deno.Command("mkfifo", { args: [`${folder}/pipe`] }).output();
    await rejects(openSource(`${folder}/pipe`), /pipe: found no regular file, expected a readable file/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
