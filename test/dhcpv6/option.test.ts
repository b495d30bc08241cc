import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  associationsOf,
  clientDuid,
  clientLinkLayerAddress,
  type Dhcpv6Option,
  fqdn,
  hasRapidCommit,
  macOfDuid,
  optionsAt,
  serverDuid,
  statusOf,
} from '../../src/dhcpv6/option.ts';
import { fromHex } from '../hex.ts';
import {
  address,
  addresses,
  CLIENT_DUID,
  OTHER_HEX,
  option,
  prefix,
  prefixes,
  temporary,
  VIP_HEX,
} from './message.ts';

function withOptions(...hex: readonly string[]): { options: Dhcpv6Option[] } {
  const bytes = fromHex(hex.join(''));
  const options = optionsAt(bytes, 0, bytes.length);
  if (typeof options === 'string') throw new Error(options);
  return { options };
}

const NAME = '0a 6c7563612d70686f6e65';

describe('the typed readers', () => {
  it.each([
    ['clientDuid', clientDuid, option(1, CLIENT_DUID), CLIENT_DUID],
    ['serverDuid', serverDuid, option(2, '0004 00'), '000400'],
    ['the longest clientDuid', clientDuid, option(1, 'ab'.repeat(130)), 'ab'.repeat(130)],
    ['macOfDuid of a DUID-LL', macOfDuid, option(1, CLIENT_DUID), '02:00:00:00:00:aa'],
    ['macOfDuid of a DUID-LLT', macOfDuid, option(1, '0001 0001 2c5e1a00 0200000000ab'), '02:00:00:00:00:ab'],
    ['clientLinkLayerAddress', clientLinkLayerAddress, option(79, '0001 0200000000aa'), '02:00:00:00:00:aa'],
    ['fqdn of one label', fqdn, option(39, `00 ${NAME}`), 'luca-phone'],
    ['fqdn of a whole name', fqdn, option(39, `01 ${NAME} 03 6c616e 00`), 'luca-phone.lan'],
    ['fqdn that ends within', fqdn, option(39, `01 ${NAME} 00 ff`), 'luca-phone'],
    ['statusOf', statusOf, option(13, '0004 78'), 4],
    ['hasRapidCommit', hasRapidCommit, option(14), true],
  ])('%s', (_name, read, hex, expected) => {
    expect(read(withOptions(hex))).toBe(expected);
  });

  it.each([
    ['clientDuid of two bytes', clientDuid, option(1, '0003')],
    ['clientDuid of 131 bytes', clientDuid, option(1, 'ab'.repeat(131))],
    ['macOfDuid of a UUID', macOfDuid, option(1, `0004${'ab'.repeat(16)}`)],
    ['macOfDuid of a vendor, which looks like a MAC', macOfDuid, option(1, '0002 0001 0200000000aa')],
    ['macOfDuid of another hardware', macOfDuid, option(1, '0003 001b 0200000000aa')],
    ['macOfDuid of eight bytes', macOfDuid, option(1, '0003 0001 0200000000aabbcc')],
    ['macOfDuid of three bytes', macOfDuid, option(1, '000300')],
    ['clientLinkLayerAddress of another hardware', clientLinkLayerAddress, option(79, '001b 0200000000aa')],
    ['clientLinkLayerAddress of eight bytes', clientLinkLayerAddress, option(79, '0001 0200000000aabbcc')],
    ['fqdn without a name', fqdn, option(39, '00')],
    ['an empty fqdn', fqdn, option(39, '')],
    ['fqdn with a root alone', fqdn, option(39, '00 00')],
    ['fqdn that runs past the end', fqdn, option(39, '00 0a 6c756361')],
    ['fqdn with a pointer', fqdn, option(39, '00 c0 0c')],
  ])('%s reads as absent', (_name, read, hex) => {
    expect(read(withOptions(hex))).toBeNull();
  });

  it('reads a status that is too short, or none, as success', () => {
    expect([option(13, '04'), ''].map((hex) => statusOf(withOptions(hex)))).toEqual([0, 0]);
    expect(hasRapidCommit({ options: [] })).toBe(false);
  });

  it('keeps 63 bytes as one label', () => {
    expect(fqdn(withOptions(option(39, `00 3f ${'61'.repeat(63)}`)))).toBe('a'.repeat(63));
    expect(fqdn(withOptions(option(39, `00 40 ${'61'.repeat(64)}`)))).toBeNull();
  });

  it('makes a name safe to show', () => {
    expect(fqdn(withOptions(option(39, '00 04 611b5b62')))).toBe('a\ufffd[b');
  });
});

