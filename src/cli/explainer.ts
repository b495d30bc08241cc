// What `vipwatch explain` does: shows a section of docs/findings.md or docs/checks.md, which go with the program.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { styleText } from 'node:util';
import { mostSimilar } from '../base/similar.ts';
import { type Terminal, UsageError } from './terminal.ts';

/** From src/cli/ as from dist/chunks/. */
const DOCS = join(import.meta.dirname, '../../docs');
const PAGES = ['findings.md', 'checks.md'];

interface Section {
  readonly page: string;
  readonly title: string;
  /** Markdown, without the heading. */
  readonly text: string;
}

/** All that is explained, by name. */
export function explained(): string[] {
  return PAGES.flatMap(sectionsOf).map(({ title }) => title);
}

/** @throws UsageError where there is no such section. */
export function explain(kind: string | null, terminal: Terminal): void {
  const sections = PAGES.flatMap(sectionsOf);
  if (kind === null) return listAll(sections, terminal);
  const wanted = kind.toLowerCase();
  const section = sections.find(({ title }) => title.toLowerCase() === wanted);
  if (section === undefined) {
    const near = mostSimilar(
      kind,
      sections.map(({ title }) => title),
    );
    const hint = near === undefined ? 'vipwatch explain lists all names' : `did you mean ${near}?`;
    throw new UsageError(`There is no finding, alert or check "${kind}": ${hint}`);
  }
  terminal.write(`${paint(terminal, 'bold', section.title)}\n\n${shown(section.text, terminal)}\n`);
}

function listAll(sections: readonly Section[], terminal: Terminal): void {
  const longest = Math.max(...sections.map(({ title }) => title.length));
  for (const { title, text } of sections) {
    const room = terminal.isTerminal
      ? Math.max(20, terminal.columns - longest - 3)
      : Number.POSITIVE_INFINITY;
    const first = plain(firstSentence(text));
    const short = first.length > room ? `${first.slice(0, room - 1)}…` : first;
    terminal.write(`${paint(terminal, 'bold', title.padEnd(longest))}  ${short}\n`);
  }
}

/** Sections that are called by one word: a kind of finding, an alert, a check. */
function sectionsOf(page: string): Section[] {
  const [, ...parts] = readFileSync(join(DOCS, page), 'utf8').split(/^#{2,3} (?=[\w-]+$)/m);
  return parts.flatMap((part) => {
    const end = part.indexOf('\n');
    const title = part.slice(0, end);
    // Up to the next heading, which may be one of several words.
    const text = part
      .slice(end)
      .split(/^#{1,3} /m, 1)[0]!
      .trim();
    return text === '' || !/^([a-z0-9]+-[a-z0-9-]+|Vipwatch\w+)$/.test(title) ? [] : [{ page, title, text }];
  });
}

function firstSentence(text: string): string {
  const paragraph = text.split('\n\n', 1)[0]!.replaceAll('\n', ' ');
  return paragraph.replace(/^\*\*What it means\.\*\* /, '').split(/(?<=[.:]) (?=[A-Z])/, 1)[0]!;
}

/** Links as their words, code without its marks but where it is of several words. */
function plain(markdown: string): string {
  return markdown
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/`([^`\s]*)`/g, '$1')
    .replaceAll('**', '');
}

/** Paragraphs as wide as the terminal; code and tables as they are. */
function shown(markdown: string, terminal: Terminal): string {
  const width = Math.min(100, terminal.columns);
  return markdown
    .split(/\n{2,}/)
    .map((block) => {
      if (/^```/.test(block))
        return block
          .replaceAll(/^```.*\n?/gm, '')
          .replaceAll(/^/gm, '    ')
          .trimEnd();
      if (block.startsWith('|')) return tableText(block, width);
      if (/^([-*]|\d+\.) /.test(block))
        return block
          .split(/\n(?=(?:[-*]|\d+\.) )/)
          .map((item) => wrapped(item, width, '  ', terminal))
          .join('\n');
      return wrapped(block, width, '', terminal);
    })
    .join('\n\n');
}

function wrapped(paragraph: string, width: number, indent: string, terminal: Terminal): string {
  const [, head = '', rest = paragraph] = /^\*\*([^*]+)\*\*\s*(.*)$/s.exec(paragraph) ?? [];
  const words = `${plain(head)} ${plain(rest)}`.trim().split(/\s+/);
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = indent + word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  const text = [...lines, line].join('\n');
  return head === '' ? text : paint(terminal, ['bold', 'cyan'], plain(head)) + text.slice(plain(head).length);
}

/** Each row as `first: second`, for a table of Markdown is wider than a terminal. */
function tableText(block: string, width: number): string {
  const rows = block
    .split('\n')
    .filter((row) => !/^\|[\s|:-]+\|$/.test(row))
    .slice(1)
    .map((row) =>
      row
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => plain(cell).trim()),
    );
  const noTerminal = { color: false } as Terminal;
  return rows
    .map(
      ([first = '', ...others]) =>
        `  ${wrapped(`${first}: ${others.join('; ')}`, width - 2, '      ', noTerminal)}`,
    )
    .join('\n');
}

function paint({ color }: Terminal, style: Parameters<typeof styleText>[0], text: string): string {
  return color ? styleText(style, text, { validateStream: false }) : text;
}
