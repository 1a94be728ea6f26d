import Testing
import Volumes

@testable import CephVolumes

@Suite("What an adoption takes") struct AdoptionPlaceTests {
    @Test("a path below the root is taken, doubled slashes and a closing one or not")
    func accepted() throws {
        for path in ["/volumes/a", "/volumes/a/", "//volumes//a"] {
            #expect(try AdoptionPlace(path, root: "/volumes").path == "/a", "\(path)")
        }
        let deep = try AdoptionPlace("/r/s/a/b/c", root: "/r/s")
        #expect(deep.ancestors == ["/a", "/a/b"] && deep.volumePlace == "/a/b" && deep.name == "c")
    }

    @Test(
        "a path that nothing can be adopted from is refused with what to do",
        arguments: [
            ("volumes/a", "absolute"), ("/volumes/../etc", ".."), ("/", "absolute"), ("/other/a", "root /volumes"),
            ("/volumesx/a", "root /volumes"), ("/volumes", "root itself"), ("/volumes/a/.snap/s", "in a snapshot"),
            ("/volumes/_trash/x", "to the plugin"), ("/volumes/_nogroup/x", "belongs to Ceph"),
        ]
    )
    func refused(path: String, words: String) {
        let error = #expect(throws: VolumeError.self) { try AdoptionPlace(path, root: "/volumes") }
        guard case .invalid("--path", let fix) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(fix.contains(words), "\(fix)")
    }

    @Test("a directory with another of the configuration's roots in it is told apart")
    func roots() throws {
        func root(_ path: String, _ monitor: String = "m1") -> AdoptionPlace.Root {
            AdoptionPlace.Root(Cluster(id: "c", monitors: ["m0", monitor], root: path))
        }
        let own = root("/volumes")
        let place = try AdoptionPlace("/volumes/a", root: "/volumes")
        #expect(place.contains(root("/volumes/a"), of: own) && place.contains(root("/volumes/a/b/"), of: own))
        for other in [own, root("/volumes/ab"), root("/a")] { #expect(!place.contains(other, of: own)) }
        let elsewhere = AdoptionPlace.Root(Cluster(id: "c", monitors: ["m2"], root: "/volumes/a"))
        #expect(!place.contains(elsewhere, of: own))
    }

    @Test("the capacity is the quota, or what is asked for where that holds the content")
    func limits() throws {
        let quota = Capacity(bytes: 100)
        func limit(_ limit: AdoptionSpec.Limit, _ quota: Capacity?) throws -> Capacity? {
            try AdoptionLimit(limit, quota: quota, used: 50, path: "/p").capacity
        }
        #expect(try limit(.quota, quota) == quota)
        #expect(try limit(.none, nil) == nil)
        let wanted = try #require(Capacity(bytes: 50))
        #expect(try limit(.capacity(wanted), quota) == wanted)
        #expect(try limit(.capacity(wanted), nil) == wanted)
        let little = try #require(Capacity(bytes: 49))
        for (wrong, quota) in [(AdoptionSpec.Limit.quota, nil), (.none, quota), (.capacity(little), quota)] {
            #expect(throws: VolumeError.self) { try limit(wrong, quota) }
        }
    }

    @Test("the manager's record is read as it writes it")
    func metadata() throws {
        let text = "[GLOBAL]\nversion = 2\ntype = subvolume\npath = /volumes/csi/v/u\nstate = complete\n\n"
        let metadata = try SubvolumeMetadata(text: text + "[USER_METADATA]\nversion = 9\n", place: "/m")
        #expect(metadata.version == 2 && metadata.path == "/volumes/csi/v/u" && metadata.state == "complete")
        for broken in ["", "[GLOBAL]\nversion = 3\npath = /a\nstate = complete", "[OTHER]\n" + text.dropFirst(9)] {
            #expect(throws: VolumeError.self) { try SubvolumeMetadata(text: broken, place: "/m") }
        }
    }

    @Test("a mark is read as it was written, and nothing else is one")
    func mark() {
        let mark = AdoptionMark(source: "/volumes/\"a\"", data: "u")
        #expect(AdoptionMark(text: mark.text) == mark)
        for text in [
            "", "{}", mark.text.replacing("\"version\":1", with: "\"version\":2"),
            mark.text.replacing("\"u\"", with: "\"..\""),
        ] {
            #expect(AdoptionMark(text: text) == nil, "\(text)")
        }
    }
}
