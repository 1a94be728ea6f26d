import Ceph

extension FileSystemState {
    /// Why no client of the file system gets an answer, and what ends that; nil when the monitors see no reason.
    func obstacle(_ filesystem: String) -> String? {
        if let rank = damagedRanks.first {
            return "rank \(rank) of file system \(filesystem) is damaged: see `ceph health detail`"
        }
        if !isJoinable {
            return "file system \(filesystem) was taken down (`ceph fs fail`): "
                + "`ceph fs set \(filesystem) joinable true` brings it back"
        }
        if maximumRanks == 0 {
            return "file system \(filesystem) is marked down: `ceph fs set \(filesystem) down false` brings it back"
        }
        if let rank = missingRanks.first {
            return "rank \(rank) of file system \(filesystem) has no MDS: start one, or wait for a standby"
        }
        if let (rank, state) = waitingRanks.min(by: { $0.key < $1.key }) {
            return "the MDS of rank \(rank) of file system \(filesystem) is in \(state) and does not serve yet"
        }
        return nil
    }
}
