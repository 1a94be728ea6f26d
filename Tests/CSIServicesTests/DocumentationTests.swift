import Foundation
import Testing
import Volumes

@testable import CSIServices

/// docs/parameters.md against the code, so that neither can change alone.
@Suite struct DocumentationTests {
    private let text: String

    init() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        text = try String(contentsOf: root.appending(path: "docs/parameters.md"), encoding: .utf8)
    }

    /// The first column of the table below a heading.
    private func names(under heading: String) -> [String] {
        let section = text.components(separatedBy: "\n## ").first { $0.hasPrefix(heading) } ?? ""
        return section.components(separatedBy: "\n").compactMap { line in
            guard line.hasPrefix("| `") else { return nil }
            return line.dropFirst(3).components(separatedBy: "`").first
        }
    }

    @Test func `every parameter is documented, and every documented one exists`() {
        #expect(names(under: "Parameters") == VolumeParameters.Key.allCases.map(\.rawValue))
    }

    @Test func `every mutable parameter is documented, and every documented one exists`() {
        #expect(names(under: "Mutable parameters") == MutableParameters.Key.allCases.map(\.rawValue))
    }

    @Test func `every parameter of a VolumeGroupSnapshotClass is documented, with its values`() {
        #expect(names(under: "VolumeGroupSnapshotClass") == GroupSnapshotParameters.Key.allCases.map(\.rawValue))
        for value in GroupConsistency.allCases { #expect(text.contains("`\(value.rawValue)`")) }
    }

    @Test func `every key of a volume's context is documented`() {
        let keys = [
            VolumeContext.cluster, VolumeContext.filesystem, VolumeContext.path, VolumeContext.mounter,
            VolumeContext.kernelMountOptions, VolumeContext.fuseMountOptions, VolumeContext.credentials,
            VolumeContext.backingSnapshot,
        ]
        #expect(names(under: "Volume context") == keys)
        let keysOfPublishing = [
            PublishContext.credentials, PublishContext.readOnly, PublishContext.path, PublishContext.snapshot,
        ]
        #expect(names(under: "Publish context") == keysOfPublishing)
    }

    @Test func `every secret is documented`() {
        for name in ["adminID", "adminKey", "userID", "userKey", "fencerID", "fencerKey"] {
            #expect(text.contains("`\(name)`"))
        }
    }
}
