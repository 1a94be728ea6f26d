import CGRPC

/// Between the core's clocks and Swift's. Both count on, but from different origins, so instants are converted by what
/// is left until then.
enum CoreTime {
    /// The instant that a call's deadline means; nil for the infinite future, which is how the core says that there is
    /// none.
    static func instant(of deadline: gpr_timespec) -> ContinuousClock.Instant? {
        if gpr_time_cmp(deadline, gpr_inf_future(deadline.clock_type)) == 0 { return nil }
        let left = gpr_time_sub(deadline, gpr_now(deadline.clock_type))
        return .now + .seconds(left.tv_sec) + .nanoseconds(Int64(left.tv_nsec))
    }

    static func timespec(at instant: ContinuousClock.Instant) -> gpr_timespec {
        timespec(in: ContinuousClock.now.duration(to: instant))
    }

    static func timespec(in duration: Duration) -> gpr_timespec {
        let (seconds, attoseconds) = duration.components
        let span = gpr_timespec(
            tv_sec: seconds,
            tv_nsec: Int32(attoseconds / 1_000_000_000),
            clock_type: GPR_TIMESPAN
        )
        return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), span)
    }
}
