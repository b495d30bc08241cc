// A configuration's text: YAML 1.2, one document. Reading the file itself is the caller's.
import { LineCounter, parseDocument } from 'yaml';
import { type Config, ConfigError, type ConfigSurroundings, checkConfig } from './config.ts';

/**
 * @param source what to call the text in errors, usually the file's name.
 * @throws ConfigError listing every mistake: those of the YAML with their line, else those of the configuration.
 */
export function parseConfig(text: string, source: string, surroundings: ConfigSurroundings): Config {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.some((error) => error.code === 'MULTIPLE_DOCS')) {
    throw new ConfigError(source, ['holds several YAML documents: expected one']);
  }
  if (document.errors.length > 0) {
    const mistakes = document.errors.map((error) => {
      const { line, col } = lines.linePos(error.pos[0]);
      return `line ${line}, column ${col}: ${error.message.split('\n', 1)[0]}`;
    });
    throw new ConfigError(source, mistakes);
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    // An alias without its anchor, or aliases that multiply.
    throw new ConfigError(source, [(error as Error).message]);
  }
  return checkConfig(value, source, surroundings);
}
