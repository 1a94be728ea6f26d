import Volumes

/// The token of a list: the id behind which it goes on, so that it stays good when volumes come and go meanwhile.
enum ListToken {
    /// Entries of a page when the request sets no number, and at most: together far below gRPC's 4 MiB.
    static let pageSize = 1000

    /// The token for what comes behind `id`.
    static func make(_ id: VolumeID?) -> String {
        id.map { Base64URL.encode(Array($0.description.utf8)) } ?? ""
    }

    /// The id in a token; nil for the list's beginning.
    ///
    /// - Throws: ``VolumeError/unknownToken(_:)`` for text that ``make(_:)`` does not return.
    static func parse(_ token: String) throws -> VolumeID? {
        guard !token.isEmpty else { return nil }
        guard let bytes = Base64URL.decode(token), let id = VolumeID(String(decoding: bytes, as: UTF8.self)) else {
            throw VolumeError.unknownToken(
                "starting_token: not a token of this plugin's: begin the list anew, without one"
            )
        }
        return id
    }

    /// How many entries to return.
    ///
    /// - Throws: ``VolumeError/invalid(field:fix:)`` for a negative number.
    static func limit(_ maximum: Int32) throws -> Int {
        guard maximum >= 0 else {
            throw VolumeError.invalid(field: "max_entries", fix: "must not be negative; 0 leaves it to the plugin")
        }
        return maximum == 0 ? pageSize : min(Int(maximum), pageSize)
    }
}
