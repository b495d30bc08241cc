import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BOOT_REPLY, BOOT_REQUEST, decodeDhcp, encodeDhcp } from '../../src/dhcp/packet.ts';
import { checkCodec } from '../codec.ts';
import { fromHex, toHex } from '../hex.ts';
import { CLIENT_HEAD, message, messageHex, SERVER_HEAD, shortMessage } from './message.ts';

const DISCOVER =
  '35 01 01  39 02 0240  37 07 0103060c0f1c2a  0c 0a 6c7563612d70686f6e65  3d 07 010200000000aa';
const OFFER = '35 01 02  36 04 c0a80101  33 04 00015180  01 04 ffffff00  03 04 c0a80101';

function accept(bytes: Uint8Array) {
  const decoded = decodeDhcp(bytes);
  if (!decoded.ok) throw new Error(decoded.reason);
  return decoded.value;
}

/** `code:hex` for each option. */
function optionsOf(bytes: Uint8Array): string[] {
  return accept(bytes).options.map(({ code, value }) => `${code}:${toHex(value)}`);
}

checkCodec({
  name: 'DHCP',
  decode: decodeDhcp,
  encode: encodeDhcp,
  samples: {
    'a discover': messageHex({ options: `${DISCOVER} ff` }),
    'an offer by broadcast': messageHex({ head: SERVER_HEAD, options: `${OFFER} ff` }),
    'an acknowledgement with a boot server': messageHex({
      head: SERVER_HEAD,
      sname: '626f6f742e6c616e',
      file: '7078656c696e75782e30',
      options: '35 01 05  36 04 c0a80101  33 04 ffffffff ff',
    }),
    'a reply of plain BOOTP': messageHex({ head: SERVER_HEAD, cookie: '00000000', options: '' }),
    'a relayed request': messageHex({
      head: `01 01 06 01 00000001 0004 0000
        00000000 00000000 00000000 0a1e0101  5a4f34b1af66 00000000000000000000`,
      options: '35 01 03  32 04 0a1e0404  52 0c 0104 65746830 0204 aabbccdd ff',
    }),
    'an option without value': messageHex({ options: '35 01 01  50 00 ff' }),
    'an option of 256 bytes, split (RFC 3396)': messageHex({
      options: `35 01 02  79 ff ${'aa'.repeat(255)} 79 01 bb ff`,
    }),
  },
  // An options field may end without its end option, so a cut between two options goes unseen here; UDP's length and
  // checksum have seen it before.
  shortest: () => 240,
});

