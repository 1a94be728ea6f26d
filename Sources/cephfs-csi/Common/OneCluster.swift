import ArgumentParser
import Configuration
import Volumes

/// A cluster that a command line names.
enum OneCluster {
    /// The cluster of that id in the file; without an id the only one.
    ///
    /// - Throws: `ConfigurationError` for a file that is wrong, `ValidationError` for an id that it does not have.
    static func named(_ id: String?, in file: String) throws -> Cluster {
        let clusters = try ConfigurationFile.load(file)
        let ids = clusters.map(\.id).joined(separator: ", ")
        guard let id else {
            guard clusters.count == 1 else {
                throw ValidationError("--cluster is missing: the configuration file has \(ids)")
            }
            return clusters[0]
        }
        guard let cluster = clusters.first(where: { $0.id == id }) else {
            throw ValidationError("--cluster \(id) is not in the configuration file: it has \(ids)")
        }
        return cluster
    }
}
