import Bytes
import Cryptography
import Volumes

/// The token of a list: the id behind which it goes on, so that it stays good when volumes come and go meanwhile.
enum ListToken {
    /// A place in the list of volumes: those of the clusters come first, then static ones.
    enum Place: Sendable, Hashable {
        /// Behind this volume of a cluster; nil: at the list's beginning.
        case volumes(after: VolumeID?)
        /// Behind this static volume; nil: before the first of them.
        case statics(after: String?)
    }

    /// What a static volume's handle is preceded by, which no volume id can begin with.
    private static let staticMark = "/"

    /// Entries of a page when the request sets no number, and at most: together far below gRPC's 4 MiB.
    static let pageSize = 1000

    /// The token for what comes behind `id`.
    static func make(_ id: VolumeID?) -> String {
        id.map { Base64.url.encode(Array($0.description.utf8)) } ?? ""
    }

    /// The token for a place in the list of volumes.
    static func make(_ place: Place) -> String {
        switch place {
        case .volumes(let id): make(id)
        case .statics(let handle): Base64.url.encode(Array((staticMark + (handle ?? "")).utf8))
        }
    }

    /// The place in the list of volumes that a token names.
    ///
    /// - Throws: ``VolumeError/unknownToken(_:)`` for text that ``make(_:)-(Place)`` does not return.
    static func place(_ token: String) throws -> Place {
        if let bytes = Base64.url.decode(token) {
            let text = String(decoding: bytes, as: UTF8.self)
            if let handle = text.removing(prefix: staticMark) {
                return .statics(after: handle.isEmpty ? nil : String(handle))
            }
        }
        return .volumes(after: try parse(token))
    }

    /// The id in a token; nil for the list's beginning.
    ///
    /// - Throws: ``VolumeError/unknownToken(_:)`` for text that ``make(_:)`` does not return.
    static func parse(_ token: String) throws -> VolumeID? {
        guard !token.isEmpty else { return nil }
        guard let bytes = Base64.url.decode(token), let id = VolumeID(String(decoding: bytes, as: UTF8.self)) else {
            throw VolumeError.unknownToken(
                "starting_token: not a token of this plugin: start the list again, without a token"
            )
        }
        return id
    }

    /// How many entries to return.
    ///
    /// - Throws: ``VolumeError/invalid(field:fix:)`` for a negative number.
    static func limit(_ maximum: Int32) throws -> Int {
        guard maximum >= 0 else {
            throw VolumeError.invalid(field: "max_entries", fix: "must not be negative; with 0 the plugin chooses")
        }
        return maximum == 0 ? pageSize : min(Int(maximum), pageSize)
    }
}
