import Testing

@testable import Configuration

@Suite struct NearestNameTests {
    private let names = ["id", "monitors", "filesystem", "root", "group", "createGroups", "mounter", "mountOptions"]

    @Test(
        "A slip leads to the name that was meant",
        arguments: [
            ("monitor", "monitors"), ("mointors", "monitors"), ("fileSystem", "filesystem"),
            ("file_system", "filesystem"),
            ("ROOT", "root"), ("rot", "root"), ("mount-options", "mountOptions"), ("groups", "group"), ("i", "id"),
        ]
    )
    func finds(_ typed: String, _ meant: String) { #expect(NearestName.to(typed, among: names) == meant) }

    @Test("A different word leads nowhere", arguments: ["secret", "x", "", "kernelOptions", "pool"])
    func findsNothing(_ typed: String) { #expect(NearestName.to(typed, among: names) == nil) }
}
