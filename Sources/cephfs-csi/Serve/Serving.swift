import Configuration
import GRPCServer
import Glibc
import Logging
import Observability
import System

/// `serve` from start to end: makes the plugin, serves, stops on a signal, ends the process.
enum Serving {
    static func run(_ options: ServeOptions) async -> Never {
        // First of all: a signal from here on is a wish to stop, however early.
        let signals = TerminationSignals()
        if options.role.offersController { Heap.limitArenas() }
        let logger = Logger.standardError(level: options.logLevel, format: options.logFormat)
        do {
            try TooFewDescriptors.check(for: options.role)
            let plugin = try Plugin(options, logger: logger)
            // First, so that whoever reaches the other finds this one too.
            try plugin.provisionerServer?.start()
            try plugin.server.start()
            logger.notice("serving", metadata: ["endpoint": "\(options.endpoint)", "role": "\(options.role.rawValue)"])
            await plugin.work(until: signals, grace: options.gracePeriod, logger: logger)
            logger.notice("stopped")
            ExitCode.success.leave()
        } catch let error as ConfigurationError {
            for problem in error.problems { logger.critical("\(error.file):\(problem)") }
            ExitCode.configuration.leave()
        } catch let error as EndpointError {
            logger.critical("--endpoint can't be served: \(error)")
            ExitCode.unavailable.leave()
        } catch {
            logger.critical("can't start: \(error)")
            ExitCode.failure.leave()
        }
    }
}

extension Plugin {
    /// Serves until the first signal, then stops: calls in flight have `grace` to finish. A second signal ends the
    /// process at once.
    func work(until signals: TerminationSignals, grace: Duration, logger: Logger) async {
        let background = background.map { work in Task { await work() } }
        let preparation = Task { await ports.open() }
        var arrivals = signals.arrivals.makeAsyncIterator()
        guard let first = await arrivals.next() else { return }
        logger.notice("stopping: calls in flight have \(grace) to finish", metadata: ["signal": "\(first.name)"])
        let impatience = Task {
            for await signal in signals.arrivals {
                logger.warning("ended before calls in flight have finished", metadata: ["signal": "\(signal.name)"])
                StandardError.flush(atMost: .milliseconds(250))
                _exit(signal.exitCode)
            }
        }
        let start = ContinuousClock.now
        async let provisionerStopped: Void? = provisionerServer?.shutdown(grace: grace)
        await server.shutdown(grace: grace)
        await provisionerStopped
        await preparation.value
        // Below the pod's terminationGracePeriodSeconds together.
        await ports.close(patience: max(.seconds(5), grace - start.duration(to: .now)))
        impatience.cancel()
        for task in background {
            task.cancel()
            await task.value
        }
    }
}
