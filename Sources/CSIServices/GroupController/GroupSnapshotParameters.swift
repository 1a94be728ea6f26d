import Bytes
import Volumes

/// The parameters of a VolumeGroupSnapshotClass; docs/parameters.md lists them and a test holds the two together.
enum GroupSnapshotParameters {
    /// Every key understood, in the documentation's order.
    enum Key: String, CaseIterable {
        case groupSnapshotConsistency
    }

    /// What is asked of the members' moments.
    ///
    /// - Throws: ``VolumeError/invalid(field:fix:)`` naming the parameter.
    static func consistency(_ parameters: [String: String]) throws -> GroupConsistency {
        try RequestRules.bounded(parameters, "parameters")
        var consistency = GroupConsistency.frozen
        for (name, value) in parameters.sorted(by: { $0.key < $1.key })
        where !name.begins(with: RequestRules.kubernetesPrefix) {
            let field = "parameters[\(DisplayText.quotable(name))]"
            switch Key(rawValue: name) {
            case nil:
                let known = Key.allCases.map(\.rawValue).joined(separator: ", ")
                throw VolumeError.invalid(
                    field: field,
                    fix: "unknown parameter: a VolumeGroupSnapshotClass of this driver has \(known)"
                )
            case .groupSnapshotConsistency:
                guard let choice = GroupConsistency(rawValue: value) else {
                    let choices = GroupConsistency.allCases.map(\.rawValue).joined(separator: " or ")
                    throw VolumeError.invalid(field: field, fix: "must be \(choices)")
                }
                consistency = choice
            }
        }
        return consistency
    }
}
