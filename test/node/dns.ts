// The cluster's DNS: CoreDNS as installers of Kubernetes bring it, without what leads to names outside the cluster.

/** Of the Service that every Pod asks. */
export const DNS_ADDRESS = '10.96.0.10';
export const CLUSTER_DOMAIN = 'cluster.local';
export const DNS_IMAGE = 'localhost/coredns:1';
export const DNS_NAMESPACE = 'kube-system';
export const DNS = 'coredns';

const COREFILE = `.:53 {
    errors
    ready
    kubernetes ${CLUSTER_DOMAIN} in-addr.arpa ip6.arpa
}
`;

export function dnsObjects(): object[] {
  const labels = { 'k8s-app': 'kube-dns' };
  const metadata = { name: DNS, namespace: DNS_NAMESPACE };
  const container = {
    name: DNS,
    image: DNS_IMAGE,
    imagePullPolicy: 'Never',
    args: ['-conf', '/etc/coredns/Corefile'],
    volumeMounts: [{ name: 'config', mountPath: '/etc/coredns', readOnly: true }],
    readinessProbe: { httpGet: { path: '/ready', port: 8181 }, periodSeconds: 1 },
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] },
      readOnlyRootFilesystem: true,
    },
  };
  const rbac = 'rbac.authorization.k8s.io';
  const reads = ['list', 'watch'];
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRole',
      metadata: { name: 'system:coredns' },
      rules: [
        { apiGroups: [''], resources: ['services', 'pods', 'namespaces'], verbs: reads },
        { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: reads },
      ],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: 'system:coredns' },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'system:coredns' },
      subjects: [{ kind: 'ServiceAccount', name: DNS, namespace: DNS_NAMESPACE }],
    },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { Corefile: COREFILE } },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: DNS,
            dnsPolicy: 'Default',
            priorityClassName: 'system-cluster-critical',
            containers: [container],
            volumes: [{ name: 'config', configMap: { name: DNS } }],
          },
        },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'kube-dns', namespace: DNS_NAMESPACE },
      spec: {
        clusterIP: DNS_ADDRESS,
        selector: labels,
        ports: [
          { name: 'dns', port: 53, protocol: 'UDP' },
          { name: 'dns-tcp', port: 53, protocol: 'TCP' },
        ],
      },
    },
  ];
}
