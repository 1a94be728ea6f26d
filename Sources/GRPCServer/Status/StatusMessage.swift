/// The form of a status message that may go on the wire.
///
/// gRPC percent-encodes everything outside of printable ASCII (the core does that itself), so one byte can become
/// three. Clients on the same core refuse an answer whose metadata exceed 8 KiB, and would report RESOURCE_EXHAUSTED in
/// place of our status; so what counts here is the encoded length.
enum StatusMessage {
    /// Bytes that an encoded message may take: half of what clients accept.
    static let maximumEncodedLength = 4096
    private static let ellipsis = "…"

    /// `message` without control characters (NUL included), cut between characters when its encoded form would be too
    /// long.
    static func wireForm(of message: String) -> String {
        var result = String.UnicodeScalarView()
        var length = 0
        /// Where to cut if it turns out that the rest does not fit: the ellipsis needs room as well.
        var cut = result.endIndex
        let reserve = encodedLength(of: ellipsis.utf8)
        for scalar in message.unicodeScalars {
            let clean = isControl(scalar) ? " " : scalar
            length += encodedLength(of: UTF8.encode(clean) ?? UTF8.encodedReplacementCharacter)
            if length > maximumEncodedLength {
                result.removeSubrange(cut...)
                return String(result) + ellipsis
            }
            result.append(clean)
            if length <= maximumEncodedLength - reserve { cut = result.endIndex }
        }
        return String(result)
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory == .control
    }

    /// What percent-encoding makes of it: three bytes for each that is not printable ASCII, and for the percent sign.
    static func encodedLength(of text: some Sequence<UInt8>) -> Int {
        text.reduce(0) { $0 + ((0x20...0x7E).contains($1) && $1 != UInt8(ascii: "%") ? 1 : 3) }
    }
}
