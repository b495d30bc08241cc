// Replay of a million ARP frames, beside arpwatch and tcpdump on the same file, and of ten million for the memory.
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ARP_REPLY, ARP_REQUEST, encodeArp } from '../../src/arp/packet.ts';
import { BROADCAST_MAC, ipv4At, macAt, ZERO_MAC } from '../../src/net/address.ts';
import { ETHERTYPE_ARP, encodeEthernet } from '../../src/net/ethernet.ts';
import { pcapHeader, pcapRecord } from '../../src/pcap/writer.ts';
import { bestCostOf, costOf } from './cost.ts';
import { printTable, type Row } from './table.ts';

const HOSTS = 200;
const MILLION = 1_000_000;
const RECORDS_A_WRITE = 4_000;
const START = 1_772_000_000_000_000;

const root = join(import.meta.dirname, '../..');

/** Hosts that ask for one another and answer, a frame each 100 µs. */
function writeCapture(path: string, frames: number): void {
  const host = (i: number) => ({
    mac: macAt(Uint8Array.of(2, 0, 0, 0, 1, i % HOSTS), 0),
    ip: ipv4At(Uint8Array.of(192, 168, 1, 10 + (i % HOSTS)), 0),
  });
  const conversation = Array.from({ length: HOSTS }, (_, i) => {
    const [asker, owner] = [host(i), host(i * 7 + 3)];
    const ask = {
      operation: ARP_REQUEST,
      senderMac: asker.mac,
      senderIp: asker.ip,
      targetMac: ZERO_MAC,
      targetIp: owner.ip,
    };
    const answer = {
      operation: ARP_REPLY,
      senderMac: owner.mac,
      senderIp: owner.ip,
      targetMac: asker.mac,
      targetIp: asker.ip,
    };
    const header = { vlans: [], etherType: ETHERTYPE_ARP };
    return [
      encodeEthernet({ ...header, destinationMac: BROADCAST_MAC, sourceMac: asker.mac }, encodeArp(ask), {
        padTo60: true,
      }),
      encodeEthernet({ ...header, destinationMac: asker.mac, sourceMac: owner.mac }, encodeArp(answer), {
        padTo60: true,
      }),
    ];
  }).flat();
  const file = openSync(path, 'w');
  writeSync(file, pcapHeader());
  for (let written = 0; written < frames; written += RECORDS_A_WRITE) {
    const records = Array.from({ length: RECORDS_A_WRITE }, (_, i) => {
      const number = written + i;
      return pcapRecord(START + number * 100, conversation[number % conversation.length]!);
    });
    writeSync(file, Buffer.concat(records));
  }
  closeSync(file);
}

const CONFIG = `
intent:
  source: static
  static:
    pools: [{ name: main-pool, addresses: [192.168.1.240-192.168.1.245] }]
    vips: [{ address: 192.168.1.240, service: traefik/traefik }]
    nodes: [{ name: cp, addresses: [192.168.1.10], macs: ["02:00:00:00:01:00"] }]
`;

const folder = mkdtempSync(join(tmpdir(), 'vipwatch-bench-'));
try {
  const path = (name: string) => join(folder, name);
  writeCapture(path('1m.pcap'), MILLION);
  writeCapture(path('10m.pcap'), 10 * MILLION);
  writeFileSync(path('vipwatch.yaml'), CONFIG);
  writeFileSync(path('arp.dat'), '');
  const replay = (capture: string) => [
    process.execPath,
    join(root, 'dist/vipwatch.js'),
    ...['replay', '--config', path('vipwatch.yaml'), '--output', 'json', path(capture)],
  ];
  const arpwatch = await bestCostOf([
    'arpwatch',
    '-d',
    '-N',
    '-Q',
    '-f',
    path('arp.dat'),
    '-r',
    path('1m.pcap'),
  ]);
  const tcpdump = await bestCostOf(['tcpdump', '-nn', '-r', path('1m.pcap')]);
  const million = await bestCostOf(replay('1m.pcap'));
  const tenMillion = await costOf(replay('10m.pcap'));
  const seconds = (cost: { cpuSeconds: number }) => `${cost.cpuSeconds.toFixed(2)} s CPU`;
  const ratio = million.cpuSeconds / arpwatch.cpuSeconds;
  const memoryRatio = tenMillion.peakMiB / million.peakMiB;
  const rows: Row[] = [
    { what: 'arpwatch -r, 1 M frames', measured: seconds(arpwatch), limit: null },
    { what: 'tcpdump -nn -r, 1 M frames', measured: seconds(tcpdump), limit: null },
    {
      what: 'vipwatch replay, 1 M frames',
      measured: `${seconds(million)}, ${ratio.toFixed(1)}x arpwatch`,
      limit: { text: 'at most 4x arpwatch', holds: ratio <= 4 },
    },
    {
      what: '',
      measured: `${(million.cpuSeconds / tcpdump.cpuSeconds).toFixed(2)}x tcpdump`,
      limit: { text: 'less than tcpdump', holds: million.cpuSeconds < tcpdump.cpuSeconds },
    },
    { what: 'peak memory, 1 M frames', measured: `${million.peakMiB.toFixed(0)} MiB`, limit: null },
    {
      what: 'peak memory, 10 M frames',
      measured: `${tenMillion.peakMiB.toFixed(0)} MiB, ${memoryRatio.toFixed(2)}x`,
      limit: { text: 'the same within 10 %', holds: memoryRatio <= 1.1 },
    },
  ];
  printTable('Replay of ARP frames from 200 hosts', rows);
} finally {
  rmSync(folder, { recursive: true });
}
