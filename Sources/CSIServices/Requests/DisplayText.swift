/// Text of a request made fit for an error message: bounded and on one line.
enum DisplayText {
    /// `text` with control characters as `?` and cut to 64 characters.
    static func quotable(_ text: String) -> String {
        let cut = String(text.unicodeScalars.prefix(64).map { isControl($0) ? "?" : Character($0) })
        return cut.unicodeScalars.count < text.unicodeScalars.count ? cut + "…" : cut
    }

    /// C0 and C1 control characters and DEL.
    static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
    }
}