describe('decodeDhcp()', () => {
  it('takes an overload option in pieces as what they are together', () => {
    // Found by fuzzing: the first piece is empty.
    const bytes = message({ options: '34 00 35 01 03 34 01 01 ff', file: '32 04 c0a80132 ff' });
    expect(optionsOf(bytes)).toEqual(['52:01', '53:03', '50:c0a80132']);
    expect(accept(encodeDhcp(accept(bytes)))).toMatchObject({ bootFile: null });
  });

  it('names the fields of a reply', () => {
    const head = `02 01 06 03 12345678 0102 8000
      0a000001 0a000002 0a000003 0a000004  0200000000aa 00000000000000000000`;
    expect(accept(message({ head, sname: '73727600ff', file: '66696c65', options: '35 01 05 ff' }))).toEqual({
      operation: 2,
      hardwareType: 1,
      hops: 3,
      transactionId: 0x12345678,
      secondsElapsed: 0x0102,
      broadcast: true,
      clientIp: '10.0.0.1',
      yourIp: '10.0.0.2',
      serverIp: '10.0.0.3',
      relayIp: '10.0.0.4',
      clientMac: '02:00:00:00:00:aa',
      serverName: 'srv',
      bootFile: 'file',
      options: [{ code: 53, value: fromHex('05') }],
      messageType: 5,
    });
  });

  it('tells a client from a server', () => {
    expect(accept(message({ head: CLIENT_HEAD, options: 'ff' })).operation).toBe(BOOT_REQUEST);
    expect(accept(message({ head: SERVER_HEAD, options: 'ff' })).operation).toBe(BOOT_REPLY);
  });

  it('reads a reply of plain BOOTP, whose vendor area means nothing', () => {
    const bytes = message({ head: SERVER_HEAD, cookie: 'deadbeef', options: '35 01 05 ff' });
    expect(accept(bytes)).toMatchObject({
      isPlainBootp: true,
      options: [],
      messageType: null,
      yourIp: '192.168.1.50',
    });
  });

  it('ignores what fills up the hardware address', () => {
    const head = CLIENT_HEAD.replace('00000000000000000000', 'deadbeefdeadbeefdead');
    expect(accept(message({ head, options: '35 01 01 ff' })).clientMac).toBe('02:00:00:00:00:aa');
  });

  it('reads a transaction id with its highest bit as a positive number', () => {
    const head = CLIENT_HEAD.replace('40f8267d', 'ffffffff');
    expect(accept(message({ head, options: 'ff' })).transactionId).toBe(0xffffffff);
  });

  it('skips padding between options and stops at the end option', () => {
    expect(optionsOf(message({ options: '00 35 01 01 00 00 0c 01 61 ff 32 04 0a000001' }))).toEqual([
      '53:01',
      '12:61',
    ]);
  });

  it('accepts garbage after the end option', () => {
    expect(optionsOf(message({ options: `35 01 01 ff ${'fe'.repeat(40)}` }))).toEqual(['53:01']);
  });

  it('accepts an options field that ends without its end option', () => {
    expect(optionsOf(shortMessage({ options: '35 01 01  0c 02 6869' }))).toEqual(['53:01', '12:6869']);
    expect(optionsOf(shortMessage({ options: '' }))).toEqual([]);
  });

  it('leaves a message without type, or with a malformed one, to its caller', () => {
    expect(accept(message({ options: '0c 01 61 ff' })).messageType).toBeNull();
    expect(accept(message({ options: '35 02 0101 ff' })).messageType).toBeNull();
    expect(accept(message({ options: '35 00 ff' })).messageType).toBeNull();
  });

  it('joins an option that comes in pieces, in the place of the first (RFC 3396)', () => {
    expect(optionsOf(message({ options: '35 01 02  77 02 0161  0c 01 78  77 00  77 02 6200 ff' }))).toEqual([
      '53:02',
      '119:01616200',
      '12:78',
    ]);
  });

  it.each([
    [
      'file',
      '01',
      { file: '0c 02 6869 ff', serverName: 'boot', bootFile: null, options: ['53:02', '52:01', '12:6869'] },
    ],
    ['sname', '02', { file: '', serverName: null, bootFile: '', options: ['53:02', '52:02', '15:6c616e'] }],
    [
      'both, file first',
      '03',
      {
        file: '0c 02 6869 ff',
        serverName: null,
        bootFile: null,
        options: ['53:02', '52:03', '12:6869', '15:6c616e'],
      },
    ],
  ])('reads options out of %s where option 52 says so', (_name, overload, expected) => {
    const sname = overload === '01' ? '626f6f74' : '0f 03 6c616e ff';
    const bytes = message({ options: `35 01 02  34 01 ${overload} ff`, sname, file: expected.file });
    expect(optionsOf(bytes)).toEqual(expected.options);
    expect(accept(bytes)).toMatchObject({ serverName: expected.serverName, bootFile: expected.bootFile });
  });

  it('joins an option that goes on in an overloaded field', () => {
    const bytes = message({ options: '34 01 03  0c 01 61 ff', file: '0c 01 62 ff', sname: '0c 01 63 ff' });
    expect(optionsOf(bytes)).toEqual(['52:03', '12:616263']);
  });

  it('lets an overloaded field end without its end option, and go no further', () => {
    const file = `0c 7e ${'61'.repeat(126)}`;
    expect(optionsOf(message({ options: '34 01 01 ff', file }))).toEqual(['52:01', `12:${'61'.repeat(126)}`]);
    const refusal = { ok: false, reason: 'bad-option-length' };
    const beyondFile = `0c 7f ${'61'.repeat(126)}`;
    expect(decodeDhcp(message({ options: '34 01 01 ff', file: beyondFile }))).toEqual(refusal);
    const beyondSname = `0c 3f ${'61'.repeat(62)}`;
    expect(decodeDhcp(message({ options: '34 01 02 ff', sname: beyondSname }))).toEqual(refusal);
  });

  it('does not follow an overload that stands in an overloaded field', () => {
    const bytes = message({ options: '34 01 01 ff', file: '34 01 02 ff', sname: '0c 01 61 ff' });
    expect(accept(bytes).serverName).not.toBeNull();
    expect(optionsOf(bytes)).toEqual(['52:0102']);
  });

  it('fills a whole name field', () => {
    const { serverName, bootFile } = accept(
      message({ options: 'ff', sname: '61'.repeat(64), file: '62'.repeat(128) }),
    );
    expect([serverName, bootFile]).toEqual(['a'.repeat(64), 'b'.repeat(128)]);
  });

  it('copies option values from the buffer, which is used again', () => {
    const bytes = message({ options: '35 01 01 ff' });
    const { options } = accept(bytes);
    bytes.fill(0);
    expect(options).toEqual([{ code: 53, value: fromHex('01') }]);
  });

  it.each([
    ['nothing', new Uint8Array(0), 'truncated'],
    ['a message without room for options', message({ options: '' }).slice(0, 236), 'truncated'],
    ['a request of plain BOOTP', message({ cookie: '00000000', options: '' }), 'bootp'],
    [
      'a hardware address of 0 bytes',
      message({ head: CLIENT_HEAD.replace('01 01 06', '01 01 00'), options: 'ff' }),
      'bad-hardware-address',
    ],
    [
      'a hardware address of 16 bytes',
      message({ head: CLIENT_HEAD.replace('01 01 06', '01 20 10'), options: 'ff' }),
      'bad-hardware-address',
    ],
    [
      'a hardware address of 255 bytes',
      message({ head: CLIENT_HEAD.replace('01 01 06', '01 01 ff'), options: 'ff' }),
      'bad-hardware-address',
    ],
    [
      'a reply of plain BOOTP over another hardware',
      message({ head: SERVER_HEAD.replace('02 01 06', '02 06 06'), cookie: '00000000', options: '' }),
      'bootp',
    ],
    [
      'a reply of plain BOOTP to a group',
      message({ head: SERVER_HEAD.replace('0200000000aa', '0300000000aa'), cookie: '00000000', options: '' }),
      'bootp',
    ],
    ['an option beyond the end', shortMessage({ options: '35 01 01  0c 05 6869' }), 'bad-option-length'],
    ['an option cut before its length', shortMessage({ options: '35 01 01  0c' }), 'bad-option-length'],
  ])('refuses %s', (_name, bytes, reason) => {
    expect(decodeDhcp(bytes)).toEqual({ ok: false, reason });
  });

  it('refuses every cut inside an option', () => {
    const whole = shortMessage({ options: DISCOVER });
    const boundaries = [240, 243, 247, 256, 268, 277];
    for (let end = 240; end <= whole.length; end += 1) {
      expect(decodeDhcp(whole, 0, end).ok, `cut at ${end}`).toBe(boundaries.includes(end));
    }
  });
});

describe('encodeDhcp()', () => {
  const base = accept(message({ options: 'ff' }));

  it('splits what is longer than 255 bytes, and decodes back to it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1200, size: 'max' }), (value) => {
        const options = [{ code: 43, value }];
        const bytes = encodeDhcp({ ...base, options });
        expect(accept(bytes).options).toEqual(options);
      }),
    );
  });

  it('cuts a name to its field', () => {
    const bytes = encodeDhcp({ ...base, serverName: 'a'.repeat(100), bootFile: 'b' });
    expect(accept(bytes)).toMatchObject({ serverName: 'a'.repeat(64), bootFile: 'b' });
  });

  it('grows beyond 300 bytes where the options need it', () => {
    expect(encodeDhcp(base).length).toBe(300);
    expect(encodeDhcp({ ...base, options: [{ code: 43, value: new Uint8Array(100) }] }).length).toBe(
      240 + 102 + 1,
    );
  });
});
