import Bytes
import CLinux
import System
import Volumes

/// Which cluster has answered.
enum ClusterIdentity {
    /// That the configuration's `fsid` is the id of the cluster that serves the mount with the root `root`. Neither client
    /// looks: the kernel takes any id in the device, and any in its option `fsid` (seen with 6.1), ceph-fuse asks for none.
    ///
    /// - Throws: ``VolumeError/preconditionFailed(_:)`` when it is another's.
    static func check(_ root: FileDescriptor, is cluster: Cluster) throws(VolumeError) {
        guard let expected = cluster.fsid else { return }
        var buffer = [UInt8](repeating: 0, count: 64)
        let length = linux_get_attribute(root.number, "ceph.cluster_fsid", &buffer, buffer.count)
        // Kernels before 5.10 don't tell.
        guard length > 0 else { return }
        let found = String(decoding: buffer.prefix(length), as: UTF8.self)
        guard found.isSame(as: expected) else {
            throw .preconditionFailed(Volumes.ClusterMismatch.text(cluster, found))
        }
    }
}
