import Testing

@testable import CephVolumes

@Suite struct StallWatchTests {
    @Test("a copy that stands still is told of once, and again when it has moved in between")
    func once() {
        let begin = ContinuousClock.now
        var watch = StallWatch()
        let looks: [(mark: UInt64?, seconds: Int, isTold: Bool)] = [
            (nil, 0, false), (nil, 100, false), (1, 110, false), (1, 169, false), (1, 170, true), (1, 300, false),
            (2, 310, false), (2, 369, false), (2, 371, true), (3, 372, false),
        ]
        for look in looks {
            #expect(watch.stands(at: look.mark, now: begin + .seconds(look.seconds)) == look.isTold, "\(look)")
        }
    }
}
