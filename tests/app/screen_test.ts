import { equal, match, ok } from "node:assert/strict";
import { progressText } from "../../src/app/shell/progress_text.ts";
import { openLogger, openScreen } from "../../src/app/shell/screen.ts";
import { formatBytes, formatNumber, formatTable } from "../../src/app/shell/table.ts";
import { fakeSession } from "./fake_session.ts";

const step = (done: number) => ({
  phase: "train",
  done,
  total: 10,
  unit: "steps",
  values: { loss: 197.123456 },
});

Deno.test("away from a terminal progress is plain lines, the end of a phase among them", () => {
  const session = fakeSession();
  const screen = openScreen(session, { quiet: false });
  for (let done = 0; done <= 10; done++) screen.progress(step(done));
  equal(session.err, "train: 10 of 10 steps, loss 197.1\n");
  equal(session.out, "");
});

Deno.test("on a terminal a bar is redrawn in place and fits its width", () => {
  const session = fakeSession({ terminal: true, columns: 40 });
  const screen = openScreen(session, { quiet: false });
  screen.progress(step(0));
  screen.progress(step(10));
  screen.line("saved");
  const drawn = session.err.split("\r\x1b[2K").filter(Boolean);
  match(drawn[0], /^train \[\.{24}\] {3}0 %/);
  match(drawn[1], /^train \[#{24}\] 100 %/);
  ok(drawn[0].length < 40);
  ok(session.err.endsWith("\r\x1b[2Ksaved\n"));
});

Deno.test("quiet shows nothing", () => {
  const session = fakeSession({ terminal: true });
  const screen = openScreen(session, { quiet: true });
  screen.progress(step(5));
  screen.line("x");
  screen.end();
  equal(session.err, "");
});

Deno.test("the logger writes lines with their level, braces untouched, debug only where asked", async () => {
  const session = fakeSession();
  const logger = await openLogger(openScreen(session, { quiet: false }), { debug: false });
  logger.info("saved {x}", { x: 1 });
  logger.warn("slow");
  logger.debug("hidden");
  equal(session.err, "saved {x}\nwarning: slow\n");
  const verbose = fakeSession({ debug: true });
  (await openLogger(openScreen(verbose, { quiet: false }), { debug: true })).debug("seen");
  equal(verbose.err, "debug: seen\n");
});

Deno.test("time left appears once it can be known", () => {
  equal(progressText(step(5), 500), "train: 5 of 10 steps, loss 197.1");
  equal(progressText(step(5), 8000), "train: 5 of 10 steps, loss 197.1, 8 s left");
  // the whole work knows better than the pace of its present phase
  equal(
    progressText({ ...step(5), secondsLeft: 200 }, 8000),
    "train: 5 of 10 steps, loss 197.1, 3 min 20 s left",
  );
  equal(
    progressText({ ...step(5), secondsLeft: 7500 }, 8000),
    "train: 5 of 10 steps, loss 197.1, 2 h 5 min left",
  );
});

Deno.test("tables align text left and numbers right", () => {
  equal(formatTable(["a", "n"], [["xyz", "5"], ["q", "123"]]).join("\n"), "a      n\nxyz    5\nq    123");
  equal(formatNumber(0.000123456), "0.00012346");
  equal(formatNumber(516), "516");
  equal(formatBytes(8_454_144), "8.5 MB");
  equal(formatBytes(312), "312 B");
});
