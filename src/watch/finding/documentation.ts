/** Where docs/findings.md can be read: it has a section for each kind of finding and for each alert. */
export const FINDINGS_PAGE = 'https://github.com/vipwatch/vipwatch/blob/main/docs/findings.md';
