import CephVolumes
import Configuration
import Cryptography
import System
import Volumes

/// Which volumes.
enum VolumeChoice: Sendable {
    case ids([VolumeID])
    case all(ScopeChoice)
}

/// What `cephfs-csi volume` does.
struct VolumeCommandWork: Sendable {
    /// What to do, with what.
    enum Action: Sendable {
        case list(ScopeChoice, VolumeCommand.Format)
        case show([VolumeID], VolumeCommand.Format)
        case adopt(AdoptionSpec, dryRun: Bool)
        case export(VolumeChoice, PersistentVolumeStyle, claim: NamespacedName?)
        case audit(ScopeChoice, files: [String], driver: String)
    }

    let action: Action
    let session: ProvisionerSession

    init(_ action: Action, _ access: ProvisionerAccess) {
        self.action = action
        session = ProvisionerSession(access)
    }

    /// Does it and ends the process.
    func run() async -> Never {
        await session.run { backend, clusters, provisioner in
            let reading = VolumeReading(
                inventory: backend.inventory,
                clusters: clusters,
                provisioner: provisioner
            )
            switch action {
            case .list(let scope, let format):
                let volumes = try await reading.facts(.all(scope))
                print(format == .json ? VolumeText.json(volumes) : VolumeText.table(volumes))
            case .show(let ids, let format):
                let volumes = try await reading.facts(.ids(ids))
                print(format == .json ? VolumeText.json(volumes) : VolumeText.paragraphs(volumes))
            case .adopt(let spec, let isDryRun):
                let adopter = backend.adopter
                let adoption =
                    try await isDryRun ? adopter.plan(spec, as: provisioner) : adopter.adopt(spec, as: provisioner)
                print(AdoptionText(adoption: adoption, isDryRun: isDryRun).text)
            case .export(let choice, let style, let claim):
                let volumes = try await reading.facts(choice)
                let damaged = volumes.filter(\.details.condition.isAbnormal)
                let whole = volumes.filter { !$0.details.condition.isAbnormal }.map(\.volume)
                let objects = PersistentVolumeText(style: style, claim: claim, clusters: clusters)
                if !whole.isEmpty { print(objects.text(whole)) }
                for facts in damaged {
                    let reason = VolumeText.plain(facts.details.condition.message)
                    StandardError.write(line: "cephfs-csi: \(facts.volume.id) is skipped: \(reason)")
                }
                return damaged.isEmpty ? .success : .failure
            case .audit(let scope, let files, let driver):
                let lines = try await AuditWork(reading: reading, driver: driver).run(scope, files)
                for line in lines { print(line) }
                return lines.isEmpty ? .success : .findings
            }
            return .success
        }
    }
}

/// Volumes read as the provisioner.
struct VolumeReading: Sendable {
    let inventory: CephInventory
    let clusters: any ClusterDirectory
    let provisioner: CephCredentials

    /// - Throws: ``VolumeError/notFound(_:)`` for an id that is none's. One that goes away meanwhile is left out of all.
    func facts(_ choice: VolumeChoice) async throws -> [VolumeFacts] {
        var found: [VolumeFacts] = []
        switch choice {
        case .ids(let ids):
            for id in ids {
                guard let facts = try await inventory.facts(id, as: provisioner) else {
                    throw VolumeError.notFound("no volume \(id) exists: `cephfs-csi volume list` prints those that do")
                }
                found.append(facts)
            }
        case .all(let scope):
            for cluster in try scope.clusters(clusters) {
                let ids = try await inventory.volumes(
                    of: cluster,
                    filesystem: scope.filesystem,
                    group: scope.group,
                    as: provisioner
                )
                for begin in stride(from: 0, to: ids.count, by: Self.atOnce) {
                    found += try await facts(of: ids[begin..<min(begin + Self.atOnce, ids.count)])
                }
            }
        }
        return found
    }
}

extension VolumeReading {
    /// Each is a handful of questions to the MDS, which answers several clients' threads at once.
    private static let atOnce = 16

    private func facts(of ids: ArraySlice<VolumeID>) async throws -> [VolumeFacts] {
        try await withThrowingTaskGroup(of: (Int, VolumeFacts?).self) { tasks in
            for (index, id) in zip(ids.indices, ids) {
                tasks.addTask { (index, try await inventory.facts(id, as: provisioner)) }
            }
            var found: [Int: VolumeFacts] = [:]
            for try await (index, facts) in tasks { found[index] = facts }
            return found.sorted { $0.key < $1.key }.map(\.value)
        }
    }
}

extension VolumeFacts {
    var volume: Volume { details.volume }
}
