import Testing
import Volumes

@Suite struct CephxKeyTests {
    @Test(arguments: ["AQD9fQNrJFmYIhAAXb2B9AUSNTFSTURLb3By2A=="]) func `a key as ceph prints it is well-formed`(
        key: String
    ) {
        #expect(CephxKey.isWellFormed(key))
    }

    @Test(arguments: [
        "", "garbage", "AQD9fQNrJFmYIhAAXb2B9AUSNTFSTURLb3By2A", "AQD9fQNrJFmYIhAAXb2B9AUSNTFSTURLb3By",
        "AQD9fQNrJFmYIhAAXb2B9AUSNTFSTURLb3By2A==\n", "AQD9fQNrJFmYIhAA", "====",
        "AQD9fQNrJFmYIhAAXb2B9AUSNTFSTURLb3By2!==",
    ]) func `anything else is not`(key: String) {
        #expect(!CephxKey.isWellFormed(key))
    }
}
