// swift-tools-version: 6.2
import PackageDescription

/// A package of its own, so that who builds the router does not build what measures it. `Benchmarks/micro` runs it.
let package = Package(
    name: "router-benchmarks",
    platforms: [.macOS(.v26)],
    dependencies: [
        .package(name: "router", path: "../.."),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        // Without its counts of allocations: they put an allocator of their own in front, and `Benchmarks/pipeline` counts.
        .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
    ],
    targets: [
        .executableTarget(
            name: "Wire",
            dependencies: [
                .product(name: "Benchmark", package: "benchmark"), .product(name: "RouterParts", package: "router"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Benchmarks/Wire",
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
        .executableTarget(
            name: "Routing",
            dependencies: [
                .product(name: "Benchmark", package: "benchmark"), .product(name: "RouterParts", package: "router"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "Logging", package: "swift-log"),
            ],
            path: "Benchmarks/Routing",
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
    ]
)
