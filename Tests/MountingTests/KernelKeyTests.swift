import Glibc
import System
import Testing
import Volumes

@testable import Mounting

@Suite("A key for the kernel") struct KernelKeyTests {
    private func refusal(_ errno: Int32, _ kernel: KernelVersion, isAES256: Bool = true) -> VolumeError {
        let error = SystemCallError("add_key", errno: errno, on: "client.u")
        return KernelKey.refusal(error, kind: isAES256 ? .aes256k : .aes, kernel: kernel)
    }

    @Test("an AES-256 key that the kernel does not know is named, with what can be done about it")
    func unknownKind() throws {
        guard case .preconditionFailed(let message) = refusal(EINVAL, KernelVersion(major: 6, minor: 12)) else {
            Issue.record("not a failed precondition")
            return
        }
        for words in ["client.u", "AES-256", "Linux 6.12", "Linux 7.0 can", "mounter: fuse", "accepts AES keys"] {
            #expect(message.contains(words), "\(words)")
        }
        #expect(!message.contains("container"))
    }

    @Test("the container is blamed for what containers forbid, and for nothing else")
    func container() {
        for errno in [EPERM, EACCES, ENOSYS] {
            #expect("\(refusal(errno, KernelVersion(major: 6, minor: 1)))".contains("seccomp"))
        }
        let others = [
            refusal(EINVAL, KernelVersion(major: 6, minor: 1), isAES256: false),
            refusal(EINVAL, KernelVersion(major: 7, minor: 2)), refusal(ENODEV, .current), refusal(EDQUOT, .current),
        ]
        for error in others { #expect(!"\(error)".contains("seccomp")) }
    }
}
