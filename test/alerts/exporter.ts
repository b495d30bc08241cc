// `node test/alerts/exporter.ts PORT FILE`: a scrape of an agent as a file holds it, on 127.0.0.1.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const [, , port, file] = process.argv;
const server = createServer((_request, response) => {
  response.setHeader('content-type', 'text/plain; version=0.0.4');
  response.end(readFileSync(file!));
});
server.listen(Number(port), '127.0.0.1', () => process.stdout.write('listening\n'));
