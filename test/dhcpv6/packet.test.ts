import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeDhcpv6, encodeDhcpv6, messageTypeName } from '../../src/dhcpv6/packet.ts';
import { checkCodec } from '../codec.ts';
import { fromHex, toHex } from '../hex.ts';
import {
  address,
  addresses,
  CLIENT_DUID,
  CLIENT_ID,
  message,
  OTHER_HEX,
  option,
  prefix,
  prefixes,
  relayed,
  SERVER_ID,
  temporary,
  VIP_HEX,
} from './message.ts';

const REQUEST = message('03', CLIENT_ID, SERVER_ID, addresses(address(VIP_HEX)), option(8, '0000'));
const REPLY = message('07', CLIENT_ID, SERVER_ID, addresses(address(VIP_HEX)));

function accept(bytes: Uint8Array) {
  const decoded = decodeDhcpv6(bytes);
  if (!decoded.ok) throw new Error(decoded.reason);
  return decoded.value;
}

checkCodec({
  name: 'DHCPv6',
  decode: decodeDhcpv6,
  encode: encodeDhcpv6,
  ignoresPadding: false,
  // Options may end anywhere between two of them; UDP's length and checksum have seen a cut before. A relay's message is cut
  // within what it relays.
  shortest: (sample) => (sample[0] === 12 || sample[0] === 13 ? 42 : 4),
  samples: {
    'a solicit': message('01', CLIENT_ID, option(14), addresses(''), option(6, '0017 0018 0027')),
    'an advertise': message('02', CLIENT_ID, SERVER_ID, addresses(address(VIP_HEX)), option(7, 'ff')),
    'a request': REQUEST,
    'a confirm': message('04', CLIENT_ID, addresses(address(VIP_HEX) + address(OTHER_HEX))),
    'a renew with temporary addresses': message(
      '05',
      CLIENT_ID,
      SERVER_ID,
      temporary(address(VIP_HEX), 'ffffffff'),
    ),
    'a rebind of a prefix': message('06', CLIENT_ID, prefixes(prefix(`fd000006${'0'.repeat(24)}`, '38'))),
    'a reply without success': message('07', CLIENT_ID, SERVER_ID, option(13, '0004 6e6f206c696e6b')),
    'a release': message('08', CLIENT_ID, SERVER_ID, addresses(address(VIP_HEX))),
    'a decline': message('09', CLIENT_ID, SERVER_ID, addresses(address(VIP_HEX))),
    'a reconfigure': message('0a', CLIENT_ID, SERVER_ID, option(19, '05'), option(11, '03010000')),
    'an information-request': message('0b', CLIENT_ID, option(6, '0017')),
    'a relayed request': relayed('0c', REQUEST, option(79, '0001 0200000000aa'), option(18, '65746830')),
    'a reply through two relays': relayed('0d', relayed('0d', REPLY), option(18, '31'), '', '01'),
    'without options, of a type yet unknown': 'c8 ffffff',
  },
});

describe('decodeDhcpv6()', () => {
  it('names the fields of a message', () => {
    expect(accept(fromHex(`03 a0b0c0 ${CLIENT_ID}`))).toEqual({
      relays: [],
      message: {
        messageType: 3,
        transactionId: 0xa0b0c0,
        options: [{ code: 1, value: fromHex(CLIENT_DUID) }],
      },
    });
  });

  it('takes off what relays put around it, outermost first', () => {
    const inner = relayed('0c', REQUEST, option(79, '0001 0200000000aa'));
    const { relays, message: request } = accept(fromHex(relayed('0c', inner, '', option(18, '31'), '01')));
    expect(relays).toEqual([
      {
        messageType: 12,
        hopCount: 1,
        linkAddress: 'fd00:5::1',
        peerAddress: 'fe80::aa',
        before: [],
        after: [{ code: 18, value: fromHex('31') }],
      },
      {
        messageType: 12,
        hopCount: 0,
        linkAddress: 'fd00:5::1',
        peerAddress: 'fe80::aa',
        before: [{ code: 79, value: fromHex('0001 0200000000aa') }],
        after: [],
      },
    ]);
    expect(request).toEqual(accept(fromHex(REQUEST)).message);
  });

  it.each([
    ['nothing at all', '', 'truncated'],
    ['less than a transaction id', '01 0010', 'truncated'],
    ['a relay without its addresses', '0c 00 fd00', 'truncated'],
    ['an option that runs past the end', message('01', '0001 000a 0003'), 'bad-option-length'],
    ['an option without its length', message('01', CLIENT_ID, '0001 00'), 'bad-option-length'],
    ['a relay that relays nothing', relayed('0c', '').replace(option(9), ''), 'no-relayed-message'],
    ['an empty relayed message', relayed('0c', ''), 'truncated'],
    [
      'a relayed message that runs past the end',
      relayed('0c', REQUEST).trimEnd().slice(0, -2),
      'bad-option-length',
    ],
  ])('refuses %s', (_name, hex, reason) => {
    expect(decodeDhcpv6(fromHex(hex))).toEqual({ ok: false, reason });
  });

  it('takes 8 relays around a message, and refuses nine', () => {
    const nested = (depth: number) =>
      fromHex(Array.from({ length: depth }).reduce<string>((inner) => relayed('0c', inner), REQUEST));
    expect(accept(nested(8)).relays).toHaveLength(8);
    expect(decodeDhcpv6(nested(9))).toEqual({ ok: false, reason: 'too-many-relays' });
  });

  it('takes 256 options, and refuses one more', () => {
    const many = (count: number) => fromHex(message('01', option(16).repeat(count)));
    expect(accept(many(256)).message.options).toHaveLength(256);
    expect(decodeDhcpv6(many(257))).toEqual({ ok: false, reason: 'too-many-options' });
    const around = fromHex(relayed('0c', REQUEST, option(18).repeat(257)));
    expect(decodeDhcpv6(around)).toEqual({ ok: false, reason: 'too-many-options' });
  });

  it('never throws on random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const decoded = decodeDhcpv6(bytes);
        if (decoded.ok) expect(toHex(encodeDhcpv6(decoded.value))).toBe(toHex(bytes));
      }),
    );
  });
});

describe('encodeDhcpv6()', () => {
  it('throws for an option that no length field can hold', () => {
    const options = [{ code: 16, value: new Uint8Array(0x1_0000) }];
    const packet = { relays: [], message: { messageType: 1, transactionId: 1, options } };
    expect(() => encodeDhcpv6(packet)).toThrow(RangeError);
  });
});

describe('messageTypeName()', () => {
  it('has a word for each type of RFC 8415, and one for all others', () => {
    expect(messageTypeName(1)).toBe('solicit');
    expect(messageTypeName(11)).toBe('information-request');
    expect([0, 12, 14, 36, 255].map(messageTypeName)).toEqual(Array(5).fill('other'));
  });
});
