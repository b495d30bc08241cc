import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BROADCAST_MAC,
  type IpAddress,
  type Ipv4,
  type Ipv6,
  ipv4At,
  ipv4Number,
  ipv6At,
  ipv6Groups,
  isGroupMac,
  isHostAddress,
  isIpv4,
  isLinkLocal,
  isMulticastIpv6,
  type Mac,
  macAt,
  parseIp,
  parseMac,
  writeIp,
  writeMac,
} from '../../src/net/address.ts';
import { fromHex } from '../hex.ts';

const sixBytes = fc.uint8Array({ minLength: 6, maxLength: 6 });
const fourBytes = fc.uint8Array({ minLength: 4, maxLength: 4 });
// Zeros come in runs in real IPv6 addresses, and the runs are what the text shortens.
const sixteenBytes = fc
  .array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), { minLength: 8, maxLength: 8 })
  .map((groups) => Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff])));

describe('macAt()', () => {
  it('reads six bytes where it is told to', () => {
    expect(macAt(fromHex('ffff 0200 00ab cdef ffff'), 2)).toBe('02:00:00:ab:cd:ef');
  });

  it('gives back what was written, whatever was read before', () => {
    fc.assert(
      fc.property(fc.array(sixBytes, { minLength: 1, maxLength: 50 }), (list) => {
        for (const bytes of list) {
          const written = new Uint8Array(6);
          writeMac(written, 0, macAt(bytes, 0));
          expect(written).toEqual(bytes);
        }
      }),
    );
  });

  it('keeps apart addresses that share a slot of the table', () => {
    // 20,000 addresses in 4,096 slots, read twice: every slot is fought over.
    for (let pass = 0; pass < 2; pass += 1) {
      for (let i = 0; i < 20_000; i += 1) {
        const bytes = Uint8Array.of(2, i & 1, 0, 0, i >> 8, i & 0xff);
        expect(macAt(bytes, 0)).toBe(Buffer.from(bytes).toString('hex').match(/../g)?.join(':'));
      }
    }
  });
});

describe('ipv4At()', () => {
  it('reads the ends of the range', () => {
    expect(ipv4At(fromHex('00000000'), 0)).toBe('0.0.0.0');
    expect(ipv4At(fromHex('ffffffff'), 0)).toBe('255.255.255.255');
  });

  it('gives back what was written, as bytes and as a number', () => {
    fc.assert(
      fc.property(fourBytes, (bytes) => {
        const written = new Uint8Array(4);
        const text = ipv4At(bytes, 0);
        writeIp(written, 0, text);
        expect(written).toEqual(bytes);
        expect(ipv4Number(text)).toBe(new DataView(bytes.buffer).getUint32(0));
      }),
    );
  });

  it('keeps apart addresses that share a slot of the table', () => {
    for (let pass = 0; pass < 2; pass += 1) {
      for (let i = 0; i < 20_000; i += 1) {
        expect(ipv4At(Uint8Array.of(10, 0, i >> 8, i & 0xff), 0)).toBe(`10.0.${i >> 8}.${i & 0xff}`);
      }
    }
  });
});

describe('ipv6At()', () => {
  it.each([
    ['0000 0000 0000 0000 0000 0000 0000 0000', '::'],
    ['0000 0000 0000 0000 0000 0000 0000 0001', '::1'],
    ['0001 0000 0000 0000 0000 0000 0000 0000', '1::'],
    ['fe80 0000 0000 0000 a456 dfff fec1 21e3', 'fe80::a456:dfff:fec1:21e3'],
    // RFC 5952: no leading zeros (4.1), a single zero group stays (4.2.2), the longer run goes, of two equal ones the
    // first (4.2.3), lower case (4.3).
    ['2001 0db8 0000 0001 0001 0001 0001 0001', '2001:db8:0:1:1:1:1:1'],
    ['2001 0000 0000 0001 0000 0000 0000 0001', '2001:0:0:1::1'],
    ['2001 0db8 0000 0000 0001 0000 0000 0001', '2001:db8::1:0:0:1'],
    ['2001 0db8 AAAA bbbb cccc dddd eeee 0ABC', '2001:db8:aaaa:bbbb:cccc:dddd:eeee:abc'],
    ['0000 0001 0002 0003 0004 0005 0006 0007', '0:1:2:3:4:5:6:7'],
    ['0001 0002 0003 0004 0005 0006 0007 0000', '1:2:3:4:5:6:7:0'],
    ['0000 0000 0001 0002 0003 0004 0005 0006', '::1:2:3:4:5:6'],
    ['0001 0002 0003 0004 0005 0006 0000 0000', '1:2:3:4:5:6::'],
  ])('writes %s as %s', (hex, text) => {
    expect(ipv6At(fromHex(hex), 0)).toBe(text);
  });

  it.each([0, 1, 2, 3])('keeps apart addresses that share a slot and differ in word %d alone', (word) => {
    const bytes = new Uint8Array(16).fill(0x11);
    const view = new DataView(bytes.buffer);
    for (let pass = 0; pass < 2; pass += 1) {
      for (let i = 0; i < 20_000; i += 1) {
        view.setUint32(word * 4, 0x1111_1111 + i);
        const groups = Array.from({ length: 8 }, (_, group) => view.getUint16(group * 2).toString(16));
        expect(ipv6At(bytes, 0)).toBe(groups.join(':'));
      }
    }
  });

  it('gives back what was written, and text that others read alike', () => {
    fc.assert(
      fc.property(sixteenBytes, (bytes) => {
        const text = ipv6At(bytes, 0);
        const written = new Uint8Array(16);
        writeIp(written, 0, text);
        expect(written).toEqual(bytes);
        expect(isIPv6(text)).toBe(true);
        // The URL standard shortens by the same rules.
        expect(new URL(`http://[${text}]`).hostname).toBe(`[${text}]`);
      }),
    );
  });
});

