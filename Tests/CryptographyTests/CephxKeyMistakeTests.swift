import Cryptography
import Foundation
import Testing

/// A key in AES's form, and one in AES-256's.
private let key = "AQD9fQNrJFmYIhAAXb2B9AUSNTFSTURLb3By2A=="
private let longKey = "AgB7Zb1pAAAAACAA" + Data(repeating: 7, count: 32).base64EncodedString()

private func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }

@Suite struct CephxKeyMistakeTests {
    @Test(arguments: [
        ("x", "x"), ("x\n", "x"), ("x\r\n", "x"), ("x\n\n", "x\n"), ("x\r\n\r\n", "x\r\n"), ("x\r", "x\r"), ("\n", ""),
        ("", ""), ("x \n", "x "), ("\u{301}\n", "\u{301}"),
    ]) func `one line end is taken off, of either kind, and nothing else`(text: String, rest: String) {
        #expect(Array(CephxKey.withoutLineEnd(text).utf8) == Array(rest.utf8))
    }

    private static let keys: [(String, String)] = [
        ("", "is empty"), (key + "\n", "line break"), (key + "\r\n", "line break"), (key + "\r", "line break"),
        ("\n" + key, "line break"), (key + "\n\n", "line break"), (key + " ", "space or tab"),
        (" " + key, "space or tab"),
        ("AQD9fQNr JFmYIhAAXb2B9AUSNTFSTURLb3By2A==", "space or tab"), (key + "\t", "space or tab"),
        ("\"" + key + "\"", "quotation mark"), ("'" + key + "'", "quotation mark"), ("\u{FEFF}" + key, "not ASCII"),
        (key + "\u{A0}", "not ASCII"), (key + "\u{200B}", "not ASCII"), (key + "\0", "control character"),
        (base64(key), "once too often"), (base64(key + "\n"), "once too often"), (base64(longKey), "once too often"),
        ("[client.x]key=" + key, "keyring"), ("key=" + key, "keyring"), ("csi-provisioner", "not a cephx key"),
        (String(key.dropLast()), "not a cephx key"), (String(key.dropFirst()), "not a cephx key"),
        (key + key, "not a cephx key"), (base64("hello"), "not a cephx key"), (base64(base64(key)), "not a cephx key"),
    ]

    @Test(arguments: keys) func `what is wrong with a key is named, and the key is not shown`(
        text: String,
        part: String
    ) {
        let mistake = CephxKey.mistake(in: text)
        #expect(mistake?.contains(part) == true, "\(String(describing: mistake))")
        #expect(mistake?.contains("AQD9") == false)
        #expect(mistake?.contains("QVFE") == false)
    }

    private static let ids: [(String, String)] = [
        ("", "is empty"), ("client.admin", "begins with client."), ("csi node", "space or tab"),
        (" csi", "space or tab"),
        ("csi\n", "line break"), ("csi\r", "line break"), (key, "exchanged"), (base64("csi-node"), "once too often"),
        (base64("csi-node1\n"), "once too often"), ("csi/node", "not a user's id"), ("csi:node", "not a user's id"),
        ("\u{FF43}si", "not ASCII"), ("\"csi\"", "quotation mark"), ("csi\u{7}", "control character"),
        (String(repeating: "x", count: 129), "not a user's id"),
    ]

    @Test(arguments: ids) func `what is wrong with a user's id is named`(text: String, part: String) {
        let mistake = CephxKey.mistake(inUserID: text)
        #expect(mistake?.contains(part) == true, "\(String(describing: mistake))")
        #expect(mistake?.contains("AQD9") == false)
    }

    @Test(arguments: ["x", "csi-node", "csi.node_1", "0", String(repeating: "x", count: 128), "Y3NpLW5vZGUx"])
    func `what can be an id is taken`(text: String) {
        #expect(CephxKey.mistake(inUserID: text) == nil)
    }

    @Test func `keys of either kind are taken`() {
        #expect(CephxKey.mistake(in: key) == nil)
        #expect(CephxKey.mistake(in: longKey) == nil)
    }
}
