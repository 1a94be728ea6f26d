import Testing

@testable import CephVolumes
@testable import TreeCopying

@Suite("A copy's progress") struct CopyProgressTests {
    @Test("an empty tree, a tree larger than expected, and one not begun have a sensible percentage")
    func percent() {
        let progress = CopyProgress()
        #expect(progress.figures.percent == 0 && progress.figures.text == "0 %, not started")
        progress.begin(CopyTotals(entries: 0, bytes: 0))
        #expect(progress.figures.percent == 0)
        progress.begin(CopyTotals(entries: 10, bytes: 10 << 20))
        progress.copied(bytes: 5 << 20)
        for _ in 0..<5 { progress.finishedEntry() }
        #expect(progress.figures.percent == 50)
        #expect(progress.figures.text.hasPrefix("50 %, 5 of 10 MiB, 5 of 10 entries, "))
        progress.found(bytes: 50 << 20)
        #expect(progress.figures.percent == 99)
        #expect(progress.figures.text.hasPrefix("99 %, 55 of 55 MiB, 5 of 10 entries, "))
        for _ in 0..<200 { progress.finishedEntry() }
        #expect(progress.figures.percent == 99)
        #expect(progress.figures.text.hasPrefix("99 %, 55 of 55 MiB, 205 of 205 entries, "))
        progress.finish()
        #expect(progress.figures.percent == 100)
    }

    @Test("the rate counts what was copied, not what was there already")
    func rate() {
        var figures = CopyProgress.Figures()
        figures.bytes = 1 << 30
        figures.copied = 50 << 20
        figures.elapsed = .seconds(10)
        #expect(figures.rate == Double(5 << 20))
    }

    @Test("a checkpoint is where the last gap begins, whatever the order of the chunks")
    func checkpoints() {
        var tracker = CopyCheckpoint.Tracker(done: 100)
        #expect(tracker.note(200..<300, every: 100) == nil)
        #expect(tracker.note(300..<400, every: 100) == nil)
        #expect(tracker.note(100..<200, every: 100) == 400)
        #expect(tracker.note(400..<450, every: 100) == nil)
        #expect(tracker.note(450..<450, every: 100) == nil)
        #expect(tracker.done == 450)
    }
}
