// swift-tools-version: 6.2
import PackageDescription

/// Every target: Swift 6 mode, and a warning stops the build.
let common: [SwiftSetting] = [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]
/// The commit that is built, for `cephfs-csi version`; whoever builds says it (Makefile, Dockerfile), else it is unknown.
let revision: [CSetting] =
    Context.environment["CEPHFS_CSI_REVISION"].map { [.define("CEPHFS_CSI_REVISION", to: "\"\($0)\"")] } ?? []
/// Targets that have no business with pointers also promise it to the compiler.
let safe: [SwiftSetting] = common + [.strictMemorySafety()]

let package = Package(
    name: "cephfs-csi",
    products: [.executable(name: "cephfs-csi", targets: ["cephfs-csi"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    ],
    targets: [
        // C: module maps and shims, nothing that decides.
        .target(name: "CGRPC"),
        .systemLibrary(name: "CProtobufC"),
        .systemLibrary(name: "CYAML"),
        .systemLibrary(name: "CSodium"),
        .target(name: "CCSI", dependencies: ["CProtobufC"]),
        .target(name: "CCephFS"),
        .target(name: "CRados"),
        .target(name: "CLinux"),
        .target(name: "CHost", cSettings: revision),

        // Text as bytes.
        .target(name: "Bytes", swiftSettings: common),

        // What the process asks its operating system for: small files, standard error, time.
        .target(name: "Host", dependencies: ["Bytes", "CHost"], swiftSettings: common),

        // Transport.
        .target(name: "GRPCServer", dependencies: ["Bytes", "CGRPC"], swiftSettings: common),
        .target(name: "ProtobufBridge", dependencies: ["CProtobufC"], swiftSettings: common),
        .target(name: "CSI", dependencies: ["ProtobufBridge", "CCSI"], swiftSettings: safe),

        // Domain.
        .target(name: "Volumes", dependencies: ["Bytes"], swiftSettings: safe),

        // What releases of Ceph and Linux can do, and the keys in which they differ.
        .target(name: "Releases", dependencies: ["Bytes"], swiftSettings: safe),

        // Where a cluster's monitors are.
        .target(name: "Monitors", dependencies: ["Bytes"], swiftSettings: common),

        // Threads for calls that block.
        .target(name: "Blocking", dependencies: ["CLinux"], swiftSettings: common),

        // What acts.
        .target(name: "Cryptography", dependencies: ["CSodium"], swiftSettings: common),
        .target(
            name: "Ceph",
            dependencies: ["Blocking", "Bytes", "CCephFS", "CRados", "Monitors", "Releases"],
            swiftSettings: common
        ),
        .target(
            name: "CephVolumes",
            dependencies: ["Blocking", "Bytes", "Ceph", "Host", "Releases", "Volumes"],
            swiftSettings: safe
        ),
        .target(
            name: "Mounting",
            dependencies: ["Blocking", "Bytes", "CLinux", "Monitors", "Releases", "Volumes"],
            swiftSettings: common
        ),

        // Edge and operations.
        .target(
            name: "CSIServices",
            dependencies: ["Bytes", "CSI", "GRPCServer", "Releases", "Volumes"],
            swiftSettings: safe
        ),
        .target(
            name: "Operations",
            dependencies: ["Bytes", "Volumes", "GRPCServer", "Host", .product(name: "Logging", package: "swift-log")],
            swiftSettings: safe
        ),
        .target(name: "Configuration", dependencies: ["Bytes", "CYAML", "Host", "Volumes"], swiftSettings: common),
        .executableTarget(
            name: "cephfs-csi",
            dependencies: [
                "Bytes", "Ceph", "CephVolumes", "Configuration", "Cryptography", "CSI", "CSIServices", "GRPCServer",
                "Host", "Mounting", "Operations", "Volumes",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: safe,
            // Relocations are read-only before main: it costs neither memory nor time.
            linkerSettings: [.unsafeFlags(["-Xlinker", "-z", "-Xlinker", "now"])]
        ),

        .testTarget(name: "BytesTests", dependencies: ["Bytes"], swiftSettings: common),
        .testTarget(name: "MonitorsTests", dependencies: ["Monitors"], swiftSettings: common),
        .testTarget(name: "BlockingTests", dependencies: ["Blocking"], swiftSettings: common),
        // The server that the tests of the wire (Tests/Wire) drive from another gRPC stack. Not a product.
        .executableTarget(
            name: "grpc-echo",
            dependencies: ["GRPCServer"],
            path: "Tests/Support/grpc-echo",
            swiftSettings: common
        ),
        .testTarget(name: "GRPCServerTests", dependencies: ["GRPCServer", "CGRPC"], swiftSettings: common),
        .testTarget(
            name: "CSITests",
            dependencies: ["CSI", "ProtobufBridge"],
            exclude: ["Reference"],
            swiftSettings: common
        ),
        .testTarget(name: "VolumesTests", dependencies: ["Volumes"], swiftSettings: common),
        .testTarget(name: "ReleasesTests", dependencies: ["Releases"], swiftSettings: common),
        .testTarget(name: "CryptographyTests", dependencies: ["Cryptography"], swiftSettings: common),
        // Makes, copies and compares trees on a cluster; the tests kill it, the benchmark times it. Not a product.
        .executableTarget(
            name: "copy-tree",
            dependencies: ["Ceph", "CephVolumes", "SampleTrees"],
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
        .testTarget(name: "CephTests", dependencies: ["CCephFS", "Ceph", "FrozenProcesses"], swiftSettings: common),
        .testTarget(
            name: "CephVolumesTests",
            // Its tests of crashes kill the program copy-tree.
            dependencies: [
                "CephVolumes", "Ceph", "Cryptography", "FrozenProcesses", "Releases", "Volumes", "SampleTrees",
                "copy-tree",
            ],
            swiftSettings: common
        ),
        .testTarget(name: "MountingTests", dependencies: ["Monitors", "Mounting", "Volumes"], swiftSettings: common),
        .testTarget(
            name: "CSIServicesTests",
            dependencies: ["CSIServices", "CSI", "GRPCServer", "Volumes"],
            swiftSettings: common
        ),
        .testTarget(name: "HostTests", dependencies: ["Host"], swiftSettings: common),
        .testTarget(
            name: "OperationsTests",
            dependencies: ["Operations", "GRPCServer", "Host"],
            swiftSettings: common
        ),
        .testTarget(
            name: "ConfigurationTests",
            dependencies: ["Configuration", "Volumes"],
            swiftSettings: common
        ),
        // Runs the built executable.
        .testTarget(name: "CommandLineTests", dependencies: ["cephfs-csi", "GRPCServer"], swiftSettings: common),
    ],
    cLanguageStandard: .gnu11
)
