import CephCommon
import Glibc
import Volumes

extension FuseMounter {
    /// A name for the session of the process that is to serve `home`; nil when none can be written down. Ends the session of
    /// an earlier process that was killed: whoever wants its files would wait for a minute, the new process among them.
    func newSession(_ home: MountTarget, _ request: StageRequest) -> String? {
        guard let sessions else { return nil }
        if let dead = sessions.abandoned(by: home) { reclaim(dead, request) }
        do {
            return try sessions.begin(home)
        } catch {
            log(
                .warning,
                "the session of \(request.volumeID) gets no name, and can't be ended if ceph-fuse is killed: \(error)"
            )
            return nil
        }
    }

    private func reclaim(_ session: String, _ request: StageRequest) {
        let command = SessionReclaim(options.sessionReclaimer, session: session, request: request)
        do {
            let process = try CephFuseProcess(command.arguments, key: request.credentials.key)
            let deadline = ContinuousClock.now + SessionReclaim.patience
            while !process.poll(), ContinuousClock.now < deadline { usleep(5_000) }
            if process.status == 0 {
                return log(.info, "the session of a killed ceph-fuse for \(request.volumeID) was ended")
            }
            process.terminate()
            throw VolumeError.unexpected(process.text)
        } catch {
            log(
                .warning,
                "the session of a killed ceph-fuse for \(request.volumeID) can't be ended, and may block other "
                    + "clients for a minute: \(error)"
            )
        }
    }

    /// Takes a process out of the container's cgroups, and only says so when that fails: the mount works all the same, as
    /// long as the container lives.
    func leaveContainer(_ pid: pid_t) {
        do {
            try HostCgroups().move(pid)
        } catch {
            log(
                .warning,
                "ceph-fuse (process \(pid)) stays in the plugin's own cgroup and will end with its container: \(error)"
            )
        }
    }

    /// `request` with the monitors' names looked up.
    func resolved(_ request: StageRequest) throws(VolumeError) -> StageRequest {
        var request = request
        do {
            request.cluster.monitors = try MonitorList.numeric(request.cluster.monitors)
        } catch {
            throw .unavailable("cluster \(request.cluster.id.debugDescription): \(error)")
        }
        return request
    }
}
