import CSI
import Testing

@Suite struct RedactionTests {
    /// The samples' secrets, keys and values alike, begin with this.
    private let mark = "hunter2"

    @Test func `no way of printing any message shows a secret`() throws {
        var messagesWithSecrets: Set<String> = []
        for sample in try Reference.samples() where sample.fields.contains(mark) {
            messagesWithSecrets.insert(sample.name)
            let message = try messageType(named: sample.name).init(decoding: sample.bytes)
            for (way, text) in renderings(of: message) {
                #expect(!text.contains(mark), "\(sample.name) by \(way)")
                #expect(text.contains("redacted") || way == "mirror", "\(sample.name) by \(way)")
            }
        }
        #expect(messagesWithSecrets.count == 19)
    }

    @Test func `the renderings show what is not secret`() {
        let request = DeleteVolumeRequest(volumeID: "the volume", secrets: ["userKey": mark])
        for (way, text) in renderings(of: request) {
            #expect(text.contains("the volume"), "\(way)")
        }
    }

    @Test func `a secret is reached by name`() throws {
        let request = DeleteVolumeRequest(volumeID: "v", secrets: ["userKey": mark])
        let decoded = try DeleteVolumeRequest(decoding: request.encoded())
        #expect(decoded.secrets.exposed == ["userKey": mark])
        #expect("\(decoded.secrets)" == "<redacted>")
        #expect("\(Optional(decoded.secrets) as Any)" == "Optional(<redacted>)")
        #expect("\([decoded.secrets])" == "[<redacted>]")
    }

    private func renderings(of message: any ProtobufMessage) -> [String: String] {
        var dumped = ""
        dump(message, to: &dumped)
        var printed = ""
        print(message, to: &printed)
        var debugPrinted = ""
        debugPrint(message, to: &debugPrinted)
        return [
            "interpolation": "\(message)", "description": String(describing: message),
            "reflection": String(reflecting: message), "an array": "\([message])",
            "an optional": "\(Optional(message) as Any)",
            "dump": dumped, "print": printed, "debugPrint": debugPrinted,
            "mirror": leaves(of: message).joined(separator: " "),
        ]
    }

    /// Everything that can be reached through mirrors, as a reflecting logger would.
    private func leaves(of value: Any) -> [String] {
        let children = Mirror(reflecting: value).children
        return children.isEmpty ? ["\(value)"] : children.flatMap { leaves(of: $0.value) }
    }
}
