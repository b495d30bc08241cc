// Imports one table of 20,000 leases, from a file or over HTTP from a process of its own, and prints what that cost.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { MINUTE, SECOND } from '../../src/base/time.ts';
import { favourMemory } from '../../src/host/memory.ts';
import type { Imported } from '../../src/lease-import/imported.ts';
import { Importing } from '../../src/lease-import/importing.ts';
import type { ImportSettings, ImportType } from '../../src/lease-import/settings.ts';
import { type IpRange, parseRange } from '../../src/net/range.ts';
import { Watcher } from '../../src/watch/watcher.ts';

const LEASES = 20_000;
const KEA_HEAD =
  'address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context\n';
const now = () => Date.now() * 1000;
const END = Math.floor(Date.now() / 1000) + 86_400;

interface Lease {
  readonly ip: string;
  readonly mac: string;
  readonly name: string;
}

// Of the measured process none: what V8 once used it takes more easily again, and would count as the import's.
const leases = Array.from({ length: process.argv[3] ? LEASES : 0 }, (_, i): Lease => {
  const [high, low] = [(i + 256) >> 8, i & 255].map((byte) => byte.toString(16).padStart(2, '0'));
  return { ip: `10.0.${(i + 256) >> 8}.${i & 255}`, mac: `02:00:00:00:${high}:${low}`, name: `machine-${i}` };
});

const FILES: Readonly<Record<string, () => string>> = {
  dnsmasq: () => leases.map(({ ip, mac, name }) => `${END} ${mac} ${ip} ${name} 01:${mac}\n`).join(''),
  isc: () =>
    leases
      .map(
        ({ ip, mac, name }) =>
          `lease ${ip} {\n  starts 4 2026/01/01 00:00:00;\n  ends epoch ${END};\n  cltt 4 2026/01/01 00:00:00;\n  binding state active;\n  next binding state free;\n  rewind binding state free;\n  hardware ethernet ${mac};\n  uid "\\001\\002\\000\\000\\000\\000\\001";\n  client-hostname "${name}";\n}\n`,
      )
      .join(''),
  kea: () =>
    KEA_HEAD +
    leases.map(({ ip, mac, name }) => `${ip},${mac},01:${mac},86400,${END},1,0,0,${name},0,\n`).join(''),
};

/** What the server of this format answers to a request. */
function answer(format: string, path: string, body: string): unknown {
  if (format === 'pihole') {
    if (path !== '/api/dhcp/leases') return { config: { dhcp: { active: false } } };
    return {
      leases: leases.map(({ ip, mac, name }) => ({
        expires: END,
        name,
        hwaddr: mac,
        ip,
        clientid: `01:${mac}`,
      })),
    };
  }
  if (format === 'opnsense') {
    const isInUse = path === '/api/dnsmasq/leases/search';
    const row = ({ ip, mac, name }: Lease) => ({ address: ip, hwaddr: mac, hostname: name, expire: END });
    return { rows: isInUse ? leases.map(row) : [] };
  }
  const { command, arguments: args } = JSON.parse(body);
  if (command === 'config-get') return [{ result: 0, arguments: { Dhcp4: {} } }];
  const from = leases.findIndex(({ ip }) => ip === args.from) + 1;
  const page = leases.slice(from, from + args.limit).map(({ ip, mac, name }) => ({
    'ip-address': ip,
    'hw-address': mac,
    'client-id': `01:${mac}`,
    hostname: name,
    cltt: END - 86_400,
    'valid-lft': 86_400,
    state: 0,
  }));
  return [{ result: 0, arguments: { count: page.length, leases: page } }];
}

async function measure(settings: Partial<ImportSettings>): Promise<object> {
  // As the daemon does.
  favourMemory();
  const watcher = new Watcher({ dhcp: { ranges: [], servers: null } });
  const range = (written: string) => parseRange(written) as IpRange;
  watcher.setIntent(
    { pools: [{ name: 'p', ranges: [range('10.0.1.0-10.0.1.255')] }], vips: [], nodes: [] },
    now(),
  );
  const networks = [{ ...range('10.0.0.0/16'), segment: 'eth0' }];
  watcher.setOwnInterfaces({ addresses: [], macs: [], networks });
  let findings = 0;
  let count = 0;
  const judge = (_: string, imported: Imported) => {
    count = imported.leases.length;
    const table = { ...imported, ranges: [], readAt: imported.readAt * SECOND, ahead: 0 };
    findings += watcher.setImport('bench', table, now()).length;
  };
  const importing = new Importing({
    imports: [{ ...NOTHING, ...settings }],
    log: { info: () => {}, warn: () => {} },
    now,
    unixTime: () => now() / SECOND,
    isShared: false,
    peers: null,
    onTable: judge,
  });
  const before = process.resourceUsage().maxRSS;
  const began = performance.now();
  const usedBefore = process.cpuUsage();
  importing.tick(now());
  await importing.settled();
  const time = performance.now() - began;
  const { user, system } = process.cpuUsage(usedBefore);
  const memory = (process.resourceUsage().maxRSS - before) * 1024;
  await importing.stop();
  return { time, cpu: (user + system) / 1_000, memory, leases: count, findings };
}

const NOTHING: ImportSettings = {
  name: 'bench',
  type: 'dnsmasq',
  file: null,
  configFile: null,
  url: null,
  user: null,
  passwordFile: null,
  keyFile: null,
  caFile: null,
  every: MINUTE,
};

/** In a process of its own, so that what it holds is not counted: writes the file, or answers. */
async function serve(format: string, file: string): Promise<void> {
  const content = FILES[format];
  if (content) return writeFileSync(file, content());
  const server = createServer(async (request, response) => {
    response.end(JSON.stringify(answer(format, request.url ?? '', await text(request))));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  console.log((server.address() as AddressInfo).port);
}

const [format = '', file] = process.argv.slice(2);
if (file) await serve(format, file);
else {
  const folder = mkdtempSync(join(tmpdir(), 'vipwatch-import-'));
  const path = join(folder, 'leases');
  const server = spawn(process.execPath, [import.meta.filename, format, path]);
  const type = format.replace('-http', '') as ImportType;
  try {
    if (FILES[format]) await new Promise((done) => server.once('exit', done));
    const port = FILES[format] ? null : await new Promise((done) => server.stdout.once('data', done));
    const settings = port === null ? { file: path } : { url: `http://127.0.0.1:${String(port).trim()}` };
    console.log(JSON.stringify(await measure({ type, ...settings })));
  } finally {
    server.kill();
    rmSync(folder, { recursive: true });
  }
}
