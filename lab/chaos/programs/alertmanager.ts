// A stand-in for Alertmanager, which does as it is told by lines on standard input: `answer`, `refuse` (500), `hang` (no answer).
// `node alertmanager.ts PORT`. Says `ready`.
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

let mood = 'answer';
const server = createServer((request, response) => {
  request.resume();
  if (mood === 'hang') return;
  response.writeHead(mood === 'refuse' ? 500 : 200, { 'content-type': 'application/json' });
  response.end('{}');
});
server.listen(Number(process.argv[2]), () => console.log('ready'));
for await (const line of createInterface({ input: process.stdin })) mood = line;
process.exit();
