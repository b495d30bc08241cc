{{/* The name of the objects. */}}
{{- define "vipwatch.fullname" -}}
{{- .Values.fullnameOverride | default .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* What never changes of an installation. The name is fixed: agents find each other's pods by it. */}}
{{- define "vipwatch.selectorLabels" -}}
app.kubernetes.io/name: vipwatch
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "vipwatch.labels" -}}
{{ include "vipwatch.selectorLabels" . }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | trunc 63 | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{- define "vipwatch.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "vipwatch.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{- define "vipwatch.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{/* Not empty where the agents read the Kubernetes API: inside a cluster that is the default of intent.source. */}}
{{- define "vipwatch.readsCluster" -}}
{{- $intent := .Values.config.intent | default dict -}}
{{- if ne ($intent.source | default "kubernetes") "static" -}}true{{- end -}}
{{- end -}}

{{/* Not empty where findings are told by Events of the objects concerned. */}}
{{- define "vipwatch.writesEvents" -}}
{{- $intent := .Values.config.intent | default dict -}}
{{- $kubernetes := $intent.kubernetes | default dict -}}
{{- $events := true -}}
{{- if hasKey $kubernetes "events" -}}{{- $events = $kubernetes.events -}}{{- end -}}
{{- if and (include "vipwatch.readsCluster" .) $events -}}true{{- end -}}
{{- end -}}

{{/* Not empty where one agent reads the table of a DHCP server for all of them. */}}
{{- define "vipwatch.importsByUrl" -}}
{{- $dhcp := .Values.config.dhcp | default dict -}}
{{- $urls := list -}}
{{- range $dhcp.import | default list -}}{{- if .url -}}{{- $urls = append $urls .url -}}{{- end -}}{{- end -}}
{{- if and (include "vipwatch.readsCluster" .) $urls -}}true{{- end -}}
{{- end -}}

{{/* Not empty where one agent looks at all of the cluster now and then. */}}
{{- define "vipwatch.checks" -}}
{{- $check := .Values.config.check | default dict -}}
{{- if and (include "vipwatch.readsCluster" .) $check.every -}}true{{- end -}}
{{- end -}}

{{/* Not empty where the journal is kept on the node. */}}
{{- define "vipwatch.keepsJournal" -}}
{{- $journal := .Values.config.journal | default dict -}}
{{- $path := $journal.path | default "/var/lib/vipwatch/journal.db" -}}
{{- if ne $path ":memory:" -}}
{{- if not (regexMatch "^/var/lib/vipwatch/[^/]+$" $path) -}}
{{- fail (printf "config.journal.path is %s: in the pod only /var/lib/vipwatch can be written; say by journal.hostPath which folder of the node that is" $path) -}}
{{- end -}}
true
{{- end -}}
{{- end -}}

{{- define "vipwatch.port" -}}
{{- $http := .Values.config.http | default dict -}}
{{- $http.port | default 9797 -}}
{{- end -}}

{{/* The kubelet asks the node's address, which reaches a server that listens on all addresses, and on no other. */}}
{{- define "vipwatch.probe" -}}
{{- $http := .context.Values.config.http | default dict -}}
{{- $address := $http.address | default "0.0.0.0" -}}
httpGet:
  path: {{ .path }}
  port: http
  {{- if not (has $address (list "0.0.0.0" "::")) }}
  host: {{ $address | quote }}
  {{- end }}
{{- end -}}

{{/*
honorLabels: the metrics have labels `namespace` and `service` of their own, those of a VIP, which the operator's would push aside.
instance: the node's name tells an operator more than an address, and it outlives one.
*/}}
{{- define "vipwatch.monitorEndpoint" -}}
port: http
path: /metrics
honorLabels: true
{{- with .interval }}
interval: {{ . }}
{{- end }}
relabelings:
  - sourceLabels: [__meta_kubernetes_pod_node_name]
    targetLabel: instance
{{- end -}}

{{/* Not empty where the API server is told what a token of the agents may write; Kubernetes 1.30 is the first that can be. */}}
{{- define "vipwatch.confinesAgents" -}}
{{- if and .Values.admissionPolicy.enabled (include "vipwatch.readsCluster" .) (semverCompare ">=1.30.0-0" .Capabilities.KubeVersion.Version) -}}true{{- end -}}
{{- end -}}

{{/* The agents' configuration. The program's own default has `drain`, which takes the right to change every Node. */}}
{{- define "vipwatch.config" -}}
{{- $config := deepCopy .Values.config -}}
{{- $tests := $config.failoverTest | default dict -}}
{{- if and (include "vipwatch.readsCluster" .) (not (include "vipwatch.confinesAgents" .)) (not (hasKey $tests "modes")) -}}
{{- $_ := set $config "failoverTest" (set $tests "modes" (list "observe")) -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}

{{/* The modes of failover tests that may be asked for, each with a comma before and behind it; empty: none. */}}
{{- define "vipwatch.testModes" -}}
{{- $tests := .Values.config.failoverTest | default dict -}}
{{- $modes := list "observe" -}}
{{- if include "vipwatch.confinesAgents" . -}}{{- $modes = list "observe" "drain" -}}{{- end -}}
{{- if hasKey $tests "modes" -}}{{- $modes = $tests.modes | default list -}}{{- end -}}
{{- if include "vipwatch.readsCluster" . -}}{{- range $modes -}},{{ . }},{{- end -}}{{- end -}}
{{- end -}}

{{/* The mark of a failover test, by the uid of its object, as a regular expression. */}}
{{- define "vipwatch.testMark" -}}
^vipwatch-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$
{{- end -}}

{{/*
A policy for what the agents write to the resources named after `subject`, and its binding, up to the variables, where the file goes on:
RBAC has no words for which field of a Node, whose Pod, which Event.
*/}}
{{- define "vipwatch.admissionPolicy" -}}
{{- $name := printf "%s-%s" (include "vipwatch.fullname" .context) .subject -}}
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: {{ $name }}
  labels:
    {{- include "vipwatch.labels" .context | nindent 4 }}
spec:
  policyName: {{ $name }}
  validationActions: [Deny]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: {{ $name }}
  labels:
    {{- include "vipwatch.labels" .context | nindent 4 }}
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules:
      - apiGroups: [""]
        apiVersions: ["*"]
        operations: [CREATE, UPDATE, DELETE]
        resources: [{{ .subject }}, {{ .subject }}/*]
  matchConditions:
    - name: agents
      expression: request.userInfo.username == 'system:serviceaccount:{{ .context.Release.Namespace }}:{{ include "vipwatch.serviceAccountName" .context }}'
  variables:
    # For which Pod the token was made, as the API server knows it; a token that is bound to none changes nothing.
    - name: pod
      expression: request.userInfo.?extra[?'authentication.kubernetes.io/pod-name'][?0].orValue('')
{{- end -}}
