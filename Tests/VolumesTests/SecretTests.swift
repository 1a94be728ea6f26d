import Cryptography
import Testing
import Volumes

@Suite struct SecretTests {
    private let text = "AQD-not-to-be-seen=="

    @Test func `a secret shows nowhere but where it is asked for`() {
        let credentials = CephCredentials(user: "csi", key: Secret(text))
        var dumped = ""
        dump(credentials, to: &dumped)
        for shown in ["\(credentials)", "\(credentials.key)", String(reflecting: credentials), dumped] {
            #expect(!shown.contains(text))
            #expect(!shown.contains("AQD"))
        }
        #expect(credentials.key.withExposed { $0 } == text)
    }
}
