// docs/findings.md as the page that every agent serves: one HTML text without a script, that asks nobody for anything.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Marked, type Tokens } from 'marked';

const MARKDOWN = join(import.meta.dirname, '../docs/findings.md');

/** Wide things scroll by themselves, so that the page fits a phone. */
const STYLE = `:root{color-scheme:light dark;--line:#8886}
body{font:16px/1.55 system-ui,sans-serif;max-width:52rem;margin:0 auto;padding:1rem;overflow-wrap:break-word}
h1,h2,h3{line-height:1.25;scroll-margin-top:1rem}
h2{margin-top:3rem;padding-top:1rem;border-top:1px solid var(--line)}
:target{background:#fc06}
code,pre{font:.875em/1.45 ui-monospace,monospace}
code{background:#8882;border-radius:3px;padding:.1em .3em}
pre{background:#8882;padding:.75rem;overflow-x:auto}
pre code{background:none;padding:0}
table{display:block;overflow-x:auto;border-collapse:collapse}
th,td{border:1px solid var(--line);min-width:6rem;padding:.3rem .6rem;text-align:left;vertical-align:top}
cite{font-style:normal;text-decoration:underline dotted}`;

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const marked = new Marked({
  renderer: {
    heading({ tokens, depth, text }: Tokens.Heading) {
      return `<h${depth} id="${slugOf(text)}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
    },
    /** Other pages are not served: what they are called is told. */
    link({ href, tokens }: Tokens.Link) {
      const text = this.parser.parseInline(tokens);
      return href.startsWith('#') ? `<a href="${href}">${text}</a>` : `<cite title="${href}">${text}</cite>`;
    },
  },
});

/** As the sites do that show Markdown. */
function slugOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}

/** JSON, which Node reads in a checkout as the bundle does; in lines, so that a change can be read. */
export function findingsPageText(): string {
  const body = marked.parse(readFileSync(MARKDOWN, 'utf8'), { async: false });
  const html = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>vipwatch: findings and alerts</title>
<style>${STYLE}</style>
</head>
<body>
${body}</body>
</html>
`;
  const page = { contentSecurityPolicy: CONTENT_SECURITY_POLICY, lines: html.split('\n') };
  return `${JSON.stringify(page, null, 2)}\n`;
}
