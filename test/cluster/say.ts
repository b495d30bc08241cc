const BAR = '*'.repeat(100);

export function say(line: string): void {
  process.stderr.write(`cluster: ${line}\n`);
}

/** For what must not be missed among a test run's lines. */
export function sayLoudly(line: string): void {
  process.stderr.write(`\n${BAR}\n* ${line}\n${BAR}\n\n`);
}
