import CSIServices
import Ceph
import Cryptography
import JSON
import Volumes

/// What a StorageClass says of its volumes, and their directories do not.
struct PersistentVolumeStyle: Sendable {
    let driver: String
    let storageClass: String
    let credentials: CredentialsMode
    let mounter: Cluster.Mounter?
    let secret: NamespacedName
    let nodeSecret: NamespacedName

    /// The volume context, as CreateVolume returns it, in the order of its keys.
    static func context(
        _ volume: Volume,
        _ mode: CredentialsMode,
        _ mounter: Cluster.Mounter?
    ) -> [(key: String, value: String)] {
        VolumeContext.make(volume, mounter: mounter, credentials: mode).sorted { $0.key < $1.key }
    }
}

/// PersistentVolumes, and a claim where wanted, as YAML.
struct PersistentVolumeText {
    let style: PersistentVolumeStyle
    let claim: NamespacedName?
    let clusters: any ClusterDirectory

    func text(_ volumes: [Volume]) -> String {
        var used: Set<String> = []
        return volumes.map { volume in
            let name = Self.name(of: volume, besides: used)
            used.insert(name)
            return (["---"] + persistentVolume(volume, name) + claimLines(volume, name)).joined(separator: "\n")
        }.joined(separator: "\n")
    }

    /// The CSI name where Kubernetes takes it, which is what the provisioner called the object, else one made from the id.
    static func name(of volume: Volume, besides used: Set<String>) -> String {
        let name = volume.requestName
        if KubernetesName.isValid(name), !used.contains(name) { return name }
        return "cephfs-\(SHA256.hex(volume.id.description).prefix(32))"
    }

    private func persistentVolume(_ volume: Volume, _ name: String) -> [String] {
        var lines = [
            "apiVersion: v1", "kind: PersistentVolume", "metadata:", "  name: \(quoted(name))", "  annotations:",
            "    pv.kubernetes.io/provisioned-by: \(quoted(style.driver))",
            "    volume.kubernetes.io/provisioner-deletion-secret-name: \(quoted(style.secret.name))",
            "    volume.kubernetes.io/provisioner-deletion-secret-namespace: \(quoted(style.secret.namespace))",
            "spec:", "  accessModes:", "    - \(accessMode(volume))", "  capacity:",
            "    storage: \(quoted(storage(volume)))",
            "  persistentVolumeReclaimPolicy: Retain", "  storageClassName: \(quoted(style.storageClass))",
        ]
        if let claim {
            lines += [
                "  claimRef:", "    apiVersion: v1", "    kind: PersistentVolumeClaim",
                "    namespace: \(quoted(claim.namespace))", "    name: \(quoted(claim.name))",
            ]
        }
        lines += nodeAffinity(volume)
        lines += [
            "  csi:", "    driver: \(quoted(style.driver))", "    volumeHandle: \(quoted(volume.id.description))",
            "    volumeAttributes:",
        ]
        lines += PersistentVolumeStyle.context(volume, style.credentials, style.mounter)
            .map { "      \($0.key): \(quoted($0.value))" }
        for (key, secret) in secrets {
            lines += [
                "    \(key):", "      name: \(quoted(secret.name))", "      namespace: \(quoted(secret.namespace))",
            ]
        }
        return lines
    }

    /// Where the volume can be reached from, as the external-provisioner writes what CreateVolume answers: a term for each
    /// place of the cluster's, all of whose domains must fit. Nothing for a cluster that every node reaches.
    private func nodeAffinity(_ volume: Volume) -> [String] {
        let places = clusters.cluster(volume.id.cluster)?.topologies ?? []
        guard !places.isEmpty else { return [] }
        return ["  nodeAffinity:", "    required:", "      nodeSelectorTerms:"]
            + places.flatMap { place in
                ["        - matchExpressions:"]
                    + place.segments.sorted { $0.key < $1.key }.flatMap { domain, segment in
                        [
                            "            - key: \(quoted(domain))", "              operator: In",
                            "              values:", "                - \(quoted(segment))",
                        ]
                    }
            }
    }

    private var secrets: [(key: String, secret: NamespacedName)] {
        var secrets = [("controllerPublishSecretRef", style.secret), ("controllerExpandSecretRef", style.secret)]
        if style.credentials == .shared {
            secrets += [("nodeStageSecretRef", style.nodeSecret), ("nodePublishSecretRef", style.nodeSecret)]
        }
        return secrets
    }

    private func claimLines(_ volume: Volume, _ name: String) -> [String] {
        guard let claim else { return [] }
        return [
            "---", "apiVersion: v1", "kind: PersistentVolumeClaim", "metadata:", "  name: \(quoted(claim.name))",
            "  namespace: \(quoted(claim.namespace))", "spec:", "  accessModes:", "    - \(accessMode(volume))",
            "  storageClassName: \(quoted(style.storageClass))", "  volumeName: \(quoted(name))", "  resources:",
            "    requests:", "      storage: \(quoted(storage(volume)))",
        ]
    }

    private func accessMode(_ volume: Volume) -> String { volume.isShallow ? "ReadOnlyMany" : "ReadWriteMany" }

    /// Kubernetes wants a capacity of every volume; one without a limit says 1Gi, which limits nothing.
    private func storage(_ volume: Volume) -> String { volume.capacity.map { "\($0.bytes)" } ?? "1Gi" }

    /// YAML's double-quoted style knows JSON's escapes.
    private func quoted(_ text: String) -> String { JSONValue.string(text).text }
}
