import Bytes
import Volumes

/// Checks that several calls share (CSI spec, "Size Limits", "Error Scheme").
enum RequestRules {
    /// What keys begin with that Kubernetes' sidecars and kubelets add for their own information.
    static let kubernetesPrefix = "csi.storage.k8s.io/"
    /// The spec's limit for a string field without one of its own.
    static let maximumString = 128
    /// The spec's limit for a map of strings.
    static let maximumMap = 4096
    /// The spec's limit for a node id ("Size Limits").
    static let maximumNodeID = 256
    /// Linux's PATH_MAX less the terminating NUL: the spec asks plugins to accept the host's longest path.
    static let maximumPath = 4095

    /// A required string within `limit` bytes.
    static func required(_ value: String, _ field: String, limit: Int = maximumString) throws -> String {
        guard !value.isEmpty else { throw VolumeError.invalid(field: field, fix: "missing: it is required") }
        guard value.utf8.count <= limit else {
            throw VolumeError.invalid(field: field, fix: "too long: at most \(limit) bytes")
        }
        return value
    }

    /// A volume or snapshot name: any text but the control characters that the spec forbids.
    static func name(_ value: String) throws -> String {
        let name = try required(value, "name")
        guard !name.unicodeScalars.contains(where: isForbidden) else {
            throw VolumeError.invalid(field: "name", fix: "must not contain control characters")
        }
        return name
    }

    /// A map of strings within the spec's limit. What the CO adds for its own information is not counted: the kubelet
    /// puts service account tokens into the volume context, and a few of them are larger than that (Kubernetes' CSIDriver,
    /// `tokenRequests`).
    static func bounded(_ map: [String: String], _ field: String) throws {
        let own = map.filter { !$0.key.begins(with: RequestRules.kubernetesPrefix) }
        let bytes = own.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        guard bytes <= maximumMap else {
            throw VolumeError.invalid(
                field: field,
                fix: "too large: keys and values together at most \(maximumMap) bytes"
            )
        }
    }

    /// A path on the node: absolute, without `..`, never the host's root.
    static func nodePath(_ value: String, _ field: String) throws -> String {
        let path = try required(value, field, limit: maximumPath)
        let parts = path.split(byte: "/")
        guard path.begins(with: "/"), !parts.contains(".."), !parts.isEmpty else {
            throw VolumeError.invalid(field: field, fix: "must be an absolute path below / without ..")
        }
        return path
    }

    /// Control characters other than tab, line feed, carriage return: those of CreateVolumeRequest.name's comment.
    private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
        DisplayText.isControl(scalar) && scalar != "\t" && scalar != "\n" && scalar != "\r"
    }
}
