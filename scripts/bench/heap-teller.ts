// Loaded into a daemon before its own code (`NODE_OPTIONS=--import=...`): SIGUSR2 makes it collect its garbage and say, on standard
// output, `heap BYTES`: what it holds then, in its heap and beside it.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

process.on('SIGUSR2', () => {
  collect();
  // What finalizers let go of with the first.
  setImmediate(() => {
    collect();
    const { heapUsed, external } = process.memoryUsage();
    console.log(`heap ${heapUsed + external}`);
  });
});
