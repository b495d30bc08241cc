// Names that strangers chose, in messages.
import { describe, expect, it } from 'vitest';
import { quotedName } from '../../src/base/quoted-name.ts';

describe('a host name in a message', () => {
  it.each([
    ['luca-phone', '"luca-phone"'],
    ["Luca's iPhone", '"Luca’s iPhone"'],
    ['Søren Müller 手机 ٣', '"Søren Müller 手机 ٣"'],
    ['Galaxy_S21', '"Galaxy-S21"'],
    ['web-1.example.com', '"web-1…"'],
    ['evil.example/x', '"evil…"'],
    ['<!channel>', '"��channel�"'],
    ['<https://evil|click>', '"�https���evil�click�"'],
    ['`rm`*b*~s~[a](b){{ . }}', '"�rm��b��s��a��b��� …"'],
    ['<b>x</b>&amp;', '"�b�x��b��amp�"'],
    ['@here #all /start', '"�here �all �start"'],
    ['a" (02:00:00:00:00:bb) released', '"a� �02�00�00�00�00�bb� released"'],
    ['“a”', '"�a�"'],
    ['a\\"b', '"a��b"'],
    ['.', '"…"'],
    ['x'.repeat(64), `"${'x'.repeat(64)}"`],
    ['x'.repeat(65), `"${'x'.repeat(63)}…"`],
    ['𝒳'.repeat(70), `"${'𝒳'.repeat(63)}…"`],
  ])('%s', (name, quoted) => {
    expect(quotedName(name)).toBe(quoted);
  });
});
