import JSON
import Testing

@testable import Ceph

@Suite struct QuiesceSetTests {
    @Test func `a directory is named as a reference that can be read in one way only`() {
        #expect(MDSCommands.reference("/volumes/csi/a.b_c-d") == "file:/volumes/csi/a.b_c-d")
        #expect(MDSCommands.reference("/a b/c?d#e%f") == "file:/a%20b/c%3Fd%23e%25f")
    }

    @Test func `spans of time are numbers with a point, for the MDS refuses whole ones`() {
        let quiesce = MDSCommands.quiesceCommand(["/volumes/csi/a"], set: "csi-1", timeout: 10, expiration: 20)
        #expect(
            quiesce.json == #"{"await_for":12.0,"expiration":20.0,"format":"json","prefix":"quiesce db","#
                + #""roots":["file:/volumes/csi/a"],"set_id":"csi-1","timeout":10.0}"#
        )
        let release = MDSCommands.releaseCommand(set: "csi-1", timeout: 0.5)
        #expect(
            release.json == #"{"await_for":0.5,"format":"json","prefix":"quiesce db","release":true,"set_id":"csi-1"}"#
        )
    }

    @Test func `the metadata servers' map tells who keeps the quiesce database, and old ones have none`() throws {
        let squid = try JSONValue(parsing: #"{"fs_name":"cephfs","qdb_leader":4242,"qdb_cluster":[4242]}"#)
        #expect(Rados.quiesceLeader(in: squid) == 4242)
        #expect(Rados.quiesceLeader(in: try JSONValue(parsing: #"{"fs_name":"cephfs","qdb_leader":0}"#)) == nil)
        #expect(Rados.quiesceLeader(in: try JSONValue(parsing: #"{"fs_name":"cephfs"}"#)) == nil)
    }
}
