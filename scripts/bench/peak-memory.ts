// Loaded before a program: says on standard error, once it ends, how much memory it had at its
// peak, in bytes, and how much CPU time it took, in microseconds.
import { writeSync } from 'node:fs';

const STANDARD_ERROR = 2;

process.on('exit', () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  writeSync(STANDARD_ERROR, `peak ${maxRSS * 1024} cpu ${userCPUTime + systemCPUTime}\n`);
});
