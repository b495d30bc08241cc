// What is written by people and by other programs as text: addresses, ranges, lengths of time.
import { parseDuration } from '../../../src/base/duration.ts';
import { parseIp, parseMac } from '../../../src/net/address.ts';
import { parseRange, rangeText } from '../../../src/net/range.ts';
import { bytesOf, law, type Target, textOf } from '../target.ts';

export const values: Target = {
  kind: 'text',
  seeds: [
    ...[
      '192.168.1.1',
      'fd00::1',
      '::ffff:192.168.1.1',
      '2001:db8:0:0:1:0:0:1',
      '02:00:00:00:00:10',
      '0200.0000.0010',
    ],
    ...[
      '192.168.1.240-192.168.1.245',
      '192.168.1.0/24',
      'fd00::/120',
      'fd00::1-fd00::f',
      '1h30m',
      '1.5s',
      '250ms',
    ],
  ].map(bytesOf),
  words: [
    '.',
    ':',
    '::',
    '-',
    '/',
    '0',
    '00',
    '255',
    '256',
    'ffff',
    '32',
    '128',
    'ms',
    's',
    'm',
    'h',
    '%eth0',
    ' ',
  ],
  run: (input) => {
    const text = textOf(input);
    for (const parse of [parseIp, parseMac]) {
      const value = parse(text);
      law(value === undefined || parse(value) === value, 'what was read is written so that it is read again');
    }
    const range = parseRange(text);
    if (typeof range !== 'string')
      law(rangeText(range) === rangeText(rangeOf(rangeText(range))), 'a range is read as it is written');
    const length = parseDuration(text);
    law(length === undefined || Number.isFinite(length), 'a length of time is a number');
  },
};

function rangeOf(text: string) {
  const range = parseRange(text);
  law(typeof range !== 'string', 'a range is read as it is written', text);
  return range;
}
