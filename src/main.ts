// The program's first file. It heeds signals before the rest is loaded, which takes a second on a busy machine.
import { heedSignals } from './cli/signals.ts';

// `--color WHEN` and `--utc` may stand before the command.
const [command] = process.argv.slice(2).filter((word) => !/^(-.*|auto|always|never)$/.test(word));
const signals = heedSignals(command === 'run');
const { runProgram } = await import('./cli/program.ts');
process.exitCode = await runProgram(signals);
