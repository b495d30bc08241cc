// The program's first file. It heeds signals before the rest is loaded, which takes a second on a busy machine.
import { heedSignals } from './cli/signals.ts';

const signals = heedSignals(process.argv[2] === 'run');
const { runProgram } = await import('./cli/program.ts');
process.exitCode = await runProgram(signals);
