// A bench's rows, printed side by side, each with what it must keep to. The exit code is 1 where one does not.
export interface Row {
  readonly what: string;
  readonly measured: string;
  /** The limit in words, and whether it holds; null for a figure without a limit. */
  readonly limit: { readonly text: string; readonly holds: boolean } | null;
}

export function printTable(title: string, rows: readonly Row[]): void {
  if (rows.some(({ limit }) => limit?.holds === false)) process.exitCode = 1;
  const cells = rows.map(({ what, measured, limit }) => [
    what,
    measured,
    limit ? `${limit.text}: ${limit.holds ? 'yes' : 'NO'}` : '',
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(...cells.map((row) => row[column]!.length)));
  console.log(`\n${title}`);
  for (const row of cells)
    console.log(
      `  ${row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd()}`,
    );
}
