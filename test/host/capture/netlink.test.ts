import { describe, expect, it } from 'vitest';
import type { InterfaceInfo } from '../../../src/host/capture/interfaces.ts';
import { addressDumpRequest, InterfaceDump, linkDumpRequest } from '../../../src/host/capture/netlink.ts';

const SEQUENCE = 7;
const MAC = '020000000010';

/** Little-endian, as all that netlink carries. */
function u16(value: number): string {
  return Buffer.from(Uint16Array.of(value).buffer).toString('hex');
}

function u32(value: number): string {
  return Buffer.from(Uint32Array.of(value).buffer).toString('hex');
}

function attribute(type: number, value: string): string {
  const length = 4 + value.length / 2;
  return `${u16(length)}${u16(type)}${value}${'00'.repeat(-length & 3)}`;
}

function text(value: string): string {
  return `${Buffer.from(value).toString('hex')}00`;
}

function message(type: number, body: string, { sequence = SEQUENCE, flags = 2 } = {}): string {
  return `${u32(16 + body.length / 2)}${u16(type)}${u16(flags)}${u32(sequence)}${u32(1234)}${body}`;
}

function link(index: number, flags: number, attributes: string, hardware = 1): string {
  return message(16, `0000${u16(hardware)}${u32(index)}${u32(flags)}${u32(0)}${attributes}`);
}

function address(family: number, prefixLength: number, index: number, attributes: string): string {
  const byte = (value: number) => value.toString(16).padStart(2, '0');
  return message(20, `${byte(family)}${byte(prefixLength)}8000${u32(index)}${attributes}`);
}

const DONE = message(3, u32(0));

function read(...messages: string[]): InterfaceInfo[] {
  const dump = new InterfaceDump();
  dump.read(new Uint8Array(Buffer.from(messages.join(''), 'hex')), SEQUENCE);
  return dump.interfaces();
}

function vlanInfo(id: number): string {
  // NLA_F_NESTED may be set or not.
  return attribute(18, attribute(1, text('vlan')) + attribute(0x8002, attribute(1, u16(id))));
}

const UP_BROADCAST_RUNNING = 0x1 | 0x2 | 0x40;

describe('InterfaceDump', () => {
  it('reads an interface and its addresses, in whatever order they come', () => {
    const attributes =
      attribute(3, text('eth0')) + attribute(1, MAC) + attribute(10, u32(9)) + attribute(48, u32(3));
    const messages = [
      address(10, 64, 2, attribute(1, 'fe80000000000000000000000000000a')),
      link(2, UP_BROADCAST_RUNNING, attributes),
      address(2, 24, 2, attribute(1, 'c0a8010a') + attribute(2, 'c0a8010a')),
    ];
    expect(read(...messages, DONE)).toEqual([
      {
        index: 2,
        name: 'eth0',
        kind: null,
        ethernet: true,
        mac: '02:00:00:00:00:10',
        up: true,
        running: true,
        carrierLosses: 3,
        broadcast: true,
        noArp: false,
        loopback: false,
        masterIndex: 9,
        vlan: null,
        addresses: [
          { ip: 'fe80::a', prefixLength: 64 },
          { ip: '192.168.1.10', prefixLength: 24 },
        ],
      },
    ]);
  });

  it('takes our own address of a point-to-point pair', () => {
    const pair = attribute(1, '0a000002') + attribute(2, '0a000001');
    const [info] = read(link(2, 1, attribute(3, text('ppp0')), 512), address(2, 32, 2, pair));
    expect(info?.addresses).toEqual([{ ip: '10.0.0.1', prefixLength: 32 }]);
    expect(info?.ethernet).toBe(false);
  });

  it('reads the VLAN and the parent of a VLAN interface', () => {
    const attributes = attribute(3, text('storage')) + attribute(5, u32(2)) + vlanInfo(20);
    expect(read(link(4, 1, attributes))[0]).toMatchObject({
      name: 'storage',
      kind: 'vlan',
      vlan: { id: 20, parentIndex: 2 },
    });
  });

  it('does not mistake an index of another namespace for one of ours', () => {
    const attributes =
      attribute(3, text('eth0')) + attribute(5, u32(2)) + attribute(37, u32(0)) + vlanInfo(20);
    expect(read(link(4, 1, attributes))[0]?.vlan).toEqual({ id: 20, parentIndex: null });
  });

  it('takes no other kind for a VLAN', () => {
    const macvlan = attribute(18, attribute(1, text('macvlan')) + attribute(2, attribute(1, u32(4))));
    expect(read(link(4, 1, attribute(3, text('mv0')) + attribute(5, u32(2)) + macvlan))[0]).toMatchObject({
      kind: 'macvlan',
      vlan: null,
    });
  });

  it.each([
    ['more', ''],
    ['more', link(2, 1, attribute(3, text('eth0')))],
    ['done', link(2, 1, attribute(3, text('eth0'))) + DONE],
    ['failed', message(2, u32(0xffffffff))],
    ['failed', `${u32(8)}${'00'.repeat(12)}`],
    ['failed', link(2, 1, attribute(3, text('eth0'))).slice(0, -8)],
    ['more', message(3, u32(0), { sequence: SEQUENCE - 1 })],
  ])('says %s', (progress, hex) => {
    expect(new InterfaceDump().read(new Uint8Array(Buffer.from(hex, 'hex')), SEQUENCE)).toBe(progress);
  });

  it('passes over the answer to another question', () => {
    const other = message(16, '00'.repeat(16), { sequence: SEQUENCE - 1 });
    expect(read(other, DONE)).toEqual([]);
  });

  it('knows when the listing was interrupted, and that it is over all the same', () => {
    const dump = new InterfaceDump();
    const done = Buffer.from(message(3, u32(0), { flags: 0x12 }), 'hex');
    expect(dump.read(new Uint8Array(done), SEQUENCE)).toBe('done');
    expect(dump.interrupted).toBe(true);
  });

  it('survives attributes and messages that are cut', () => {
    const whole = link(
      4,
      1,
      attribute(3, text('storage')) + attribute(5, u32(2)) + attribute(1, MAC) + vlanInfo(20),
    );
    const bytes = Buffer.from(whole, 'hex');
    for (let length = 16; length < bytes.length; length += 1) {
      const cut = Buffer.from(bytes.subarray(0, length));
      cut.writeUInt32LE(length, 0);
      const dump = new InterfaceDump();
      expect(dump.read(new Uint8Array(cut), SEQUENCE)).toBe('more');
      expect(dump.interfaces().length).toBe(length < 32 ? 0 : 1);
    }
  });
});

describe('requests', () => {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  it('ask for all links without statistics', () => {
    const header = `${u32(40)}${u16(18)}${u16(0x301)}${u32(SEQUENCE)}${u32(0)}`;
    expect(hex(linkDumpRequest(SEQUENCE))).toBe(`${header}${'00'.repeat(16)}${attribute(29, u32(8))}`);
  });
  it('ask for all addresses', () => {
    const header = `${u32(24)}${u16(22)}${u16(0x301)}${u32(SEQUENCE)}${u32(0)}`;
    expect(hex(addressDumpRequest(SEQUENCE))).toBe(`${header}${'00'.repeat(8)}`);
  });
});
