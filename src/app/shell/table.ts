/**
 * Tables in plain text, and numbers for them.
 *
 * @module
 */

/** Returns lines of a table: a header, then rows; columns of numbers are aligned to the right. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length))
  );
  const numeric = header.map((_, column) =>
    rows.length > 0 && rows.every((row) => /^[-+]?[\d.,]*\d[\w+-]*( %)?$|^$/.test(row[column] ?? ""))
  );
  const line = (cells: readonly string[]) =>
    widths.map((width, column) => {
      const cell = cells[column] ?? "";
      return numeric[column] ? cell.padStart(width) : cell.padEnd(width);
    }).join("  ").trimEnd();
  return [line(header), ...rows.map(line)];
}

/** At most five significant digits: `0.00012346`, `1.2346e+9`, `516`. */
export function formatNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e7) return String(value);
  return String(Number(value.toPrecision(5)));
}

/** `8.4 MB`, `17 kB`, `312 B`; powers of 1000. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  const value = bytes / 1000 ** power;
  return `${power > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[power]}`;
}
