import Volumes

extension ClusterReader {
    /// Where the entry's volumes can be reached from.
    mutating func topologies() -> [Topology] {
        let key = ClusterKey.topology
        var topologies: [Topology] = []
        for (index, text) in (mapping.texts(key.rawValue, example: key.example) ?? []).enumerated() {
            let name = "\(key.rawValue)[\(index)]"
            guard let topology = Topology(text: text.text) else {
                let fix = "write domain=segment, with commas between several: topology.kubernetes.io/zone=a"
                mapping.report(name, "\(text.text.debugDescription) is not a topology", fix, at: text.mark)
                continue
            }
            if topologies.contains(topology) {
                mapping.report(name, "\(topology) is listed twice", "keep one of the two", at: text.mark)
            }
            topologies.append(topology)
        }
        return topologies
    }
}
