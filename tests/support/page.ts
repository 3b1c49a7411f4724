/**
 * The built page in Chromium: built once, served on a port of its own, with or without the headers of an isolated page.
 *
 * @module
 */
import { servePage } from "../../build/serve.ts";
import { type Browser, chromium, type Page } from "../../src/deps/playwright_core.ts";
import { ROOT } from "../repo/modules.ts";

const CANDIDATES = [Deno.env.get("PLICA_CHROMIUM") ?? "", "chromium", "chromium-browser", "google-chrome"];

/** The program of the browser, where there is one. */
const program = await firstOf(CANDIDATES);

/** Ends the names of tests that need the browser; empty where it is there. */
export const withoutChromium = program ? "" : " (skipped: chromium is not there)";

async function firstOf(names: readonly string[]): Promise<string | undefined> {
  for (const name of names.filter((one) => one !== "")) {
    const found = await new Deno.Command("sh", { args: ["-c", 'command -v "$1"', "sh", name] }).output();
    if (found.success) return new TextDecoder().decode(found.stdout).trim();
  }
  return undefined;
}

/** A page on show, and the addresses that it asked for. */
export interface ShownPage extends AsyncDisposable {
  readonly page: Page;
  readonly origin: string;
  readonly asked: readonly string[];
}

/** The built page with its browser, for one file of tests. */
export class PageHouse implements AsyncDisposable {
  /** Browsers by their flags: started when they are first asked for. */
  readonly #browsers = new Map<string, Promise<Browser>>();

  private constructor(private readonly folder: string) {}

  /** Builds the page and starts the browser. */
  static async open(): Promise<PageHouse> {
    const folder = await Deno.makeTempDir();
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "build/build.ts", folder],
      cwd: ROOT,
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    return new PageHouse(folder);
  }

  /** `gpu`: a software GPU for WebGPU. */
  #browser(gpu: boolean): Promise<Browser> {
    const args = ["--no-sandbox", ...(gpu ? ["--enable-unsafe-webgpu"] : [])];
    const key = args.join(" ");
    const browser = this.#browsers.get(key) ?? chromium.launch({ executablePath: program, args });
    this.#browsers.set(key, browser);
    return browser;
  }

  /** Opens the page; waits until its thread is there. Errors of the page fail the test. */
  async show(
    { isolated = true, gpu = false }: { readonly isolated?: boolean; readonly gpu?: boolean } = {},
  ): Promise<ShownPage> {
    const serve = async (request: Request) => {
      const response = await servePage(request, `${this.folder}/page`);
      if (!isolated) response.headers.delete("cross-origin-opener-policy");
      return response;
    };
    const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, serve);
    const page = await (await this.#browser(gpu)).newPage();
    const asked: string[] = [], errors: Error[] = [];
    page.on("request", (request) => asked.push(`${request.method()} ${request.url()}`));
    page.on("pageerror", (error) => errors.push(error));
    const origin = `http://127.0.0.1:${server.addr.port}`;
    await page.goto(origin);
    await page.waitForSelector("#examples button");
    return {
      page,
      origin,
      asked,
      [Symbol.asyncDispose]: async () => {
        await page.close();
        await server.shutdown();
        if (errors.length > 0) throw errors[0];
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const browser of this.#browsers.values()) await (await browser).close();
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** Reconstructs with so many epochs of the solver, to the end; returns the misfits that the page shows. */
export async function reconstructIn(page: Page, epochs: number): Promise<number[]> {
  await page.fill("#setting-numEpochs", String(epochs));
  await page.click("#start");
  await page.waitForSelector("body[data-state=done]", { timeout: 120_000 });
  return await misfitsIn(page);
}

/** The misfits of the epochs so far. */
export async function misfitsIn(page: Page): Promise<number[]> {
  return JSON.parse(await page.getAttribute("body", "data-errors") ?? "[]");
}
