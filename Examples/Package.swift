// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "my-router",
    platforms: [.macOS(.v26)],
    dependencies: [
        .package(name: "router", path: "..")
    ],
    targets: [
        .executableTarget(
            name: "my-router",
            dependencies: [.product(name: "RouterKit", package: "router")])
    ]
)
