import Ceph

/// The files below a directory that the client holds the right to write to, by path: a client that dies with it has their
/// times of change set anew by the MDS.
public func filesHeldForWriting(_ mount: CephFSMount, below path: String) throws -> [String] {
    var held: [String] = []
    var directories = [try mount.node(path)]
    while let directory = directories.popLast() {
        for entry in try CephDirectoryStream(directory).next(.max) {
            switch entry.status.kind {
            case .directory: directories.append(entry.node)
            case .file where try directory.holdsWriting(to: entry.name): held.append(entry.node.path)
            default: break
            }
        }
    }
    return held
}
