import CSI
import Testing

@Suite struct TextTests {
    @Test func `a string that is not text is refused wherever it is, with its path`() throws {
        let examples = try Reference.badText()
        #expect(examples.count > 2000)
        for example in examples {
            let expected: ProtobufError =
                example.fault == "containsNUL"
                ? .containsNUL(field: example.path) : .invalidUTF8(field: example.path)
            #expect(throws: expected, "\(example.name) \(example.bytes)") {
                _ = try messageType(named: example.name).init(decoding: unhex(example.bytes))
            }
        }
    }

    @Test func `the error's text names the field and not its value`() {
        let request = CreateVolumeRequest(name: "x", secrets: ["user\0Key": "hunter2"])
        let error = #expect(throws: ProtobufError.self) { try CreateVolumeRequest(decoding: request.encoded()) }
        #expect(error?.description == "secrets[0].key: must not contain a NUL character")
        #expect(error?.field == "secrets[0].key")
    }

    @Test func `a NUL can be sent, so that a server's refusal can be tested`() {
        let encoded = DeleteVolumeRequest(volumeID: "a\0b").encoded()
        #expect(encoded == [0x0A, 3, 0x61, 0, 0x62])
    }

    @Test func `text of any script and any length survives`() throws {
        let text = String(repeating: "ä世🐙\u{301}", count: 20_000)
        #expect(try DeleteVolumeRequest(decoding: DeleteVolumeRequest(volumeID: text).encoded()).volumeID == text)
    }
}
