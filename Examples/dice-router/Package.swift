// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "dice-router",
    platforms: [.macOS(.v26)],
    dependencies: [
        .package(name: "router", path: "../..")
    ],
    targets: [
        .executableTarget(
            name: "dice-router",
            dependencies: [.product(name: "RouterKit", package: "router")]),
        .testTarget(
            name: "dice-routerTests",
            dependencies: ["dice-router", .product(name: "HandlerTesting", package: "router")],
            exclude: ["dice.chat"]),
    ]
)
