// `--server`: which agent is asked.
import { UsageError } from './terminal.ts';

export const DEFAULT_SERVER = 'http://127.0.0.1:9797';
const PORT = '9797';

/** Of `http://HOST:PORT`, `HOST:PORT` and `HOST`; its path ends in a slash. @throws UsageError */
export function serverOf(text: string): URL {
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  const url = URL.parse(hasScheme ? text : `http://${text}`);
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.hostname === '')
    throw new UsageError(`--server: "${text}" is not the address of an agent: expected http://HOST:PORT`);
  // `http://w1` is port 80, as in a browser; `w1` alone is the agent there.
  if (!hasScheme && url.port === '' && !/:80(\/|$)/.test(text)) url.port = PORT;
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}
