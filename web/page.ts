/**
 * The page: joins its elements to the thread that computes.
 *
 * @module
 */
import { ErrorCurve } from "./elements/error_curve.ts";
import { ImageView } from "./elements/image_view.ts";
import { make } from "./elements/make.ts";
import { PatternBrowser } from "./elements/pattern_browser.ts";
import { SettingsForm } from "./elements/settings_form.ts";
import type { Report, Request, ScanFacts } from "./messages.ts";

customElements.define("image-view", ImageView);
customElements.define("error-curve", ErrorCurve);
customElements.define("pattern-browser", PatternBrowser);
customElements.define("settings-form", SettingsForm);

const worker = new Worker(new URL("./compute.ts", import.meta.url), { type: "module" });
const ask = (request: Request) => worker.postMessage(request);

/** The element of an id; `kind` is its class. */
function at<Kind extends Element>(selector: string, kind: new () => Kind): Kind {
  const found = document.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`the page has no ${selector}`);
  return found;
}

const button = (selector: string) => at(selector, HTMLButtonElement);
const text = (selector: string) => at(selector, HTMLElement);
const parts = {
  object: at("#object", ImageView),
  probe: at("#probe", ImageView),
  curve: at("#curve", ErrorCurve),
  patterns: at("#patterns", PatternBrowser),
  settings: at("#settings", SettingsForm),
  reading: at("#reading", SettingsForm),
  progress: at("#progress", HTMLProgressElement),
  start: button("#start"),
  stop: button("#stop"),
  goOn: button("#goon"),
};
const state = {
  scan: false,
  running: false,
  result: false,
  /** What was opened last, to be read in another way. */
  source: undefined as File | string | undefined,
  epochs: [] as { epoch: number; error: number }[],
};

function refresh(): void {
  const { scan, running, result } = state;
  parts.start.disabled = !scan || running;
  parts.stop.disabled = !running;
  parts.goOn.disabled = !result || running;
  for (const id of ["#save-png", "#save-npz"]) button(id).disabled = !result || running;
  document.body.dataset.state = running ? "running" : result ? "done" : scan ? "scan" : "empty";
}

function say(status: string, error = ""): void {
  text("#status").textContent = status;
  text("#error").textContent = error;
  text("#error").hidden = error === "";
}

function open(source: File | string): void {
  say("Reading and checking the scan…");
  state.source = source;
  text("#again-row").hidden = false;
  ask({ kind: "open", source, reading: parts.reading.values });
}

function start(goOn: boolean): void {
  const method = at("input[name=method]:checked", HTMLInputElement).value === "network"
    ? "network"
    : "solver";
  if (!goOn) {
    state.epochs = [];
    parts.curve.points = [];
  }
  state.running = true;
  text("#verdict").hidden = true;
  say("Preparing…");
  refresh();
  ask({ kind: "start", method, settings: parts.settings.values, goOn });
}

function showFacts(facts: ScanFacts): void {
  const { name, patterns, size, meanCounts, pixelSizeM, notes } = facts;
  const rows = [
    ["Patterns", `${patterns}, ${size} × ${size} pixels`],
    ["Photons", `${meanCounts.toPrecision(3)} in a pattern`],
    ["Pixel", pixelSizeM === undefined ? "size unknown" : `${(1e9 * pixelSizeM).toPrecision(3)} nm`],
  ];
  text("#name").textContent = name;
  text("#name").hidden = false;
  text("#facts").replaceChildren(
    ...rows.flatMap((
      [term, value],
    ) => [make("dt", { textContent: term }), make("dd", { textContent: value })]),
  );
  text("#notes").replaceChildren(...notes.map((textContent) => make("li", { textContent })));
  parts.patterns.facts = facts;
}

type Handlers = { readonly [Kind in Report["kind"]]: (report: Extract<Report, { kind: Kind }>) => void };

