import CSI
import Testing

/// Decoding of damaged messages, against Google's implementation.
@Suite struct MutationTests {
    /// A small generator with a fixed seed, so that a failure can be repeated.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    @Test func `a message cut short anywhere is judged and read as Google's implementation does`() throws {
        let cuts = try Reference.samples().filter { $0.bytes.count < 400 }.flatMap { sample in
            sample.bytes.indices.map { (name: sample.name, bytes: Array(sample.bytes[..<$0])) }
        }
        try #require(cuts.count > 5000)
        for (cut, answer) in zip(cuts, try Reference.parse(cuts)) {
            let message = try? messageType(named: cut.name).init(decoding: cut.bytes)
            #expect(try message.map(plain) == answer, "\(cut.name) \(hex(cut.bytes))")
        }
    }

    @Test func `a damaged message is refused, or means what it means to Google's implementation`() throws {
        var random = Generator(state: 12)
        let samples = try Reference.samples().filter { !$0.bytes.isEmpty && $0.bytes.count < 2000 }
        let damaged = (0..<20_000).map { _ in
            let sample = samples.randomElement(using: &random) ?? samples[0]
            return (name: sample.name, bytes: damage(sample.bytes, &random))
        }
        var accepted: [(name: String, bytes: [UInt8])] = []
        var meanings: [String] = []
        for (name, bytes) in damaged {
            guard let message = try? messageType(named: name).init(decoding: bytes) else { continue }
            accepted.append((name, bytes))
            meanings.append(try plain(message))
        }
        #expect(accepted.count > 1000 && accepted.count < 19_000)
        let answers = try Reference.parse(accepted)
        let differing = accepted.indices.filter { meanings[$0] != answers[$0] }
        // "protobuf-c's leniencies" (WireTests) account for a few; a fault of ours would show in hundreds.
        #expect(
            differing.count * 100 < accepted.count,
            "\(accepted.count): \(differing.map { "\(accepted[$0].name) \(hex(accepted[$0].bytes))" })"
        )
    }

    private func damage(_ bytes: [UInt8], _ random: inout Generator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
            let place = bytes.indices.randomElement(using: &random) ?? 0
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: bytes[place] = .random(in: 0...255, using: &random)
            case 2: bytes.remove(at: place)
            case 3: bytes.insert(.random(in: 0...255, using: &random), at: place)
            default: bytes.insert(contentsOf: bytes[place...].prefix(20), at: place)
            }
        }
        return bytes
    }
}
