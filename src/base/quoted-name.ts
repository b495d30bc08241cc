// What a machine calls itself, in messages that people read: in Slack, Telegram, a browser, a terminal. The name is a stranger's
// choice, and stands among our own words: it must not look like one of them, nor mean anything to what shows it.

/** Characters, and what a name that is cut ends with. */
const LONGEST = 64;
const CUT = '…';
/** What nearly all machines are called: nothing of it is to be replaced or cut. */
const USUAL = /^[A-Za-z0-9 -]{1,64}$/;
/** Neither markup nor a link, a mention or a quotation mark: letters and digits of any script, and what joins them. */
const MEANINGFUL = /[^\p{L}\p{N}\p{M} ’-]/gu;

/**
 * `"luca-phone"`. Without its domain, which would be a link; an underscore, which is markup, is a hyphen, and whatever else may
 * mean something is U+FFFD. The API has the name as it was sent.
 */
export function quotedName(name: string): string {
  if (USUAL.test(name)) return `"${name}"`;
  const dot = name.indexOf('.');
  const host = dot < 0 ? name : name.slice(0, dot);
  const plain = host.replaceAll('_', '-').replaceAll("'", '’').replaceAll(MEANINGFUL, '\ufffd');
  const characters = [...plain];
  const isWhole = dot < 0 && characters.length <= LONGEST;
  return `"${isWhole ? plain : characters.slice(0, LONGEST - 1).join('') + CUT}"`;
}
