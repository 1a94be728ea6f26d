import CYAML

/// Owns libyaml's parser over a text; yields its events.
struct YAMLParser: ~Copyable {
    /// Why the text can't be read on.
    struct Failure: Error {
        let mark: YAMLMark?
        let problem: String
    }

    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let text: UnsafeMutableBufferPointer<UInt8>

    init(_ bytes: [UInt8]) throws(Failure) {
        parser = .allocate(capacity: 1)
        text = .allocate(capacity: bytes.count)
        guard yaml_parser_initialize(parser) == 1 else {
            parser.deallocate()
            text.deallocate()
            throw Failure(mark: nil, problem: "out of memory")
        }
        // libyaml keeps the pointer, so the text lives as long as the parser.
        _ = text.initialize(from: bytes)
        yaml_parser_set_input_string(parser, text.baseAddress, text.count)
        // Else a byte order mark decides, and UTF-16 with it.
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        text.deallocate()
    }

    /// The next event. After an error or the stream's end there is none; do not ask.
    func next() throws(Failure) -> YAMLEvent {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw failure }
        defer { yaml_event_delete(&event) }
        return YAMLEvent(event)
    }

    private var failure: Failure {
        let state = parser.pointee
        var problem = state.problem.map { String(cString: $0) } ?? "not YAML"
        if let context = state.context { problem += " (\(String(cString: context)))" }
        let isReaderError = state.error == YAML_READER_ERROR
        // The reader, which checks UTF-8, knows an offset only; the mark is where the scanner has come so far.
        let mark = isReaderError ? Self.mark(at: Int(state.problem_offset), in: text) : YAMLMark(state.problem_mark)
        return Failure(mark: mark, problem: problem)
    }

    private static func mark(at offset: Int, in text: UnsafeMutableBufferPointer<UInt8>) -> YAMLMark {
        let before = text.prefix(offset)
        let line = before.count { $0 == UInt8(ascii: "\n") }
        let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        return YAMLMark(line: line + 1, column: offset - start + 1)
    }
}

/// libyaml's event, copied out of its memory.
struct YAMLEvent {
    enum Kind {
        case streamStart, streamEnd, documentStart, documentEnd, sequenceStart, sequenceEnd, mappingStart, mappingEnd
        case alias
        case scalar(String, plain: Bool)
    }

    let kind: Kind
    let mark: YAMLMark
    /// Whether the value carries an anchor (`&x`) or an explicit tag (`!!str`).
    var anchored = false
    var tagged = false

    init(_ event: yaml_event_t) {
        mark = YAMLMark(event.start_mark)
        switch event.type {
        case YAML_STREAM_START_EVENT: kind = .streamStart
        case YAML_DOCUMENT_START_EVENT: kind = .documentStart
        case YAML_DOCUMENT_END_EVENT: kind = .documentEnd
        case YAML_ALIAS_EVENT: kind = .alias
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            kind = .scalar(String(decoding: bytes, as: UTF8.self), plain: scalar.style == YAML_PLAIN_SCALAR_STYLE)
            anchored = scalar.anchor != nil
            tagged = scalar.tag != nil
        case YAML_SEQUENCE_START_EVENT:
            kind = .sequenceStart
            anchored = event.data.sequence_start.anchor != nil
            tagged = event.data.sequence_start.tag != nil
        case YAML_SEQUENCE_END_EVENT: kind = .sequenceEnd
        case YAML_MAPPING_START_EVENT:
            kind = .mappingStart
            anchored = event.data.mapping_start.anchor != nil
            tagged = event.data.mapping_start.tag != nil
        case YAML_MAPPING_END_EVENT: kind = .mappingEnd
        // YAML_STREAM_END_EVENT, and YAML_NO_EVENT after it.
        default: kind = .streamEnd
        }
    }
}

extension YAMLMark {
    /// libyaml counts from 0.
    init(_ mark: yaml_mark_t) {
        self.init(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }
}
