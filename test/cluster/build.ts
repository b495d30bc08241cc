// `node test/cluster/build.ts`: fetches and builds what the cluster tests need, so that they start at once.
import { clusterPrograms } from './programs.ts';
import { say, sayLoudly } from './say.ts';

const search = await clusterPrograms(say);
if (search.ok)
  for (const [name, path] of Object.entries(search.programs)) say(`${name}: ${JSON.stringify(path)}`);
else sayLoudly(`the cluster tests cannot run here and are SKIPPED: ${search.reason}`);
