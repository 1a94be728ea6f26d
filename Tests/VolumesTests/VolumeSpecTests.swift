import Testing
import Volumes

@Suite struct VolumeSpecTests {
    private let spec: VolumeSpec
    private let volume: Volume

    init() throws {
        let id = try #require(VolumeID("c:f:g:v"))
        spec = VolumeSpec(
            id: id,
            requestName: "v",
            capacity: try CapacityRange(required: 1 << 30, limit: 2 << 30),
            properties: VolumeProperties(mode: 0o770, uid: 1000)
        )
        volume = Volume(
            id: id,
            requestName: "v",
            capacity: Capacity(bytes: 1 << 30),
            dataPath: "/volumes/g/v/u",
            properties: VolumeProperties(mode: 0o770, uid: 1000)
        )
    }

    @Test func `the volume that an equal request made does not conflict`() {
        #expect(spec.conflict(with: volume) == nil)
    }

    @Test func `a grown volume still answers the request that made it`() {
        var grown = volume
        grown.capacity = Capacity(bytes: 2 << 30)
        #expect(spec.conflict(with: grown) == nil)
    }

    @Test func `each difference is named`() throws {
        var other = volume
        other.requestName = "w"
        #expect(try #require(spec.conflict(with: other)).contains("requested as \"w\""))
        other = volume
        other.capacity = Capacity(bytes: 4 << 30)
        #expect(try #require(spec.conflict(with: other)).contains("4294967296 bytes"))
        other = volume
        other.properties.mode = 0o700
        #expect(try #require(spec.conflict(with: other)).contains("mode=0700"))
    }
}
