import Testing

@testable import Ceph

@Suite struct QuiesceSetTests {
    @Test func `a directory is named as a reference that can be read in one way only`() {
        #expect(MDSCommands.reference("/volumes/csi/a.b_c-d") == "file:/volumes/csi/a.b_c-d")
        #expect(MDSCommands.reference("/a b/c?d#e%f") == "file:/a%20b/c%3Fd%23e%25f")
    }

    @Test func `the metadata servers' map tells who keeps the quiesce database, and old ones have none`() throws {
        let squid = try JSONValue(parsing: #"{"fs_name":"cephfs","qdb_leader":4242,"qdb_cluster":[4242]}"#)
        #expect(Rados.quiesceLeader(in: squid) == 4242)
        #expect(Rados.quiesceLeader(in: try JSONValue(parsing: #"{"fs_name":"cephfs","qdb_leader":0}"#)) == nil)
        #expect(Rados.quiesceLeader(in: try JSONValue(parsing: #"{"fs_name":"cephfs"}"#)) == nil)
    }
}
