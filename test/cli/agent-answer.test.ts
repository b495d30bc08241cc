// What an agent answers, before anything of it is written to a terminal.
import { describe, expect, it } from 'vitest';
import { parsedAnswer } from '../../src/cli/agent-answer.ts';

describe('what an agent answers', () => {
  it('has no control characters, neither in its values nor in its keys', () => {
    const parsed = parsedAnswer('{"\\u001b[2Ja": ["\\u001b[31m", {"b\\u202e": 1}], "__proto__": 2}');
    expect(JSON.stringify(parsed)).toBe('{"?[2Ja":["?[31m",{"b?":1}],"__proto__":2}');
  });
});
