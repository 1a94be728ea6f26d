import CGRPC
import Glibc
import System
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
        let line = Promise<String, Never>()
        CoreLog.redirect { severity, text in line.fulfill("\(severity) \(text)") }
        gpr_log_message("/src/core/some.cc", 42, GPR_LOG_SEVERITY_ERROR, "a peer sent \u{1B}[31m\nthis")
        #expect(line.isResolved)
        #expect(await line.value == "error some.cc:42: a peer sent  [31m this")
    }

    @Test func linesBelowTheThresholdAreDropped() async {
        let line = Promise<String, Never>()
        CoreLog.redirect(from: .error) { _, text in line.fulfill(text) }
        gpr_log_message("some.cc", 1, GPR_LOG_SEVERITY_INFO, "chatter")
        #expect(!line.isResolved)
    }
}
