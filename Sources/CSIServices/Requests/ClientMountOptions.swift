import Volumes

/// Mount options for one of the two clients, joined by commas in one text.
enum ClientMountOptions {
    /// The options of `text`; none of an empty one.
    ///
    /// - Throws: ``VolumeError/invalid(field:fix:)`` naming `field`.
    static func list(_ text: String, field: String) throws -> [String] {
        guard !text.isEmpty else { return [] }
        let options = MountOptionRule.list(text)
        for option in options {
            guard let objection = MountOptionRule.objection(to: option) else { continue }
            throw VolumeError.invalid(field: field, fix: "\(objection.problem): \(objection.fix)")
        }
        return options
    }
}
