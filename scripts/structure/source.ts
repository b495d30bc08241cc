// What the source imports and reaches for, read off its text.
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** Paths below src/, with what stands there. */
export type Source = ReadonlyMap<string, string>;

export interface Import {
  readonly from: string;
  /** A path below src/, or what the module is called elsewhere; null where it is computed. */
  readonly to: string | null;
  /** The names taken of it, as the module calls them; null where all of it is, or only its effect is wanted. */
  readonly names: readonly string[] | null;
  /** Only its types: nothing of it is there when the program runs. */
  readonly isType: boolean;
}

export function readSource(folder: string): Source {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  return new Map(names.sort().map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

const STATIC = /^[ \t]*(import|export)\s+(type\s+)?(?:([^'";]*?)\s*from\s*)?['"]([^'"]+)['"]/gm;
const DYNAMIC = /\b(?:import|require)\s*\(\s*(?:(['"])([^'"]+)\1\s*[,)])?/g;

/** Every import of a file: static, for its effect, by `import()`, and re-exports. */
export function importsOf(file: string, text: string): Import[] {
  const code = withoutComments(text);
  const resolved = (to: string) => (to.startsWith('.') ? posix.join(posix.dirname(file), to) : to);
  const ofStatements = [...code.matchAll(STATIC)].map(([, , type, clause, to]): Import => {
    const names = clause === undefined ? null : namesIn(clause);
    const isType =
      type !== undefined || (names !== null && names.length > 0 && names.every((name) => name.isType));
    return {
      from: file,
      to: resolved(to!),
      names: names?.map(({ name }) => name) ?? null,
      isType,
    };
  });
  const ofCalls = [...code.matchAll(DYNAMIC)].map(([, , to]): Import => {
    return { from: file, to: to === undefined ? null : resolved(to), names: null, isType: false };
  });
  return [...ofStatements, ...ofCalls];
}

/** Of `{ a, type B, c as d }`; null for a whole module. */
function namesIn(clause: string): { name: string; isType: boolean }[] | null {
  const braces = /^\{([\s\S]*)\}$/.exec(clause.trim());
  if (!braces) return null;
  return braces[1]!
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
    .map((word) => ({
      name: word.replace(/^type\s+/, '').split(/\s+as\s+/)[0]!,
      isType: word.startsWith('type '),
    }));
}

/** Strings stay: a `//` in one begins no comment. */
export function withoutComments(text: string): string {
  return text.replaceAll(
    /(['"])(?:\\.|(?!\1)[^\\\n])*\1|`(?:\\.|[^\\`])*`|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g,
    (found) => (found.startsWith('/*') || found.startsWith('//') ? found.replaceAll(/[^\n]/g, ' ') : found),
  );
}

export function withoutImports(code: string): string {
  return code.replaceAll(STATIC, '');
}

/** Strings are emptied: what a sentence names is not used. What a template computes stays. */
export function withoutStrings(code: string): string {
  return code.replaceAll(/(['"])(?:\\.|(?!\1)[^\\\n])*\1/g, "''");
}
