// swift-tools-version: 6.2
import PackageDescription

/// A package of its own, so that who builds the router does not build it with what fuzzing adds. `Fuzz/run` builds and runs
/// it; what the targets check is in Targets, which the router's own package builds and tests, too.
let package = Package(
    name: "router-fuzz",
    platforms: [.macOS(.v26)],
    dependencies: [.package(name: "router", path: "..")],
    targets: [
        .executableTarget(name: "fuzz", dependencies: [.product(name: "FuzzTargets", package: "router")])
    ]
)
