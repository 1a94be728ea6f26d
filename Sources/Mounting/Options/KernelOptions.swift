import Bytes
import Glibc
import Volumes

/// Mount options as mount(2) takes them: flags for what the kernel's VFS knows, text for what its CephFS client knows.
struct KernelOptions: Sendable, Hashable {
    /// MS_… of mount(2), without MS_RDONLY: that comes from the request as a whole.
    private(set) var flags: UInt
    /// Options of the client and SELinux's, in order.
    private(set) var client: [String] = []
    /// `ms_mode`, which also decides about the monitors' addresses and is passed with those.
    private(set) var messengerMode: String?
    /// `mount_timeout`; nil where the plugin's own counts.
    private(set) var timeout: Duration?

    /// Sorts `options`. Mounts are `nosuid` and `nodev`, as libfuse makes ceph-fuse's, unless `suid` or `dev` is asked
    /// for.
    ///
    /// - Throws: ``VolumeError/invalid(field:fix:)`` for an option or value that the kernel's client does not know: its
    ///   own answer would be EINVAL, without the name.
    init(_ options: MountOptions, kernel: KernelVersion = .current) throws(VolumeError) {
        flags = UInt(MS_NOSUID) | UInt(MS_NODEV)
        for option in options.passed { try take(option, kernel) }
    }

    private mutating func take(_ option: String, _ kernel: KernelVersion) throws(VolumeError) {
        let name = String(option.prefix { $0 != "=" })
        let value = name.utf8.count == option.utf8.count ? nil : String(option.dropFirst(name.count + 1))
        if MountOptions.labels.contains(name) {
            client.append(option)
            return
        }
        if let bits = KernelOptionTable.everyFilesystem[name] {
            guard value == nil else { throw Self.refusal(name, "it takes no value") }
            flags = flags & ~bits.clear | bits.set
            return
        }
        let (base, isNegated) = try Self.known(name)
        if let since = KernelOptionTable.since[base], kernel < since {
            throw Self.refusal(name, "it needs Linux \(since.major).\(since.minor) or newer on the node")
        }
        if let complaint = Self.complaint(about: value, of: base, isNegated: isNegated) {
            throw Self.refusal(name, complaint)
        }
        switch name {
        case "ms_mode": messengerMode = value
        case "mount_timeout":
            timeout = value.flatMap { Int($0) }.map { .seconds($0) }
            client.append(option)
        default: client.append(option)
        }
    }

    /// The name as the table has it, and whether it stood with `no` in front.
    private static func known(_ name: String) throws(VolumeError) -> (base: String, isNegated: Bool) {
        if KernelOptionTable.client[name] != nil { return (name, false) }
        let rest = String(name.dropFirst(2))
        if name.begins(with: "no"), [.onOrOff, .onOffOrName].contains(KernelOptionTable.client[rest]) {
            return (rest, true)
        }
        if FuseOptions.isOfCeph(name) {
            throw refusal(
                name,
                "the kernel's CephFS client has no such option. ceph-fuse has options with this prefix: put it into "
                    + "fuseMountOptions"
            )
        }
        let hint = KernelOptionTable.nearest(to: name).map { "did you mean \($0.debugDescription)?" }
        throw refusal(
            name,
            "the kernel's CephFS client has no such option\(hint.map { "; " + $0 } ?? ""). docs/mounting.md lists what it has"
        )
    }

    /// What is wrong with the value; nil when nothing is.
    private static func complaint(about value: String?, of name: String, isNegated: Bool) -> String? {
        guard let value else {
            switch KernelOptionTable.client[name] {
            case .some(.none), .onOrOff, .onOffOrName: return nil
            default: return "it needs a value"
            }
        }
        guard !isNegated else { return "it takes no value" }
        switch KernelOptionTable.client[name] {
        case .number(let range):
            let isNumber = value.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard isNumber, let number = Int(value), range.contains(number) else {
                return "its value must be a number from \(range.lowerBound) to \(range.upperBound)"
            }
            return nil
        case .choice(let choices):
            return choices.contains(value) ? nil : "its value must be one of \(choices.joined(separator: ", "))"
        case .name, .onOffOrName:
            return isName(value[...]) ? nil : "its value must be a name of letters, digits, `.`, `_` and `-`"
        case .places:
            let isPlace = { (place: Substring) in
                let parts = place.split(byte: ":", omittingEmptySubsequences: false)
                return parts.count == 2 && parts.allSatisfy(isName)
            }
            let isGood = value.split(byte: "|", omittingEmptySubsequences: false).allSatisfy(isPlace)
            return isGood ? nil : "its value must be `type:name`, several joined by `|`: rack:r1|host:h1"
        default: return "it takes no value"
        }
    }

    private static func isName(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy(PlainText.isNameByte)
    }

    private static func refusal(_ name: String, _ reason: String) -> VolumeError {
        .invalid(field: MountOptions.field, fix: "must not contain \(name.debugDescription) like this: \(reason)")
    }
}
