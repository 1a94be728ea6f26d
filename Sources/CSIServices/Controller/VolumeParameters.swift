import Bytes
import Volumes

/// The parameters of a StorageClass, parsed; docs/parameters.md lists them and a test holds the two together.
struct VolumeParameters: Sendable, Hashable {
    /// Every key understood, in the documentation's order.
    enum Key: String, CaseIterable {
        case cluster, filesystem, group, dataPool, isolation, mode, uid, gid, mounter, kernelMountOptions,
            fuseMountOptions
        case credentials, backingSnapshot
    }

    var cluster: String?
    var filesystem: String?
    var group: String?
    var mounter: Cluster.Mounter?
    var kernelOptions: [String] = []
    var fuseOptions: [String] = []
    var credentials = CredentialsMode.volume
    /// Whether the volume is to show its source, a snapshot, without a copy.
    var isShallow = false
    var properties = VolumeProperties()

    /// Parses and checks every parameter.
    ///
    /// - Throws: ``VolumeError/invalid(field:fix:)`` naming the parameter.
    init(_ parameters: [String: String]) throws {
        // In order of name, so that two wrong parameters always give the same message.
        for (name, value) in parameters.sorted(by: { $0.key < $1.key })
        where !name.begins(with: RequestRules.kubernetesPrefix) {
            guard let key = Key(rawValue: name) else {
                let known = Key.allCases.map(\.rawValue).joined(separator: ", ")
                throw Self.invalid(name, "unknown parameter; the parameters are \(known)")
            }
            try set(key, value)
        }
    }

    private mutating func set(_ key: Key, _ value: String) throws {
        switch key {
        case .cluster: cluster = try Self.safeName(key, value)
        case .filesystem: filesystem = try Self.safeName(key, value)
        case .group: group = try Self.safeName(key, value)
        case .dataPool: properties.dataPool = try Self.safeName(key, value)
        case .mode: properties.mode = try Self.mode(value)
        case .uid: properties.uid = try Self.identifier(key, value)
        case .gid: properties.gid = try Self.identifier(key, value)
        case .mounter: mounter = try Self.choice(key, value, "kernel, fuse or auto")
        case .kernelMountOptions: kernelOptions = try Self.options(key, value)
        case .fuseMountOptions: fuseOptions = try Self.options(key, value)
        case .isolation: properties.isolation = try Self.choice(key, value, "namespace or path")
        case .credentials: credentials = try Self.choice(key, value, "volume, node or shared")
        case .backingSnapshot: isShallow = try Self.flag(key, value)
        }
    }

    private static func choice<Choice: RawRepresentable<String>>(
        _ key: Key,
        _ value: String,
        _ choices: String
    ) throws -> Choice {
        guard let choice = Choice(rawValue: value) else { throw invalid(key.rawValue, "must be \(choices)") }
        return choice
    }

    private static func options(_ key: Key, _ value: String) throws -> [String] {
        try ClientMountOptions.list(value, field: "parameters[\(key.rawValue)]")
    }

    private static func flag(_ key: Key, _ value: String) throws -> Bool {
        switch value {
        case "true": return true
        case "false": return false
        default: throw invalid(key.rawValue, "must be true or false")
        }
    }

    private static func safeName(_ key: Key, _ value: String) throws -> String {
        guard FileName.isSafe(value) else {
            throw invalid(
                key.rawValue,
                "must be 1 to \(FileName.maximumLength) of A-Z a-z 0-9 . _ -, beginning with a letter or digit"
            )
        }
        return value
    }

    private static func mode(_ value: String) throws -> UInt16 {
        let digits = value.begins(with: "0o") ? value.dropFirst(2) : value[...]
        let isOctal = (1...5).contains(digits.utf8.count) && digits.utf8.allSatisfy { (0x30...0x37).contains($0) }
        guard isOctal, let mode = UInt16(digits, radix: 8), mode <= 0o7777 else {
            throw invalid("mode", "must be an octal permission such as 0770, at most 7777")
        }
        return mode
    }

    private static func identifier(_ key: Key, _ value: String) throws -> UInt32 {
        // 2^32 - 1 means "unchanged" to chown(2).
        guard !value.isEmpty, value.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let id = UInt32(value),
            id < UInt32.max
        else {
            throw invalid(key.rawValue, "must be a number from 0 to \(UInt32.max - 1)")
        }
        return id
    }

    private static func invalid(_ name: String, _ fix: String) -> VolumeError {
        .invalid(field: "parameters[\(DisplayText.quotable(name))]", fix: fix)
    }
}
