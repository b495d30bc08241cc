// The Pod that freezes a speaker: this agent's own image on the announcing node, for as long as the test needs it.

import { at, items, textAt } from '../../base/json.ts';
import type { Seconds } from '../../base/time.ts';

export interface FreezerOptions {
  readonly name: string;
  readonly node: string;
  /** The speaker's Pod. */
  readonly speaker: string;
  /** How long the speaker stays frozen, at most. */
  readonly seconds: Seconds;
}

export const FREEZER_LABELS = { 'app.kubernetes.io/name': 'vipwatch-freezer' };

/** Beyond the time that the speaker is frozen: to be started, and to end by itself. Seconds. */
const MARGIN = 60;
/** What it takes to end, from being told to. Seconds. */
const GRACE = 5;

/**
 * @param own this agent's Pod: the freezer is of the same image, pulled in the same way, with the same claim to memory
 * and time. Where it is ended for want of them, nobody tells the speaker to go on.
 */
export function freezerPod(own: unknown, { name, node, speaker, seconds }: FreezerOptions): object {
  const [container] = items(at(own, 'spec', 'containers'));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: FREEZER_LABELS },
    spec: {
      nodeName: node,
      // The speaker is a process of the node's.
      hostPID: true,
      // An account must be there; its token is of no use.
      serviceAccountName: textAt(own, 'spec', 'serviceAccountName'),
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      restartPolicy: 'Never',
      activeDeadlineSeconds: Math.ceil(seconds) + MARGIN,
      terminationGracePeriodSeconds: GRACE,
      priorityClassName: textAt(own, 'spec', 'priorityClassName'),
      tolerations: [{ operator: 'Exists' }],
      imagePullSecrets: at(own, 'spec', 'imagePullSecrets'),
      containers: [
        {
          name: 'freezer',
          image: textAt(container, 'image'),
          imagePullPolicy: textAt(container, 'imagePullPolicy'),
          resources: at(container, 'resources'),
          // What it says of a failure is then in its status.
          terminationMessagePolicy: 'FallbackToLogsOnError',
          args: ['freeze-speaker', '--pod', speaker, '--seconds', String(Math.ceil(seconds))],
          securityContext: {
            runAsUser: 0,
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            // To find the speaker by its environment, and to signal it whatever its user.
            capabilities: { drop: ['ALL'], add: ['KILL', 'SYS_PTRACE'] },
            seccompProfile: { type: 'RuntimeDefault' },
            // Containers of other Pods may be signalled by this type alone; of no matter without SELinux.
            seLinuxOptions: { type: 'spc_t' },
          },
        },
      ],
    },
  };
}
