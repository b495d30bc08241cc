import { describe, expect, it } from 'vitest';
import { BROADCAST_MAC, type Mac } from '../../src/net/address.ts';
import { decodeEthernet, ETHERTYPE_ARP, encodeEthernet } from '../../src/net/ethernet.ts';
import { checkCodec } from '../codec.ts';
import { fromHex, toHex } from '../hex.ts';

const SOURCE = '02:00:00:00:00:11' as Mac;

checkCodec({
  name: 'Ethernet header',
  decode: decodeEthernet,
  encode: (frame) => encodeEthernet(frame, new Uint8Array(0)),
  samples: {
    untagged: 'ffffffffffff 020000000011 0806',
    'one VLAN tag': 'ffffffffffff 020000000011 8100 000a 0806',
    'a priority tag': 'ffffffffffff 020000000011 8100 0000 0806',
    'two tags (802.1ad)': 'ffffffffffff 020000000011 88a8 0064 8100 0fff 0806',
    'an 802.3 length': '0180c2000000 020000000011 0026',
  },
});

describe('decodeEthernet()', () => {
  it('reads the addresses, the type and where the payload begins', () => {
    expect(decodeEthernet(fromHex('ffffffffffff 020000000011 0806 0001'))).toEqual({
      ok: true,
      value: {
        destinationMac: BROADCAST_MAC,
        sourceMac: SOURCE,
        vlans: [],
        etherType: 0x0806,
        payloadStart: 14,
      },
    });
  });

  it('gives the VLAN ids outermost first, without priority and drop bits', () => {
    expect(decodeEthernet(fromHex('ffffffffffff 020000000011 88a8 f064 8100 e00a 0800'))).toMatchObject({
      value: { vlans: [100, 10], etherType: 0x0800, payloadStart: 22 },
    });
  });

  it('knows the older outer tag 0x9100', () => {
    expect(decodeEthernet(fromHex('ffffffffffff 020000000011 9100 0064 8100 000a 0800'))).toMatchObject({
      value: { vlans: [100, 10] },
    });
  });

  it('counts the payload from the start of the buffer, not of the frame', () => {
    const buffer = fromHex('dead ffffffffffff 020000000011 8100 000a 0806');
    expect(decodeEthernet(buffer, 2)).toMatchObject({ value: { payloadStart: 2 + 18, vlans: [10] } });
  });

  it('keeps the length of an 802.3 frame as its type', () => {
    expect(decodeEthernet(fromHex('0180c2000000 020000000011 0026 4242 03'))).toMatchObject({
      ok: true,
      value: { etherType: 0x26 },
    });
  });

  it.each([
    ['a frame of 13 bytes', 'ffffffffffff 020000000011 08', 'truncated'],
    ['a tag without the type after it', 'ffffffffffff 020000000011 8100 000a', 'truncated'],
    ['a second tag cut short', 'ffffffffffff 020000000011 88a8 0064 8100 00', 'truncated'],
    ['three tags', 'ffffffffffff 020000000011 88a8 0064 8100 000a 8100 000b 0806', 'too-many-tags'],
  ])('refuses %s', (_name, hex, reason) => {
    expect(decodeEthernet(fromHex(hex))).toEqual({ ok: false, reason });
  });

  it('shares one empty list among untagged frames', () => {
    const frame = decodeEthernet(fromHex('ffffffffffff 020000000011 0806'));
    const other = decodeEthernet(fromHex('ffffffffffff 020000000012 0800'));
    expect(frame.ok && other.ok && frame.value.vlans === other.value.vlans).toBe(true);
  });
});

describe('encodeEthernet()', () => {
  const header = { destinationMac: BROADCAST_MAC, sourceMac: SOURCE, vlans: [], etherType: ETHERTYPE_ARP };

  it('puts the payload after the header', () => {
    expect(toHex(encodeEthernet(header, fromHex('0102')))).toBe('ffffffffffff020000000011' + '0806' + '0102');
  });

  it('pads to 60 bytes with zeros where asked', () => {
    const bytes = encodeEthernet(header, new Uint8Array(28).fill(0xaa), { padTo60: true });
    expect(bytes.length).toBe(60);
    expect(toHex(bytes.subarray(14 + 28))).toBe('00'.repeat(18));
  });

  it('leaves a longer frame as it is', () => {
    expect(encodeEthernet(header, new Uint8Array(100), { padTo60: true }).length).toBe(114);
  });

  it('refuses three tags', () => {
    expect(() => encodeEthernet({ ...header, vlans: [1, 2, 3] }, new Uint8Array(0))).toThrow(RangeError);
  });
});
