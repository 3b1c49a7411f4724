/**
 * Serves the built page on this machine, isolated so that its threads share memory. Run it by `deno task page`, with the port
 * as argument if it is not to be 8000.
 *
 * @module
 */
import { DIST } from "./folders.ts";

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css",
  js: "text/javascript",
  map: "application/json",
  wasm: "application/wasm",
  txt: "text/plain; charset=utf-8",
};

/** Answers a request with a file of `folder`, none outside it, under the headers of an isolated page. */
export async function servePage(request: Request, folder: string): Promise<Response> {
  const name = new URL(request.url).pathname.slice(1) || "index.html";
  // files lie side by side, but for the filters of HDF5
  if (!/^(plugins\/)?[\w.-]+$/.test(name)) return new Response("not found", { status: 404 });
  const file = await Deno.open(`${folder}/${name}`).catch(() => undefined);
  if (!file) return new Response("not found", { status: 404 });
  return new Response(file.readable, {
    headers: {
      "content-type": TYPES[name.slice(name.lastIndexOf(".") + 1)] ?? "application/octet-stream",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
    },
  });
}

if (import.meta.main) {
  Deno.serve(
    { hostname: "127.0.0.1", port: Number(Deno.args[0] ?? 8000) },
    (request) => servePage(request, `${DIST}/page`),
  );
}
