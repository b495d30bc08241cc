// Servers that give the recorded answers to who knows the password, as Pi-hole and OPNsense do.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { type OPNSENSE, PIHOLE } from './recorded.ts';

export function answering(
  answer: (request: IncomingMessage, response: ServerResponse, body: string) => void,
): RequestListener {
  return async (request, response) => answer(request, response, await text(request));
}

export const json = (response: ServerResponse, status: number, document: unknown) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(document));

/** Its DHCP server is on. */
export class PiholeApi {
  readonly sessions = new Set<string>();
  logins = 0;
  readonly listener: RequestListener;

  constructor(password: string, leases: ReturnType<typeof PIHOLE.leases>) {
    this.listener = answering((request, response, body) => {
      const sid = String(request.headers['x-ftl-sid'] ?? '');
      if (request.url === '/api/auth' && request.method === 'POST') {
        this.logins += 1;
        if (JSON.parse(body).password !== password) return json(response, 401, PIHOLE.refusedSession);
        this.sessions.add(PIHOLE.session.session.sid);
        return json(response, 200, PIHOLE.session);
      }
      if (!this.sessions.has(sid)) return json(response, 401, { error: { key: 'unauthorized' } });
      if (request.method === 'DELETE') {
        this.sessions.delete(sid);
        return response.writeHead(204).end();
      }
      return json(response, 200, request.url === '/api/dhcp/leases' ? leases : PIHOLE.config(true));
    });
  }
}

/** With dnsmasq: Kea is not in use, and the plugin with ISC dhcpd not installed. */
export function opnsenseApi(keyAndSecret: string, answers: ReturnType<typeof OPNSENSE>): RequestListener {
  return answering(({ url = '', headers }, response) => {
    if (headers.authorization !== `Basic ${btoa(keyAndSecret)}`)
      return json(response, 401, { status: 401, message: 'Authentication Failed' });
    if (url.startsWith('/api/kea')) return json(response, 200, { total: 0, rows: [] });
    return url in answers && !url.startsWith('/api/dhcpv4')
      ? json(response, 200, answers[url])
      : json(response, 404, { errorMessage: 'Endpoint not found' });
  });
}
