import Testing
import Volumes

@Suite struct ClusterDirectoryTests {
    private struct Clusters: ClusterDirectory {
        let clusters: [Cluster]
        var clusterIDs: [String] { clusters.map(\.id) }
        func cluster(_ id: String) -> Cluster? { clusters.first { $0.id == id } }
    }

    private let clusters = Clusters(clusters: [
        Cluster(id: "a", monitors: ["m:1", "n:1"], group: "ga"),
        Cluster(id: "b", monitors: ["n:1"], group: "gb"),
        Cluster(id: "c", monitors: ["n:1"], group: "gb"),
        Cluster(id: "root", monitors: ["n:1"], root: "/other", group: "ga"),
        Cluster(id: "file-system", monitors: ["n:1"], filesystem: "fs2", group: "ga"),
        Cluster(id: "elsewhere", monitors: ["o:1"], group: "ga"),
    ])

    @Test(
        "of entries with one directory, a list shows a group as one entry's",
        arguments: [
            ("ga", ["a", "root", "file-system", "elsewhere"]), ("gb", ["b", "root", "file-system", "elsewhere"]),
            ("team", ["a", "root", "file-system", "elsewhere"]),
        ]
    )
    func listedOnce(_ group: String, _ owners: [String]) {
        #expect(clusters.clusters.filter { clusters.lists(group, as: $0) }.map(\.id) == owners)
    }
}
