// Who decides what a token may do, as a test wants it, and what was asked.
import type { Authorization, Authorizer, ChangeVerb } from '../../../src/serve/http/authorization.ts';

export class Porter implements Authorizer {
  readonly asked: [token: string, verb: ChangeVerb][] = [];
  answer: Authorization = { kind: 'allowed', user: 'carol' };
  async authorize(token: string, verb: ChangeVerb): Promise<Authorization> {
    this.asked.push([token, verb]);
    return this.answer;
  }
}