describe('parseMac()', () => {
  it.each([
    ['02:00:00:AB:cd:EF', '02:00:00:ab:cd:ef'],
    ['02-00-00-ab-cd-ef', '02:00:00:ab:cd:ef'],
    ['0200.00AB.cdef', '02:00:00:ab:cd:ef'],
  ])('reads %s', (text, mac) => {
    expect(parseMac(text)).toBe(mac);
  });

  it.each([
    '',
    '02:00:00:ab:cd',
    '02:00:00:ab:cd:ef:01',
    '02:00:00-ab:cd:ef',
    '2:0:0:ab:cd:ef',
    ' 02:00:00:ab:cd:ef',
    '0200.00ab.cde',
    '0200.00ab.cdef.0001',
    '0200:00ab:cdef',
    '02.00.00.ab.cd.ef',
    '020000abcdef',
    '02:00:00:ab:cd:eg',
  ])('refuses "%s"', (text) => {
    expect(parseMac(text)).toBeUndefined();
  });
});

describe('parseIp()', () => {
  it.each([
    ['192.168.1.50', '192.168.1.50'],
    ['FD00:0:0:0::1', 'fd00::1'],
    ['::', '::'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::ffff:192.168.1.50', '::ffff:c0a8:132'],
    ['64:ff9b::10.0.0.1', '64:ff9b::a00:1'],
    ['1:2:3:4:5:6:10.0.0.1', '1:2:3:4:5:6:a00:1'],
  ])('makes %s canonical', (text, ip) => {
    expect(parseIp(text)).toBe(ip);
  });

  it.each([
    '',
    '192.168.1',
    '192.168.1.256',
    '192.168.01.5',
    '192.168.1.5/24',
    'fe80::1%eth0',
    '[::1]',
    '1::2::3',
    ' 10.0.0.1',
    'localhost',
  ])('refuses "%s"', (text) => {
    expect(parseIp(text)).toBeUndefined();
  });
});

describe('isGroupMac()', () => {
  it.each([
    '01:00:5e:00:00:12',
    '33:33:00:00:00:01',
    BROADCAST_MAC,
    '0b:00:00:00:00:00',
    '09:00:00:00:00:00',
  ])('%s is a group', (mac) => {
    expect(isGroupMac(mac as Mac)).toBe(true);
  });

  it.each([
    '00:00:5e:00:01:01',
    '02:00:00:00:00:11',
    '0a:00:00:00:00:00',
    'fe:ff:ff:ff:ff:ff',
    '18:00:00:00:00:01',
  ])('%s is a station', (mac) => {
    expect(isGroupMac(mac as Mac)).toBe(false);
  });
});

describe('isHostAddress()', () => {
  it.each([
    '0.0.0.0',
    '127.0.0.1',
    '127.255.0.1',
    '224.0.0.18',
    '239.255.255.255',
    '255.255.255.255',
    '::',
    '::1',
    'ff02::1',
    'ffff::',
  ])('no station owns %s', (ip) => {
    expect(isHostAddress(ip as IpAddress)).toBe(false);
  });

  it.each([
    '0.0.0.1',
    '10.0.0.0',
    '126.1.1.1',
    '128.0.0.1',
    '192.168.1.255',
    '223.255.255.255',
    '240.0.0.1',
    'fe80::1',
    'fd00::1',
    'ff::1',
    'fe::ff',
    '::2',
  ])('a station may own %s', (ip) => {
    expect(isHostAddress(ip as IpAddress)).toBe(true);
  });
});

it('tells the families apart', () => {
  expect(isIpv4('10.0.0.1' as Ipv4)).toBe(true);
  expect(isIpv4('::ffff:a00:1' as Ipv6)).toBe(false);
  expect(isMulticastIpv6('ff02::1:ff00:1' as Ipv6)).toBe(true);
  expect(isMulticastIpv6('ff::1' as Ipv6)).toBe(false);
});

describe('isLinkLocal()', () => {
  it.each([
    ['fe80::1', true],
    ['febf::1', true],
    ['fe7f::1', false],
    ['fec0::1', false],
    ['fe8::1', false],
    ['169.254.0.1', false],
  ])('of %s: %s', (ip, isOne) => {
    expect(isLinkLocal(ip as IpAddress)).toBe(isOne);
  });
});

describe('ipv6Groups()', () => {
  it.each([
    ['::', '0 0 0 0 0 0 0 0'],
    ['::1', '0 0 0 0 0 0 0 1'],
    ['fe80::', 'fe80 0 0 0 0 0 0 0'],
    ['fd00::17:1', 'fd00 0 0 0 0 0 17 1'],
    ['1:2:3:4:5:6:7:8', '1 2 3 4 5 6 7 8'],
    ['1:2:3::5:6:7:8', '1 2 3 0 5 6 7 8'],
  ])('of %s are %s', (ip, groups) => {
    expect(ipv6Groups(ip).join(' ')).toBe(groups);
  });
});
