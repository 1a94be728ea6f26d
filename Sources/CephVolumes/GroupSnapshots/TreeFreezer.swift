import Volumes

/// Keeps clients from writing below directories for a moment. Implemented on Ceph's quiesce database by
/// ``QuiesceFreezer``.
protocol TreeFreezer: Sendable {
    /// Returns when nothing is written below any of the directories any more. They are let go of by themselves some time
    /// later, whatever becomes of this process.
    ///
    /// - Throws: ``VolumeError/unavailable(_:)`` when it takes too long.
    func freeze() async throws

    /// Lets go of them.
    ///
    /// - Throws: ``VolumeError/unavailable(_:)`` when they were not frozen from ``freeze()`` until now.
    func release() async throws

    /// Lets go of them, however far freezing is, and whoever of this name began it: an earlier life of this process too.
    /// Nothing frozen is a success.
    func cancel() async throws
}

/// Something done while trees are frozen.
struct FrozenMoment {
    let freezer: any TreeFreezer

    /// Freezes, has `body` run, and lets go, whatever happens meanwhile.
    ///
    /// - Throws: what freezing or `body` throws, or releasing: then it was not frozen all the time.
    func run<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        do {
            try await freezer.freeze()
        } catch {
            // Some of the trees may be frozen already, or will be in a moment.
            try? await freezer.cancel()
            throw error
        }
        let value: Value
        do {
            value = try await body()
        } catch {
            try? await freezer.cancel()
            throw error
        }
        do {
            try await freezer.release()
        } catch {
            // Better than to wait until they are let go of by themselves.
            try? await freezer.cancel()
            throw error
        }
        return value
    }
}
