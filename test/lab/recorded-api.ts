// The API of Pi-hole or OPNsense by HTTPS, from recorded answers: `node recorded-api.ts TYPE ADDRESS PORT VIP`. The VIP is leased
// to the phone. Says `listening` once it does.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { OPNSENSE, PIHOLE } from '../lease-import/recorded.ts';
import { opnsenseApi, PiholeApi } from '../lease-import/recorded-apis.ts';

const [type, address, port, vip] = process.argv.slice(2);
const end = Math.floor(Date.now() / 1000) + 3_600;
const tls = { key: readFileSync('/run/lab/key.pem'), cert: readFileSync('/run/lab/cert.pem') };
const listener =
  type === 'pihole'
    ? new PiholeApi('hunter2', PIHOLE.leases(end, vip)).listener
    : opnsenseApi('w4ZX/k+y:5eCr3t=', OPNSENSE(end, vip));
createServer(tls, listener).listen(Number(port), address, () => process.stdout.write('listening\n'));
