/**
 * The program `plica`. `deno run -A cli.ts --help` lists what it does.
 *
 * @module
 */
import { main } from "./src/cli/main.ts";
import { processSession } from "./src/cli/session.ts";

Deno.exit(await main(Deno.args, processSession()));
