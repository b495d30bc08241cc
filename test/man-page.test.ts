// The manual page that goes with the npm package: whole, and in the language of man(7).
import { describe, expect, it } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { manPage } from '../scripts/man-page.ts';

const PAGE = manPage();
const LINES = PAGE.trimEnd().split('\n');
/** As a reader sees a line. */
const shown = (line: string) => line.replace(/^\\&/, '').replaceAll('\\-', '-').replaceAll('\\e', '\\');
const TEXT = LINES.map(shown).join('\n');
const sections = (macro: string) =>
  LINES.filter((line) => line.startsWith(`${macro} `)).map((line) => shown(line.slice(macro.length + 1)));

describe('vipwatch(1)', () => {
  it('has its name, the version, and the sections that readers look for', () => {
    expect(LINES[0]).toBe(`.TH VIPWATCH 1 "" "vipwatch ${packageJson.version}"`);
    expect(TEXT).toContain(`.SH NAME\nvipwatch - ${packageJson.description}\n`);
    expect(sections('.SH')).toEqual(['NAME', 'SYNOPSIS', 'OPTIONS', 'COMMANDS', 'EXAMPLES AND EXIT CODES']);
  });

  it('has every command with its arguments, those within commands too, and none that is hidden', () => {
    const commands = sections('.SS').map((line) => line.slice(1, -1));
    expect(commands).toEqual(
      expect.arrayContaining([
        'status [options]',
        'run [options]',
        'config validate [options] <file>',
        'check [options] [files...]',
        'failover-test [options] <vip>',
        'version [options]',
      ]),
    );
    expect(commands.filter((command) => /freeze|^help/.test(command))).toEqual([]);
  });

  it('has options with what they mean, --help once, examples and exit codes', () => {
    expect(TEXT).toContain('.TP\n.B --fail-on <severity>\nexit code 1 if such a finding is raised (choices:');
    expect(TEXT).toContain('.TP\n.B files\nmanifests: files, folders, or - for standard input;');
    expect(TEXT.match(/^\.B -h, --help$/gm)).toHaveLength(1);
    expect(TEXT).toMatch(/^\.SS "replay .*\n(?:(?!\.SS).*\n)*\.nf\nExamples:\n {2}\$ sudo vipwatch capture/m);
    expect(TEXT).toMatch(/\n70 if vipwatch has a bug\. .* please report it\.\n\.fi$/);
  });

  it('says nothing of the machine that made it', () => {
    expect(TEXT).not.toContain(process.execPath);
    expect(TEXT).toContain('setcap cap_net_raw+ep "$(readlink -f "$(command -v node)")"');
  });

  it('takes no text for a request, nor a hyphen of an option for one of a word', () => {
    const requests = LINES.filter((line) => /^[.']/.test(line)).map((line) => line.split(' ')[0]);
    expect(new Set(requests)).toEqual(new Set(['.TH', '.SH', '.SS', '.B', '.TP', '.PP', '.nf', '.fi']));
    expect(LINES.filter((line) => /(?<!\\)-/.test(line))).toEqual([]);
    expect(LINES.filter((line) => /\\(?![-e&])/.test(line))).toEqual([]);
  });
});
