// GET /api/v1/intent: what VIPs are judged by, as a configuration that a replay takes.
import { intentYaml, renderIntent } from '../../render/intent.ts';
import { IntentSchema } from '../../render/row-schemas.ts';
import { piecesOf } from '../pieces.ts';
import type { Route } from '../route.ts';

const YAML = 'application/yaml';

export const intent: Route = {
  method: 'GET',
  path: '/api/v1/intent',
  id: 'getIntent',
  tag: 'vips',
  summary: 'The intent in force, as a static configuration: `vipwatch replay --intent` takes it',
  description:
    'With `Accept: application/yaml` it is YAML. A static configuration cannot hold all that the Kubernetes API says, for example which node is elected.',
  answer: { description: 'The intent', schema: IntentSchema },
  handle: async ({ sources, answers }, request, reply) => {
    const asYaml = request.headers.accept?.includes(YAML) ?? false;
    const pieces = await answers.make(request, (pause) => {
      const file = renderIntent(sources.view.intent());
      return piecesOf(asYaml ? intentYaml(file) : [JSON.stringify(file)], pause);
    });
    reply.type(`${asYaml ? YAML : 'application/json'}; charset=utf-8`).header('vary', 'accept');
    return answers.send(reply, pieces ?? []);
  },
};
