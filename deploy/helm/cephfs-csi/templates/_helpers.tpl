{{- define "cephfs-csi.labels" -}}
app.kubernetes.io/name: {{ .Values.name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "cephfs-csi.image" -}}
{{ with .Values.image.registry }}{{ . }}/{{ end }}{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- /* As csi-lib-utils makes a lease's name of a driver's. */ -}}
{{- define "cephfs-csi.lease" -}}
{{ regexReplaceAll "[^a-zA-Z0-9-]" .Values.driverName "-" }}
{{- end }}

{{- define "cephfs-csi.confined" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- /* A sidecar of the controller: root, name, image, port, args; and socket, more, env, where it has them. */ -}}
{{- define "cephfs-csi.sidecar" -}}
{{- $sidecar := index .root.Values.sidecars .name -}}
- name: {{ .name }}
  image: {{ .root.Values.sidecars.registry }}/{{ .image }}:{{ $sidecar.tag }}
  imagePullPolicy: {{ .root.Values.image.pullPolicy }}
  args:
    - --csi-address=/csi/{{ .socket | default "csi.sock" }}
    - --leader-election
    - --timeout=60s
    {{- range .args }}
    - {{ . }}
    {{- end }}
    - --kube-api-qps=20
    - --kube-api-burst=40
    - --http-endpoint=:{{ .port }}
    - --v=2
    {{- range .more }}
    - {{ . }}
    {{- end }}
  {{- with .env }}
  env:
    {{- . | nindent 4 }}
  {{- end }}
  securityContext:
    {{- include "cephfs-csi.confined" . | nindent 4 }}
  livenessProbe:
    httpGet:
      path: /healthz/leader-election
      port: {{ .port }}
    initialDelaySeconds: 10
    periodSeconds: 20
    timeoutSeconds: 10
  resources:
    {{- toYaml $sidecar.resources | nindent 4 }}
  volumeMounts:
    - name: socket
      mountPath: /csi
    - name: token
      mountPath: /var/run/secrets/kubernetes.io/serviceaccount
      readOnly: true
{{- end }}

{{- /* A sidecar's rights: root, name, rules; lease, where it elects a leader. */ -}}
{{- define "cephfs-csi.rights" -}}
{{- $name := printf "%s-%s" .root.Values.name .name -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: {{ $name }}
  labels:
    {{- include "cephfs-csi.labels" .root | nindent 4 }}
rules:
  {{- .rules | trim | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: {{ $name }}
  labels:
    {{- include "cephfs-csi.labels" .root | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: {{ $name }}
subjects:
  {{- include "cephfs-csi.subject" .root | nindent 2 }}
{{- with .lease }}
---
{{ include "cephfs-csi.role" (dict "root" $.root "name" $.name "rules" (include "cephfs-csi.lease-rules" .)) }}
{{- end }}
{{- end }}

{{- define "cephfs-csi.lease-rules" -}}
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [create]
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  resourceNames: [{{ . }}]
  verbs: [get, update]
{{- end }}

{{- /* Rights in the plugin's namespace: root, name, rules. */ -}}
{{- define "cephfs-csi.role" -}}
{{- $name := printf "%s-%s" .root.Values.name .name -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {{ $name }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "cephfs-csi.labels" .root | nindent 4 }}
rules:
  {{- .rules | trim | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ $name }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "cephfs-csi.labels" .root | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ $name }}
subjects:
  {{- include "cephfs-csi.subject" .root | nindent 2 }}
{{- end }}

{{- define "cephfs-csi.subject" -}}
- kind: ServiceAccount
  name: {{ .Values.name }}-controller
  namespace: {{ .Release.Namespace }}
{{- end }}
