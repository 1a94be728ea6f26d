import Bytes
import Cryptography
import Logging
import System
import Volumes

/// The node's own key pair: controllers seal volumes' users to it. It lives in the state directory, so that what was
/// sealed before a restart opens after it.
enum NodeKey {
    /// Why the node has no key.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// The first line of the file; the second is the private key in base64url.
    private static let header = "cephfs-csi node key 1"
    private static let limit = 256

    /// Reads the key from `directory`, or makes it there.
    ///
    /// A file that is damaged is an error and not replaced: a new key would leave every volume attached so far useless
    /// to this node.
    static func load(from directory: String, logger: Logger) throws(Failure) -> SealedBox.KeyPair {
        let path = "\(directory)/node.key"
        do {
            if let pair = try read(path, logger) { return pair }
            let pair = SealedBox.KeyPair()
            let text = pair.withPrivateKey { "\(header)\n\(Base64.url.encode($0))\n" }
            if try PrivateFile.create(path, with: Array(text.utf8)) {
                logger.notice("made this node's key", metadata: ["file": "\(path)"])
                return pair
            }
            // Another process was faster.
            if let pair = try read(path, logger) { return pair }
            throw Failure(description: "\(path) comes and goes")
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(description: "this node's key: \(error)")
        }
    }

    private static func read(_ path: String, _ logger: Logger) throws -> SealedBox.KeyPair? {
        guard let (bytes, wasOpen) = try PrivateFile.read(path, limit: limit) else { return nil }
        if wasOpen {
            logger.warning("this node's key was readable by others until now", metadata: ["file": "\(path)"])
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(byte: "\n")
        guard lines.count == 2, lines[0] == header, let key = Base64.url.decode(String(lines[1])),
            let pair = SealedBox.KeyPair(privateKey: key)
        else {
            throw Failure(
                description:
                    "\(path) is damaged: restore it; or remove it, and detach this node's volumes and attach them again"
            )
        }
        return pair
    }
}
