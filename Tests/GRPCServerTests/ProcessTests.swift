import CGRPC
import Glibc
import Testing

@testable import GRPCServer

/// What concerns the process as a whole.
@Suite(.serialized) struct ProcessTests {
    @Test func signalsArriveInTheirOrder() async {
        let signals = TerminationSignals()
        kill(getpid(), SIGTERM)
        var arrivals = signals.arrivals.makeAsyncIterator()
        #expect(await arrivals.next() == .terminate)
        kill(getpid(), SIGINT)
        kill(getpid(), SIGTERM)
        let rest = [await arrivals.next(), await arrivals.next()]
        #expect(Set(rest) == [.interrupt, .terminate])
        signal(SIGTERM, SIG_DFL)
        signal(SIGINT, SIG_DFL)
    }

    @Test func theCoresLinesGoToTheSinkWithoutControlCharacters() async {
        let line = OneShot<String>()
        CoreLog.redirect { severity, text in line.fire("\(severity) \(text)") }
        gpr_log_message("/src/core/some.cc", 42, GPR_LOG_SEVERITY_ERROR, "a peer sent \u{1B}[31m\nthis")
        #expect(line.current == "error some.cc:42: a peer sent  [31m this")
    }

    @Test func linesBelowTheThresholdAreDropped() async {
        let line = OneShot<String>()
        CoreLog.redirect(from: .error) { _, text in line.fire(text) }
        gpr_log_message("some.cc", 1, GPR_LOG_SEVERITY_INFO, "chatter")
        #expect(line.current == nil)
    }
}

@Suite struct OneShotTests {
    @Test func everybodyWhoWaitsGetsTheFirstValue() async {
        let shot = OneShot<Int>()
        #expect(shot.current == nil)
        await withTaskGroup(of: Int.self) { group in
            for _ in 0..<50 { group.addTask { await shot.wait() } }
            group.addTask {
                #expect(shot.fire(1))
                #expect(!shot.fire(2))
                return 1
            }
            for await value in group { #expect(value == 1) }
        }
        #expect(await shot.wait() == 1)
        #expect(shot.current == 1)
    }
}