const handlers: Handlers = {
  ready({ fields, reading, examples, version }) {
    parts.settings.fields = fields;
    parts.reading.fields = reading;
    text("header").title = `Version ${version}`;
    text("#examples").append(
      ...examples.map((name) =>
        make("button", {
          type: "button",
          textContent: name,
          onclick: () => {
            say("Simulating…");
            text("#again-row").hidden = true;
            ask({ kind: "example", name });
          },
        })
      ),
    );
  },
  device({ name }) {
    const why = crossOriginIsolated ? "" : "; threads need a page that is served isolated";
    text("#device").textContent = `${name}${why}`;
  },
  scan({ facts }) {
    Object.assign(state, { scan: true, result: false, epochs: [] });
    parts.curve.points = [];
    text("#verdict").hidden = true;
    showFacts(facts);
    say("Checked. Ready to reconstruct.");
    refresh();
  },
  progress({ phase, done, total }) {
    parts.progress.value = total > 0 ? done / total : 0;
    const last = state.epochs.at(-1);
    const misfit = last ? `, epoch ${last.epoch}, misfit ${last.error.toPrecision(4)}` : "";
    say(`${phase}: ${Math.floor(100 * parts.progress.value)} %${misfit}`);
  },
  epoch({ epoch }) {
    state.epochs.push(epoch);
    parts.curve.points = state.epochs;
    document.body.dataset.errors = JSON.stringify(state.epochs.map(({ error }) => error));
  },
  object({ picture, title }) {
    parts.object.picture = picture;
    text("#title").textContent = title;
  },
  probe({ picture }) {
    parts.probe.picture = picture;
  },
  pattern({ picture, ...facts }) {
    parts.patterns.show(picture, facts);
  },
  verdict({ verdict, lines }) {
    text("#verdict").dataset.word = verdict.word;
    text("#verdict").textContent = lines.map((line) => line[0].toUpperCase() + line.slice(1)).join("\n");
    text("#verdict").hidden = false;
  },
  done({ interrupted }) {
    Object.assign(state, { running: false, result: true });
    parts.progress.value = 1;
    const last = state.epochs.at(-1);
    say(
      `${interrupted ? "Stopped" : "Done"}: ${last?.epoch ?? 0} epochs, misfit ${last?.error.toPrecision(4)}`,
    );
    refresh();
  },
  file({ name, bytes }) {
    const href = URL.createObjectURL(new Blob([bytes]));
    make("a", { href, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(href), 60_000);
  },
  failed({ during, message }) {
    if (during === "start") state.running = false;
    say("", message);
    refresh();
  },
};

worker.onmessage = ({ data }: MessageEvent<Report>) => {
  const handle = handlers[data.kind] as (report: Report) => void;
  handle(data);
};
worker.onerror = ({ message }) => say("", `the computing thread cannot start: ${message}`);

parts.start.onclick = () => start(false);
parts.goOn.onclick = () => start(true);
parts.stop.onclick = () => {
  parts.stop.disabled = true;
  ask({ kind: "stop" });
};
button("#again").onclick = () => {
  if (state.source !== undefined) open(state.source);
};
button("#save-npz").onclick = () => ask({ kind: "save", format: "npz" });
button("#save-png").onclick = () => ask({ kind: "save", format: "png" });
button("#address").onclick = () => {
  const address = prompt("Address of a scan (its server must allow this page to read it)");
  if (address) open(address);
};
const file = at("#file", HTMLInputElement);
file.onchange = () => {
  if (file.files?.[0]) open(file.files[0]);
};
for (const choice of document.querySelectorAll<HTMLInputElement>("input[name=view]")) {
  choice.onchange = () => {
    if (choice.value === "amplitude" || choice.value === "phase" || choice.value === "complex") {
      ask({ kind: "show", view: choice.value });
    }
  };
}
parts.patterns.addEventListener("choose", (event) => {
  ask({ kind: "pattern", index: (event as CustomEvent<number>).detail });
});
addEventListener("dragover", (event) => {
  event.preventDefault();
  text("#drop").classList.add("over");
});
addEventListener("dragleave", () => text("#drop").classList.remove("over"));
addEventListener("drop", (event) => {
  event.preventDefault();
  text("#drop").classList.remove("over");
  const [dropped] = event.dataTransfer?.files ?? [];
  if (dropped) open(dropped);
});
refresh();
