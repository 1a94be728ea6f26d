import Bytes
import Volumes

/// A Ceph user as Rook's operator makes it: an object of the kind CephClient (Rook, Documentation/CRDs/ceph-client-crd.md).
struct RookClient {
    /// The user's id without `client.`, which is the object's name.
    var id: String
    /// The namespace of the CephCluster.
    var namespace: String
    /// What the user may do.
    var caps: CephUserCaps

    /// A YAML document with its `---`, so that several may stand in one file.
    var text: String {
        let lines = [
            "---",
            "apiVersion: ceph.rook.io/v1",
            "kind: CephClient",
            "metadata:",
            "  name: \(Self.quoted(id))",
            "  namespace: \(Self.quoted(namespace))",
            "spec:",
            "  caps:",
        ]
        return (lines + caps.pairs.map { "    \($0.daemon): \(Self.quoted($0.caps))" }).joined(separator: "\n")
    }

    /// Whether Kubernetes takes a text as an object's name with labels that DNS takes, too (RFC 1123).
    static func isName(_ text: String) -> Bool {
        KubernetesName.isValid(text) && text.split(byte: ".").allSatisfy { $0.utf8.count <= 63 }
    }

    /// Between single quotes nothing but the quote itself means something else, and is written twice (YAML 1.2, 7.3.2).
    private static func quoted(_ text: String) -> String {
        "'\(text.split(byte: "'", omittingEmptySubsequences: false).joined(separator: "''"))'"
    }
}
