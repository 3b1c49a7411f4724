/**
 * `<settings-form first="3" fold="All settings">`: settings, made from their schema; the first few at once, all others behind a
 * fold with a search. Each shows its default and can go back to it.
 *
 * @module
 */
import type { PlainField } from "../messages.ts";
import { make } from "./make.ts";

/** The element. */
export class SettingsForm extends HTMLElement {
  readonly #changed = new Map<string, string>();

  /** Texts of the settings that are not at their defaults, by key. */
  get values(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#changed);
  }

  /** Makes the form. */
  set fields(fields: readonly PlainField[]) {
    const first = Number(this.getAttribute("first") ?? 0);
    const rows = fields.map((field) => this.#row(field));
    const find = make("input", { type: "text", className: "find", placeholder: "Find a setting" });
    find.setAttribute("aria-label", "Find a setting");
    find.addEventListener("input", () => {
      const words = find.value.toLowerCase();
      rows.forEach((row, i) => row.hidden = i >= first && !textOf(fields[i]).includes(words));
    });
    this.replaceChildren(
      make("div", { className: "fields" }, ...rows.slice(0, first)),
      make(
        "details",
        {},
        make("summary", { textContent: `${this.getAttribute("fold")} (${fields.length - first})` }),
        find,
        make("div", { className: "fields scroll" }, ...rows.slice(first)),
      ),
    );
  }

  #row(field: PlainField): HTMLElement {
    const { key, meta, expected } = field;
    const standard = shown(field);
    const id = `setting-${key}`;
    const input = this.#input(field, standard);
    input.id = id;
    const unit = meta.unit && !wordsOf(field).endsWith(meta.unit) ? ` (${meta.unit})` : "";
    const label = make("label", {
      htmlFor: id,
      textContent: `${wordsOf(field)}${unit}`,
      title: `${meta.description}. ${expected}; default ${standard}`,
    });
    const undo = make("button", {
      type: "button",
      className: "undo",
      textContent: "↺",
      title: `Back to ${standard}`,
    });
    undo.setAttribute("aria-label", `${wordsOf(field)}: back to ${standard}`);
    const row = make("div", { className: "field" }, label, input, undo);
    const read = () =>
      input instanceof HTMLInputElement && input.type === "checkbox" ? String(input.checked) : input.value;
    const note = () => {
      const changed = read() !== standard;
      row.classList.toggle("changed", changed);
      if (changed) this.#changed.set(key, read());
      else this.#changed.delete(key);
    };
    input.addEventListener("input", note);
    undo.addEventListener("click", () => {
      if (input instanceof HTMLInputElement && input.type === "checkbox") input.checked = standard === "true";
      else input.value = standard;
      note();
    });
    return row;
  }

  #input({ kind, choices }: PlainField, standard: string): HTMLInputElement | HTMLSelectElement {
    if (kind === "choice") {
      const options = choices.map((value) => make("option", { value, textContent: value }));
      const select = make("select", {}, ...options);
      select.value = standard;
      return select;
    }
    if (kind === "boolean") return make("input", { type: "checkbox", checked: standard === "true" });
    const numeric = kind === "integer" || kind === "number";
    return make("input", {
      type: "text",
      value: standard,
      spellcheck: false,
      inputMode: numeric ? "decimal" : "text",
    });
  }
}

/** The default as the form shows it. */
function shown({ default: standard, meta }: PlainField): string {
  return standard === null ? meta.none ?? "" : String(standard);
}

/** `--num-epochs` as `num epochs`. */
function wordsOf({ flag }: PlainField): string {
  const words = flag.slice("--".length).replaceAll("-", " ");
  return words[0].toUpperCase() + words.slice(1);
}

function textOf(field: PlainField): string {
  return `${wordsOf(field)} ${field.key} ${field.meta.description}`.toLowerCase();
}
