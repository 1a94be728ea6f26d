import CSI
import Testing

@Suite struct RoundTripTests {
    @Test func `every message means in Swift what it means to Google's implementation`() throws {
        let samples = try Reference.samples()
        #expect(Set(samples.map(\.name)).count == allMessages.count)
        for sample in samples {
            let message = try messageType(named: sample.name).init(decoding: sample.bytes)
            #expect(try plain(message) == sample.fields, "\(sample.name)")
        }
    }

    @Test func `every message is encoded as Google's implementation reads it`() throws {
        let samples = try Reference.samples()
        let encoded = try samples.map { sample in
            let message = try messageType(named: sample.name).init(decoding: sample.bytes)
            return (name: sample.name, bytes: message.encoded())
        }
        let answers = try Reference.parse(encoded)
        try #require(answers.count == samples.count)
        for (sample, answer) in zip(samples, answers) {
            #expect(answer == sample.fields, "\(sample.name)")
        }
    }

    @Test func `a message equals itself after a round trip`() throws {
        for sample in try Reference.samples() {
            try expectStable(messageType(named: sample.name), sample)
        }
    }

    private func expectStable<Message: ProtobufMessage>(
        _: Message.Type,
        _ sample: Reference.Sample
    ) throws {
        let message = try Message(decoding: sample.bytes)
        #expect(try Message(decoding: message.encoded()) == message, "\(sample.name)")
    }
}
