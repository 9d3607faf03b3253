// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    // Only in debug: whoever builds a release with a newer compiler or library is not stopped by its new warnings.
    .treatAllWarnings(as: .error, .when(configuration: .debug)),
]

let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let nioLocks: Target.Dependency = .product(name: "NIOConcurrencyHelpers", package: "swift-nio")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")

/// Who may import whom. `swift build --explicit-target-dependency-import-check error` keeps it so.
let package = Package(
    name: "router",
    platforms: [.macOS(.v26)],
    products: [
        .executable(name: "router", targets: ["router"]),
        // What somebody else's package needs to build a router of its own with handlers of its own.
        .library(name: "RouterKit", targets: ["RouterCommand", "HandlerKit", "Handlers"]),
        .library(name: "HandlerTesting", targets: ["HandlerTesting"]),
        // What Benchmarks/Micro measures. Nobody else should build on it: it changes with the router.
        .library(name: "RouterParts", targets: ["Handlers", "HandlerKit", "JSONWire", "RouterCore", "WebSocketWire"]),
        // What Fuzz feeds with bytes. Nobody else should build on it: it changes with the router.
        .library(name: "FuzzTargets", targets: ["FuzzTargets"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.2.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        // The bottom: bytes and the interface that handlers are written against.
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .target(name: "WebSocketWire", dependencies: ["Addresses", "CZlib", nioCore], swiftSettings: strict),
        .target(name: "JSONWire", dependencies: [nioCore], swiftSettings: strict),
        .target(name: "Settings", swiftSettings: strict),
        .target(name: "Addresses", dependencies: ["Settings"], swiftSettings: strict),
        .target(name: "Names", swiftSettings: strict),
        .target(name: "Timing", swiftSettings: strict),
        .target(
            name: "HandlerKit", dependencies: ["Addresses", "JSONWire", "Names", "Settings", "Timing", nioCore],
            swiftSettings: strict),

        // Handlers see the kit and nothing else.
        .target(
            name: "Handlers", dependencies: ["HandlerKit"], resources: [.embedInCode("Parts/Emoji.txt")],
            swiftSettings: strict),

        // The router itself: decisions without sockets, then the sockets.
        .target(
            name: "RouterCore",
            dependencies: ["HandlerKit", "JSONWire", "WebSocketWire", nioCore, logging],
            swiftSettings: strict),
        .target(
            name: "RouterServer",
            dependencies: [
                "RouterCore", "HandlerKit", "JSONWire", "WebSocketWire", nioCore, nioPosix, logging,
                nioLocks,
                .product(name: "DequeModule", package: "swift-collections"),
            ],
            swiftSettings: strict),

        // Where posts become durable.
        .target(
            name: "SQLiteStore",
            dependencies: [
                "RouterCore", nioCore, logging, .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            path: "Sources/Stores/SQLite", swiftSettings: strict),

        // Configuration files to typed settings and a pipeline.
        .systemLibrary(
            name: "CLibYAML", pkgConfig: "yaml-0.1",
            providers: [.apt(["libyaml-dev"]), .brew(["libyaml"])]),
        .target(
            name: "RouterConfig",
            dependencies: ["CLibYAML", "HandlerKit", "RouterCore", "RouterServer", nioCore],
            swiftSettings: strict),

        .target(name: "CMalloc"),
        // The command line, and the executable that adds the bundled handlers to it.
        .target(
            name: "RouterCommand",
            dependencies: [
                "CMalloc", "HandlerKit", "RouterConfig", "RouterCore", "RouterServer", "SQLiteStore", logging, nioCore,
                nioLocks,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        .executableTarget(name: "router", dependencies: ["RouterCommand", "Handlers"], swiftSettings: strict),

        // What handler authors test with.
        .target(
            name: "HandlerTesting",
            dependencies: [
                "HandlerKit", "RouterCore", "RouterServer", "Seeds", "WebSocketWire", nioCore, nioEmbedded, logging,
                nioLocks,
            ],
            swiftSettings: strict),

        // Random numbers that come again, for tests at every height.
        .target(name: "Seeds", path: "Tests/Seeds", swiftSettings: strict),
        .testTarget(
            name: "WebSocketWireTests", dependencies: ["WebSocketWire", "Seeds", nioCore], swiftSettings: strict),
        .testTarget(
            name: "JSONWireTests", dependencies: ["JSONWire", "FuzzTargets", "Seeds", nioCore], swiftSettings: strict),
        .testTarget(name: "AddressesTests", dependencies: ["Addresses", "Settings"], swiftSettings: strict),
        .testTarget(name: "NamesTests", dependencies: ["Names", "Seeds"], swiftSettings: strict),
        .testTarget(
            name: "ConversationTests",
            dependencies: [
                "HandlerTesting", "HandlerKit", "Handlers", "RouterConfig", "RouterCore", "RouterServer", logging,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "HandlerTestingTests", dependencies: ["HandlerTesting", "HandlerKit", "Handlers", nioCore],
            exclude: ["dice.chat"], swiftSettings: strict),
        .testTarget(
            name: "HandlerKitTests", dependencies: ["HandlerKit", "TestSupport", nioCore], swiftSettings: strict),
        // What fuzzing calls with bytes, and the tests with those that it has found.
        .target(
            name: "FuzzTargets",
            dependencies: [
                "CZlib", "HandlerTesting", "HandlerKit", "Handlers", "JSONWire", "RouterConfig", "RouterCore",
                "RouterServer", "Seeds", "TestSupport", "WebSocketWire", nioCore, logging,
                nioLocks,
            ],
            path: "Fuzz/Targets", swiftSettings: strict),
        .testTarget(name: "FuzzTests", dependencies: ["FuzzTargets"], swiftSettings: strict),
        .target(
            name: "TestSupport",
            dependencies: ["CZlib", "HandlerKit", "HandlerTesting", "Seeds", nioCore],
            path: "Tests/TestSupport", swiftSettings: strict),
        .testTarget(
            name: "RouterCoreTests",
            dependencies: [
                "RouterCore", "HandlerKit", "JSONWire", "WebSocketWire", "Handlers", "HandlerTesting", "TestSupport",
                nioCore, nioLocks,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "HandlersTests",
            dependencies: [
                "Handlers", "HandlerKit", "HandlerTesting", "RouterConfig", "RouterCore", "TestSupport",
                "WebSocketWire", nioCore,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "RouterServerTests",
            dependencies: [
                "RouterServer", "RouterCore", "HandlerKit", "Handlers", "HandlerTesting", "Seeds", "TestSupport",
                "WebSocketWire",
                nioCore, nioEmbedded, nioPosix, nioLocks, logging,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "SimulationTests",
            dependencies: [
                "RouterServer", "RouterCore", "RouterConfig", "HandlerKit", "Handlers", "HandlerTesting", "Seeds",
                "TestSupport", nioCore, nioEmbedded, logging,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "SQLiteStoreTests",
            dependencies: [
                "SQLiteStore", "HandlerTesting", "RouterCore", "Seeds", nioCore, logging,
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "RouterConfigTests",
            dependencies: ["RouterConfig", "HandlerKit", "Handlers", "RouterCore", "RouterServer"],
            swiftSettings: strict),
        .testTarget(
            name: "HouseTests",
            dependencies: [
                "HandlerKit", "Handlers", "HandlerTesting", "RouterConfig", "RouterCore", "RouterServer",
                "WebSocketWire", nioCore, logging,
            ],
            swiftSettings: strict),
    ]
)

#if os(Linux)
    // What a message costs, and how often it allocates: `Benchmarks/pipeline`. It counts in glibc's allocator.
    package.targets += [
        .target(name: "CAllocations", path: "Benchmarks/CAllocations"),
        .executableTarget(
            name: "pipeline-cost",
            dependencies: ["CAllocations", "HandlerKit", "Handlers", "RouterCore", nioCore, logging],
            path: "Benchmarks/Pipeline", swiftSettings: strict),
    ]
#endif
