import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  clientIdentifier,
  type DhcpOption,
  dnsServers,
  gateways,
  hostname,
  leaseSeconds,
  messageType,
  parameterList,
  printable,
  requestedIp,
  serverIdentifier,
} from '../../src/dhcp/option.ts';
import { fromHex } from '../hex.ts';

function packetWith(code: number, hex: string): { options: DhcpOption[] } {
  return {
    options: [
      { code: 53, value: fromHex('01') },
      { code, value: fromHex(hex) },
    ],
  };
}

const NONE = { options: [] };

describe('the typed readers', () => {
  it.each([
    ['requestedIp', requestedIp, 50, 'c0a80132', '192.168.1.50'],
    ['serverIdentifier', serverIdentifier, 54, 'c0a80101', '192.168.1.1'],
    ['gateways', gateways, 3, 'c0a80101c0a80102', ['192.168.1.1', '192.168.1.2']],
    ['gateways, cut off', gateways, 3, 'c0a80101c0', []],
    ['dnsServers', dnsServers, 6, 'c0a80135', ['192.168.1.53']],
    ['leaseSeconds', leaseSeconds, 51, '00015180', 86_400],
    ['leaseSeconds of a lease without end', leaseSeconds, 51, 'ffffffff', Number.POSITIVE_INFINITY],
    ['leaseSeconds with the highest bit', leaseSeconds, 51, '80000000', 2 ** 31],
    ['clientIdentifier', clientIdentifier, 61, '010200000000aa', '010200000000aa'],
    ['parameterList', parameterList, 55, '0103060f', [1, 3, 6, 15]],
    ['parameterList, empty', parameterList, 55, '', []],
    ['hostname', hostname, 12, '6c7563612d70686f6e65', 'luca-phone'],
    ['hostname in UTF-8', hostname, 12, 'c3a9636f6c65', 'école'],
    ['hostname with NULs at its end', hostname, 12, '686f73740000', 'host'],
    ['hostname with a NUL inside', hostname, 12, '61006200', 'a\ufffdb'],
    ['hostname that is no UTF-8', hostname, 12, '61ff62', 'a\ufffdb'],
    ['hostname with a terminal escape', hostname, 12, '1b5b324a', '\ufffd[2J'],
    ['hostname with a line break', hostname, 12, '610a62', 'a\ufffdb'],
  ])('%s', (_name, read, code, hex, value) => {
    expect(read(packetWith(code, hex))).toEqual(value);
  });

  it.each([
    ['requestedIp of 3 bytes', requestedIp, 50, 'c0a801'],
    ['requestedIp of 5 bytes', requestedIp, 50, 'c0a8013200'],
    ['serverIdentifier of 0 bytes', serverIdentifier, 54, ''],
    ['leaseSeconds of 2 bytes', leaseSeconds, 51, '0e10'],
    ['clientIdentifier of 1 byte', clientIdentifier, 61, '01'],
    ['hostname of 0 bytes', hostname, 12, ''],
    ['hostname of NULs alone', hostname, 12, '0000'],
  ])('null for %s', (_name, read, code, hex) => {
    expect(read(packetWith(code, hex))).toBeNull();
  });

  it.each([
    ['messageType', messageType],
    ['requestedIp', requestedIp],
    ['serverIdentifier', serverIdentifier],
    ['leaseSeconds', leaseSeconds],
    ['clientIdentifier', clientIdentifier],
    ['parameterList', parameterList],
    ['hostname', hostname],
  ])('null where %s is absent', (_name, read) => {
    expect(read(NONE)).toBeNull();
  });
});

describe('printable()', () => {
  it.each([
    ['plain text', 'luca-phone', 'luca-phone'],
    ['other scripts and emoji', 'Büro-プリンタ 🖨', 'Büro-プリンタ 🖨'],
    ['controls', 'a\u0000\u001b\u007f\u0085b', 'a\ufffd\ufffd\ufffd\ufffdb'],
    ['a direction override', 'a\u202egnp.exe', 'a\ufffdgnp.exe'],
    ['line and paragraph separators', 'a\u2028\u2029b', 'a\ufffd\ufffdb'],
    ['half a surrogate pair', 'a\ud83db', 'a\ufffdb'],
  ])('%s', (_name, text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it('keeps 255 characters and cuts none of them in two', () => {
    expect(printable('a'.repeat(300))).toBe('a'.repeat(255));
    expect(printable('🖨'.repeat(300))).toBe('🖨'.repeat(255));
    expect(printable(`a${'🖨'.repeat(300)}`)).toBe(`a${'🖨'.repeat(254)}`);
  });

  it('lets nothing through that breaks a line or a terminal, and is stable', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const shown = printable(new TextDecoder().decode(bytes));
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
        expect(shown).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/);
        expect(shown.isWellFormed()).toBe(true);
        expect([...shown].length).toBeLessThanOrEqual(255);
        expect(printable(shown)).toBe(shown);
      }),
    );
  });
});