describe('associationsOf()', () => {
  it('reads addresses, temporary addresses and prefixes with their lifetimes', () => {
    const hex = [
      addresses(address(VIP_HEX) + address(OTHER_HEX, 'ffffffff'), 'deadbeef'),
      temporary(address(OTHER_HEX, '00000000')),
      prefixes(prefix(`fd000006${'0'.repeat(24)}`, '38')),
    ];
    const lease = { prefixLength: null, validSeconds: 7200, status: 0 };
    expect(associationsOf(withOptions(...hex))).toEqual([
      {
        kind: 'na',
        iaid: 0xdeadbeef,
        status: 0,
        leases: [
          { ...lease, ip: 'fd00:5::60' },
          { ...lease, ip: 'fd00:5::61', validSeconds: Number.POSITIVE_INFINITY },
        ],
      },
      { kind: 'ta', iaid: 1, status: 0, leases: [{ ...lease, ip: 'fd00:5::61', validSeconds: 0 }] },
      { kind: 'pd', iaid: 1, status: 0, leases: [{ ...lease, ip: 'fd00:6::', prefixLength: 56 }] },
    ]);
  });

  it('reads the status of an association, and of one address in it', () => {
    const hex = addresses(`${address(VIP_HEX, '00000000', option(13, '0004'))}${option(13, '0003 78')}`);
    expect(associationsOf(withOptions(hex))).toMatchObject([{ status: 3, leases: [{ status: 4 }] }]);
  });

  it.each([
    ['a short association', option(3, '00000001 00000000 0000')],
    ['a short temporary one', option(4, '000000')],
    ['an association with broken options', option(3, '00000001 00000000 00000000 0005')],
    ['another option', option(6, '0017')],
  ])('leaves out %s', (_name, hex) => {
    expect(associationsOf(withOptions(hex, addresses('')))).toHaveLength(1);
  });

  it.each([
    ['a short address', addresses(option(5, VIP_HEX))],
    ['an address with broken options', addresses(address(VIP_HEX, '00001c20', '000d 0002'))],
    ['a prefix among addresses', addresses(prefix(VIP_HEX, '40'))],
    ['an address among prefixes', prefixes(address(VIP_HEX))],
    ['a short prefix', prefixes(option(26, '00000000 00000000 40'))],
    ['a prefix of 129 bits', prefixes(prefix(VIP_HEX, '81'))],
  ])('leaves out %s', (_name, hex) => {
    expect(associationsOf(withOptions(hex))).toMatchObject([{ leases: [] }]);
  });

  it('reads a prefix of 128 bits', () => {
    expect(associationsOf(withOptions(prefixes(prefix(VIP_HEX, '80'))))).toMatchObject([
      { leases: [{ ip: 'fd00:5::60', prefixLength: 128 }] },
    ]);
  });

  it('never throws, whatever is inside', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(3, 4, 25, 1, 39, 79, 13),
        fc.uint8Array({ maxLength: 80 }),
        (code, value) => {
          const message = { options: [{ code, value }] };
          const reads = [associationsOf, clientDuid, macOfDuid, fqdn, clientLinkLayerAddress, statusOf];
          for (const read of reads) expect(() => read(message)).not.toThrow();
        },
      ),
    );
  });
});
