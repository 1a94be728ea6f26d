// swift-tools-version: 6.2
import PackageDescription

/// Every target: Swift 6 mode, and a warning stops the build.
let common: [SwiftSetting] = [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]
/// The commit that is built, for `cephfs-csi version`; whoever builds says it (Makefile, Dockerfile), else it is unknown.
let revision: [CSetting] =
    Context.environment["CEPHFS_CSI_REVISION"].map { [.define("CEPHFS_CSI_REVISION", to: "\"\($0)\"")] } ?? []
/// Targets that have no business with pointers also promise it to the compiler.
let safe: [SwiftSetting] = common + [.strictMemorySafety()]

/// The program that libFuzzer drives has no main function of its own: only scripts/fuzz builds it.
let fuzzing: [Target] =
    Context.environment["CEPHFS_CSI_FUZZ"] == nil
    ? []
    : [
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "Bytes", "CSI", "CephVolumes", "Configuration", "Cryptography", "JSON", "Mounting", "Volumes",
            ],
            path: "Tests/Fuzz",
            exclude: ["corpus"],
            swiftSettings: common + [.unsafeFlags(["-parse-as-library"])]
        )
    ]

let package = Package(
    name: "cephfs-csi",
    products: [.executable(name: "cephfs-csi", targets: ["cephfs-csi"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    ],
    targets: [
        // C: module maps and shims, nothing that decides.
        .target(name: "CGRPC", path: "Sources/C/CGRPC"),
        .systemLibrary(name: "CProtobufC", path: "Sources/C/CProtobufC"),
        .systemLibrary(name: "CYAML", path: "Sources/C/CYAML"),
        .systemLibrary(name: "CSodium", path: "Sources/C/CSodium"),
        .target(name: "CCSI", dependencies: ["CProtobufC"], path: "Sources/C/CCSI"),
        .target(name: "CCeph", path: "Sources/C/CCeph"),
        .target(name: "CLinux", path: "Sources/C/CLinux", cSettings: revision),

        // Foundations, which know nothing of volumes.
        .target(name: "Bytes", swiftSettings: safe),
        .target(name: "System", dependencies: ["Bytes", "CLinux"], swiftSettings: common),
        .target(name: "JSON", dependencies: ["Bytes"], swiftSettings: safe),
        .target(name: "Cryptography", dependencies: ["Bytes", "CSodium"], swiftSettings: common),

        // Transport.
        .target(name: "GRPCServer", dependencies: ["Bytes", "CGRPC", "System"], swiftSettings: common),
        .target(name: "ProtobufBridge", dependencies: ["CProtobufC"], swiftSettings: common),
        .target(name: "CSI", dependencies: ["ProtobufBridge", "CCSI"], swiftSettings: safe),

        // Domain.
        .target(name: "Volumes", dependencies: ["Bytes", "Cryptography"], swiftSettings: safe),

        // What controller and node both know of a Ceph cluster.
        .target(name: "CephCommon", dependencies: ["Bytes"], swiftSettings: common),

        // What acts.
        .target(
            name: "Ceph",
            dependencies: ["Bytes", "CCeph", "CephCommon", "Cryptography", "JSON", "System"],
            swiftSettings: common
        ),
        .target(
            name: "TreeCopying",
            dependencies: ["Bytes", "Ceph", "JSON", "System", "Volumes"],
            swiftSettings: safe
        ),
        .target(
            name: "CephVolumes",
            dependencies: [
                "Bytes", "Ceph", "CephCommon", "Cryptography", "JSON", "System", "TreeCopying", "Volumes",
            ],
            swiftSettings: safe
        ),
        .target(
            name: "Mounting",
            dependencies: ["Bytes", "CLinux", "CephCommon", "Cryptography", "System", "Volumes"],
            swiftSettings: common
        ),

        // Edge and operations.
        .target(
            name: "CSIServices",
            dependencies: ["Bytes", "CSI", "Cryptography", "GRPCServer", "Volumes"],
            swiftSettings: safe
        ),
        .target(
            name: "Observability",
            dependencies: [
                "Bytes", "GRPCServer", "System", .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: safe
        ),
        .target(
            name: "Configuration",
            dependencies: ["Bytes", "CYAML", "System", "Volumes"],
            swiftSettings: common
        ),
        .executableTarget(
            name: "cephfs-csi",
            dependencies: [
                "Bytes", "Ceph", "CephVolumes", "Configuration", "Cryptography", "CSI", "CSIServices",
                "GRPCServer", "JSON", "Mounting", "Observability", "System", "Volumes",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: safe,
            // Relocations are read-only before main: it costs neither memory nor time.
            linkerSettings: [.unsafeFlags(["-Xlinker", "-z", "-Xlinker", "now"])]
        ),

        .testTarget(name: "BytesTests", dependencies: ["Bytes"], swiftSettings: common),
        .testTarget(name: "SystemTests", dependencies: ["Bytes", "System"], swiftSettings: common),
        .testTarget(name: "JSONTests", dependencies: ["JSON"], swiftSettings: common),
        .testTarget(name: "CephCommonTests", dependencies: ["CephCommon"], swiftSettings: common),
        // The server that the tests of the wire (Tests/Wire) drive from another gRPC stack. Not a product.
        .executableTarget(
            name: "grpc-echo",
            dependencies: ["GRPCServer"],
            path: "Tests/Support/grpc-echo",
            swiftSettings: common
        ),
        .testTarget(name: "GRPCServerTests", dependencies: ["GRPCServer", "CGRPC", "System"], swiftSettings: common),
        .testTarget(
            name: "CSITests",
            dependencies: ["CSI", "ProtobufBridge"],
            exclude: ["Reference"],
            swiftSettings: common
        ),
        .testTarget(name: "VolumesTests", dependencies: ["Cryptography", "Volumes"], swiftSettings: common),
        .testTarget(name: "CryptographyTests", dependencies: ["Cryptography"], swiftSettings: common),
        // Makes, copies and compares trees on a cluster; the tests kill it, the benchmark times it. Not a product.
        .executableTarget(
            name: "copy-tree",
            dependencies: ["Ceph", "Cryptography", "SampleTrees", "System", "TreeCopying"],
            path: "Tests/Support/copy-tree",
            swiftSettings: common
        ),
        .target(
            name: "SampleTrees",
            dependencies: ["Ceph"],
            path: "Tests/Support/SampleTrees",
            swiftSettings: common
        ),
        .target(name: "FrozenProcesses", path: "Tests/Support/FrozenProcesses", swiftSettings: common),
        .testTarget(
            name: "CephTests",
            dependencies: ["CCeph", "Ceph", "CephCommon", "Cryptography", "FrozenProcesses", "JSON", "System"],
            swiftSettings: common
        ),
        .testTarget(
            name: "CephVolumesTests",
            // Its tests of crashes kill the program copy-tree.
            dependencies: [
                "CephCommon", "CephVolumes", "Ceph", "Cryptography", "FrozenProcesses", "JSON", "SampleTrees", "System",
                "TreeCopying", "Volumes", "copy-tree",
            ],
            swiftSettings: common
        ),
        .testTarget(
            name: "MountingTests",
            dependencies: ["CephCommon", "Cryptography", "Mounting", "System", "Volumes"],
            swiftSettings: common
        ),
        .testTarget(
            name: "CSIServicesTests",
            dependencies: ["CSIServices", "CSI", "Cryptography", "GRPCServer", "Volumes"],
            swiftSettings: common
        ),
        .testTarget(
            name: "ObservabilityTests",
            dependencies: ["Cryptography", "GRPCServer", "Observability", "System", "Volumes"],
            swiftSettings: common
        ),
        .testTarget(
            name: "ConfigurationTests",
            dependencies: ["Configuration", "Volumes"],
            swiftSettings: common
        ),
        // Runs the built executable.
        .testTarget(name: "CommandLineTests", dependencies: ["cephfs-csi", "GRPCServer"], swiftSettings: common),
    ] + fuzzing,
    cLanguageStandard: .gnu11
)
