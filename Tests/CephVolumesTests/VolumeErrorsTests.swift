import Ceph
import Glibc
import Testing
import Volumes

@testable import CephVolumes

@Suite("Errors of Ceph in the domain's terms") struct VolumeErrorsTests {
    private let context = ErrorContext(
        cluster: "c1",
        user: "prov",
        filesystem: "fs",
        root: "/volumes",
        dataPool: "slow"
    )

    /// The case of an error, without its words.
    enum Kind: Sendable {
        case unavailable, full, pool, range, osdCap, dataCap, monCap, fencerCap, mdsCap, precondition, unexpected
    }

    static let rows: [(Step, Int32, Kind)] =
        Step.allCases.flatMap { step in
            [(step, ESHUTDOWN, .unavailable), (step, ENOTCONN, .unavailable), (step, ETIMEDOUT, .unavailable)]
                + [(step, EDQUOT, .full), (step, ENOSPC, .full), (step, EIO, .unexpected), (step, 9999, .unexpected)]
        } + [
            (.choosePool, EINVAL, .pool), (.choosePool, ENOENT, .pool), (.limit, EINVAL, .range),
            (.writeMetadata, EPERM, .osdCap), (.writeMetadata, EACCES, .osdCap), (.stage, EPERM, .mdsCap),
            (.checkAccess, EPERM, .dataCap), (.checkAccess, EACCES, .dataCap),
            (.checkAccess, EOPNOTSUPP, .precondition),
            (.mint, EACCES, .monCap), (.dropUser, EACCES, .monCap), (.mint, EPERM, .monCap),
            (.mint, EINVAL, .unexpected),
            (.fence, EACCES, .fencerCap), (.fence, EPERM, .fencerCap), (.attach, EPERM, .mdsCap),
            (.limit, EPERM, .mdsCap), (.find, EACCES, .mdsCap), (.choosePool, EPERM, .mdsCap),
            (.publish, EXDEV, .precondition), (.trash, EXDEV, .precondition), (.record, EXDEV, .unexpected),
            (.publish, ENOENT, .unavailable), (.stage, ENOENT, .unavailable), (.find, ENOTDIR, .precondition),
            (.stage, EROFS, .precondition), (.connect, ELIBACC, .precondition), (.stage, EINVAL, .unexpected),
        ]

    @Test("each errno means what its step makes of it", arguments: rows)
    func table(_ step: Step, _ code: Int32, _ kind: Kind) {
        let error = VolumeError(CephError(call: "ceph_call", code: -code, path: "/volumes/x"), in: step, context)
        switch (error, kind) {
        case (.unavailable, .unavailable), (.capacityExhausted, .full), (.outOfRange, .range),
            (.preconditionFailed, .precondition), (.unexpected, .unexpected):
            break
        case (.invalid(let field, let fix), .pool):
            #expect(field == "parameters[dataPool]" && fix.contains("slow"))
        case (.permissionDenied(let missing), .osdCap):
            #expect(
                missing.contains("client.prov") && missing.contains("cephfs-csi-meta")
                    && missing.contains("namespace=cephfs-csi-*")
            )
        case (.permissionDenied(let missing), .dataCap):
            #expect(missing.contains("allow rw pool=slow namespace=cephfs-csi-*"))
        case (.permissionDenied(let missing), .monCap):
            #expect(missing.contains("mon cap") && missing.contains("docs/caps.md"))
        case (.permissionDenied(let missing), .fencerCap):
            #expect(missing.contains("fencerID") && missing.contains("mds 'allow *'"))
        case (.permissionDenied(let missing), .mdsCap):
            #expect(missing.contains("rwfps fsname=fs path=/volumes"))
        default:
            Issue.record("\(step), errno \(code): \(error)")
        }
    }
}
