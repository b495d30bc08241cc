{{/* The name of the objects: RELEASE-CHART, or the release's alone where that contains the chart's. */}}
{{- define "vipwatch.fullname" -}}
{{- $name := .Values.nameOverride | default .Chart.Name -}}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- .Values.fullnameOverride | default $full | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* What never changes of an installation. The name is fixed: agents find each other's pods by it. */}}
{{- define "vipwatch.selectorLabels" -}}
app.kubernetes.io/name: vipwatch
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "vipwatch.labels" -}}
{{ include "vipwatch.mergedLabels" (dict "context" . "own" (include "vipwatch.ownLabels" .)) }}
{{- end -}}

{{- define "vipwatch.ownLabels" -}}
{{ include "vipwatch.selectorLabels" . }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | trunc 63 | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{/* Each key once: `own` wins over `extra`, which wins over the labels of all objects. */}}
{{- define "vipwatch.mergedLabels" -}}
{{- toYaml (merge (dict) (fromYaml .own) (.extra | default dict) (.context.Values.commonLabels | default dict)) -}}
{{- end -}}

{{/* Of an object with labels of its own, by which another program selects it: these win. */}}
{{- define "vipwatch.labelsWith" -}}
{{- toYaml (merge (dict) (.extra | default dict) (include "vipwatch.labels" .context | fromYaml)) -}}
{{- end -}}

{{- define "vipwatch.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "vipwatch.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{/* No name is the default: whoever owned it at a public registry would run as root on every node. */}}
{{- define "vipwatch.image" -}}
{{- $image := .Values.image -}}
{{- if not $image.repository -}}
{{- fail "image.repository is not set: say where your nodes find the image, such as image.repository=REGISTRY/vipwatch; or image.repository=localhost/vipwatch, where you loaded it into every node (docs/install.md)" -}}
{{- end -}}
{{- $global := .Values.global | default dict -}}
{{- with $image.registry | default $global.imageRegistry -}}{{ . }}/{{- end -}}
{{ $image.repository }}
{{- if $image.digest -}}@{{ $image.digest }}{{- else -}}:{{ $image.tag | default .Chart.AppVersion }}{{- end -}}
{{- end -}}

{{/* An image that was loaded into the nodes is pulled from nowhere. */}}
{{- define "vipwatch.pullPolicy" -}}
{{- .Values.image.pullPolicy | default (ternary "Never" "IfNotPresent" (hasPrefix "localhost/" (include "vipwatch.image" .))) -}}
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

{{- define "vipwatch.address" -}}
{{- $http := .Values.config.http | default dict -}}
{{- $http.address | default "0.0.0.0" -}}
{{- end -}}

{{/* Not empty where nobody but the node itself can ask. */}}
{{- define "vipwatch.onlyNode" -}}
{{- $address := include "vipwatch.address" . -}}
{{- if or (hasPrefix "127." $address) (eq $address "::1") -}}true{{- end -}}
{{- end -}}

{{/* The kubelet asks the node's address, which reaches a server that listens on all addresses, and on no other. */}}
{{- define "vipwatch.probe" -}}
{{- $address := include "vipwatch.address" .context -}}
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
{{- with .scrapeTimeout }}
scrapeTimeout: {{ . }}
{{- end }}
relabelings:
  - sourceLabels: [__meta_kubernetes_pod_node_name]
    targetLabel: instance
  {{- with .relabelings }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .metricRelabelings }}
metricRelabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
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
