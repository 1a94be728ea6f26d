import Cryptography
import Testing

@testable import Volumes

@Suite struct CredentialEnvelopeTests {
    private let credentials = CephCredentials(user: "csi-volume-1", key: Secret("a key"))
    /// A stand-in for encryption that shows what is bound: real boxes are Cryptography's to test.
    private let seal: CredentialEnvelope.Seal = { plain, key in key + plain }

    private func node(_ name: String, _ fill: UInt8 = 7) throws -> NodeIdentity {
        try #require(NodeIdentity(name: name, publicKey: [UInt8](repeating: fill, count: 32)))
    }

    private func opener(of node: NodeIdentity) -> CredentialEnvelope.Open {
        { sealed in sealed.starts(with: node.publicKey) ? Array(sealed.dropFirst(32)) : nil }
    }

    private func refusal(_ body: () throws -> CephCredentials) -> String? {
        do {
            _ = try body()
            return nil
        } catch VolumeError.preconditionFailed(let message) {
            return message
        } catch {
            return "\(error)"
        }
    }

    @Test func `what is sealed for a node and a volume is opened there`() throws {
        let node = try node("n1")
        let text = try CredentialEnvelope.seal(credentials, volumeID: "v1", for: node, with: seal)
        #expect(try CredentialEnvelope.open(text, volumeID: "v1", on: node, with: opener(of: node)) == credentials)
    }

    @Test func `another volume, another node and another key are refused`() throws {
        let node = try node("n1")
        let (renamed, stranger) = (try self.node("n2"), try self.node("n1", 8))
        let text = try CredentialEnvelope.seal(credentials, volumeID: "v1", for: node, with: seal)
        let refusals = [
            refusal { try CredentialEnvelope.open(text, volumeID: "v2", on: node, with: opener(of: node)) },
            refusal { try CredentialEnvelope.open(text, volumeID: "v1", on: renamed, with: opener(of: renamed)) },
            refusal { try CredentialEnvelope.open(text, volumeID: "v1", on: stranger, with: opener(of: stranger)) },
        ]
        let words = ["another volume", "another node", "this node's key"]
        for (refusal, word) in zip(refusals, words) {
            #expect(refusal?.contains(word) == true, "\(refusal ?? "it was opened")")
            #expect(refusal?.contains("a key") == false)
        }
    }

    @Test(arguments: ["", "!", "AAAA", "not base64 at all"])
    func `text that is no envelope is refused`(text: String) throws {
        let node = try node("n1")
        let refused = refusal { try CredentialEnvelope.open(text, volumeID: "v1", on: node, with: opener(of: node)) }
        #expect(refused != nil)
    }
}

@Suite struct NodeIdentityTests {
    private let key = (0..<32).map { UInt8($0 * 7) }

    @Test func `a node id shows the name in front and survives the round trip`() throws {
        for name in ["n1", "node.example.com", "with:colon", String(repeating: "n", count: NodeIdentity.maximumName)] {
            let node = try #require(NodeIdentity(name: name, publicKey: key))
            #expect(node.description.hasPrefix(name + ":"))
            #expect(node.description.utf8.count <= NodeIdentity.maximumLength)
            #expect(NodeIdentity(node.description) == node)
        }
    }

    @Test(arguments: ["", "n1", "n1:", ":AAAA", "n1:AAAA", "fake-node-id", "n1:" + String(repeating: "!", count: 43)])
    func `what no node of this plugin is called is no identity`(text: String) {
        #expect(NodeIdentity(text) == nil)
    }

    @Test func `names that would not fit or not be seen are refused`() {
        for name in ["", "with space", "ümläut", String(repeating: "n", count: NodeIdentity.maximumName + 1)] {
            #expect(NodeIdentity(name: name, publicKey: key) == nil)
        }
        #expect(NodeIdentity(name: "n1", publicKey: []) == nil)
    }
}
