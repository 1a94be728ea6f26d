import Ceph
import JSON
import Volumes

/// What the plugin writes down about where a volume was adopted from: ``VolumeLayout/adoptionAttribute`` of its
/// directory.
///
/// Written before anything moves. A directory with a mark and no record is an adoption that was cut short, and no volume:
/// the same command goes on with it.
struct AdoptionMark: Sendable, Hashable {
    static let version: Int64 = 1

    /// The directory's path before, from the file system's root.
    var source: String
    /// The data directory's name.
    var data: String

    var text: String {
        JSONValue.object([
            "version": .integer(Self.version), "source": .string(source), "data": .string(data),
        ]).text
    }
}

extension AdoptionMark {
    /// Nil for text that is no mark of this version.
    init?(text: String) {
        guard let json = try? JSONValue(parsing: text), json["version"]?.integer == Self.version,
            let source = json["source"]?.string,
            let data = json["data"]?.string, FileName.isSafe(data)
        else { return nil }
        self.init(source: source, data: data)
    }
}

extension VolumeLayout {
    /// Where the volume was adopted from (``AdoptionMark``), on its directory.
    static let adoptionAttribute = "user.csi.adoption"
}

extension VolumeDirectory {
    /// The mark of the directory; nil when it has none or there is nothing.
    func adoptionMark(at path: String) throws -> AdoptionMark? {
        try step(.find) {
            do {
                return try mount.attributeIfPresent(VolumeLayout.adoptionAttribute, of: path)
                    .flatMap { AdoptionMark(text: $0) }
            } catch let error as CephError where error.isMissing {
                return nil
            }
        }
    }
}
