// Prints what Alertmanager's webhook brings, one JSON line each: `node lab/webhook-receiver.ts PORT`, on 127.0.0.1.
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

const server = createServer(async (request, response) => {
  const body = await text(request);
  // As many lines as there are notifications, whatever is in them.
  process.stdout.write(`notification ${JSON.stringify(JSON.parse(body))}\n`);
  response.end();
});
server.listen(Number(process.argv[2]), '127.0.0.1', () => process.stdout.write('listening\n'));
