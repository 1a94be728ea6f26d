import Bytes
import Volumes

/// The parameters of a VolumeAttributesClass, parsed; docs/parameters.md lists them and a test holds the two together.
enum MutableParameters {
    /// Every key understood, in the documentation's order.
    enum Key: String, CaseIterable {
        case maxFiles, dataPool, pin
    }

    /// Parses and checks every parameter.
    ///
    /// - Throws: ``VolumeError/invalid(field:fix:)`` naming the parameter.
    static func changes(_ parameters: [String: String]) throws -> VolumeChanges {
        try RequestRules.bounded(parameters, "mutable_parameters")
        var changes = VolumeChanges()
        for (name, value) in parameters.sorted(by: { $0.key < $1.key })
        where !name.begins(with: RequestRules.kubernetesPrefix) {
            guard let key = Key(rawValue: name) else {
                let known = Key.allCases.map(\.rawValue).joined(separator: ", ")
                throw invalid(name, "unknown parameter; the mutable parameters are \(known)")
            }
            switch key {
            case .maxFiles: changes.maximumFiles = try number(key, value, 0...Int64.max, "0 or more; 0 means no limit")
            case .pin:
                changes.pin = Int32(try number(key, value, -1...255, "an MDS rank from 0 to 255, or -1 for none"))
            case .dataPool:
                guard FileName.isSafe(value) else { throw invalid(name, "must be a data pool's name") }
                changes.dataPool = value
            }
        }
        return changes
    }

    /// Runs `body`, which makes a volume; an error about the data pool names the parameter that it comes from.
    static func naming<Value>(_ changes: VolumeChanges, _ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch VolumeError.invalid("parameters[dataPool]", let fix) where changes.dataPool != nil {
            throw VolumeError.invalid(field: "mutable_parameters[dataPool]", fix: fix)
        }
    }

    private static func number(
        _ key: Key,
        _ value: String,
        _ range: ClosedRange<Int64>,
        _ rule: String
    ) throws -> Int64 {
        let digits = value.begins(with: "-") ? value.dropFirst() : value[...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int64(value),
            range.contains(number)
        else { throw invalid(key.rawValue, "must be \(rule)") }
        return number
    }

    private static func invalid(_ name: String, _ fix: String) -> VolumeError {
        .invalid(field: "mutable_parameters[\(DisplayText.quotable(name))]", fix: fix)
    }
}
