import Testing

@testable import Configuration

/// The same numbers every time.
private struct Lehmer: RandomNumberGenerator {
    var state: UInt64 = 2_026_112_3
    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 29)
    }
}

@Suite struct MutationTests {
    private static let seed = Array(
        """
        # A comment
        clusters:
          - id: main
            monitors: ["10.0.0.1:6789", '[v2:10.0.0.2:3300,v1:10.0.0.2:6789]']
            mountOptions: [noatime]
            root: "/vol\\u0075mes"
          - {id: b, monitors: [h:1], createGroups: false, mounter: fuse}

        """.utf8
    )
    private static let spice = Array("-:?[]{},#&*!|>'\"%@`\\ \t\n\r\u{0}~<=.".utf8) + [0x80, 0xc3, 0xff, 0xef, 0xbb]

    @Test("Whatever a file holds, it is read or refused with a reason", .timeLimit(.minutes(2)))
    func survivesMutation() {
        var random = Lehmer()
        var refused = 0
        for _ in 0..<20_000 {
            var bytes = Self.seed
            for _ in 0..<Int.random(in: 1...4, using: &random) { Self.mutate(&bytes, &random) }
            do throws(ConfigurationError) {
                let clusters = try ConfigurationFile.parse(bytes, file: "x")
                #expect(!clusters.isEmpty && clusters.allSatisfy { !$0.id.isEmpty && !$0.monitors.isEmpty })
            } catch {
                refused += 1
                #expect(!error.problems.isEmpty && error.problems.allSatisfy { !$0.problem.isEmpty && !$0.fix.isEmpty })
                let isPlain = error.description.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 }
                #expect(isPlain, "\(error.description.debugDescription)")
            }
        }
        // Both outcomes have been seen, or the seed or the mutations are not what they should be.
        #expect((1000..<19_900).contains(refused))
    }

    private static func mutate(_ bytes: inout [UInt8], _ random: inout Lehmer) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        let other = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: bytes[place] = spice.randomElement(using: &random) ?? 0
        case 1: bytes.insert(spice.randomElement(using: &random) ?? 0, at: place)
        case 2: bytes.remove(at: place)
        case 3: bytes.removeSubrange(min(place, other)..<max(place, other))
        case 4: bytes.insert(contentsOf: bytes[min(place, other)..<max(place, other)], at: place)
        default: bytes.swapAt(place, other)
        }
        if bytes.isEmpty { bytes = [0x0a] }
    }
}
