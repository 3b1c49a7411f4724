/**
 * The program `plica`. `deno run -A cli.ts --help` lists what it does.
 *
 * @module
 */
import { main, processSession } from "./src/app/mod.ts";

const session = await processSession();
session.exit(await main(session.args, session));
