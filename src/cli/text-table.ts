// Tables for people: columns as wide as what stands in them, within the terminal.

const GAP = '  ';
const LEAST = 8;

/** @param width of the terminal: what does not fit is cut from the last column; null: nothing is cut. */
export function tableText(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  width: number | null,
): string {
  const widths = head.map((title, i) =>
    rows.reduce((most, row) => Math.max(most, row[i]?.length ?? 0), title.length),
  );
  const before = widths.slice(0, -1).reduce((sum, one) => sum + one + GAP.length, 0);
  const last = width === null ? Number.POSITIVE_INFINITY : Math.max(LEAST, width - before);
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, i) => (i === row.length - 1 ? cut(cell, last) : cell.padEnd(widths[i]!)))
        .join(GAP)
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}

/** At most so many characters, the last of which says that there is more. */
export function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

/** A paragraph in lines of a width, each after `indent`; the first after `lead`. */
export function wrapped(text: string, width: number, indent: string, lead = indent): string {
  const lines: string[] = [];
  let line = lead;
  let isEmpty = true;
  for (const word of text.split(/\s+/).filter((one) => one !== '')) {
    if (!isEmpty && line.length + 1 + word.length > width) {
      lines.push(line);
      [line, isEmpty] = [indent, true];
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line].map((one) => `${one}\n`).join('');
}
