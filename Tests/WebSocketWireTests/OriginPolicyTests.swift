import Testing

@testable import WebSocketWire

@Suite struct OriginPolicyTests {
    private let policy = OriginPolicy(allowed: ["https://chat.example", "http://dev.example:3000", "app://router"])

    @Test(
        "P51: the same host is allowed, with default ports put in",
        arguments: [
            ("http://my.example", "my.example", true), ("https://my.example", "my.example", true),
            ("https://MY.example", "my.Example", true), ("https://my.example", "my.example:443", true),
            ("http://my.example", "my.example:80", true), ("http://my.example:80", "my.example", true),
            ("https://my.example:8443", "my.example:8443", true), ("http://[2001:db8::1]:81", "[2001:DB8::1]:81", true),
            ("http://my.example", "my.example:443", false), ("https://my.example", "my.example:80", false),
            ("http://my.example:8080", "my.example", false), ("http://my.example:8080", "my.example:8081", false),
            ("http://other.example", "my.example", false), ("http://my.example.evil", "my.example", false),
            ("http://sub.my.example", "my.example", false), ("ftp://my.example", "my.example", false),
            ("my.example", "my.example", false), ("http://my.example/", "my.example", false),
            ("http://user@my.example", "my.example", false),
            ("http://my.example, http://my.example", "my.example", false),
        ])
    func sameHost(origin: String, host: String, isAllowed: Bool) {
        #expect(policy.allows(origin: origin, host: host) == isAllowed)
    }

    @Test(
        "P51: pages served from loopback are allowed, on any port",
        arguments: [
            ("http://localhost", true), ("https://localhost:3000", true), ("http://127.0.0.1:5173", true),
            ("http://127.8.9.10", true), ("http://[::1]:8000", true), ("HTTP://LOCALHOST", true),
            ("http://localhost.evil.example", false), ("http://127.0.0.1.evil.example", false),
            ("http://128.0.0.1", false),
            ("http://[::2]", false), ("http://evil-localhost", false), ("file://localhost", false),
            ("http://127.1", false),
            ("http://10.0.0.1", false), ("http://localhost@evil.example", false),
        ])
    func loopback(origin: String, isAllowed: Bool) {
        #expect(policy.allows(origin: origin, host: "my.example") == isAllowed)
    }

    @Test(
        "P51: a listed origin is allowed, in any case, and nothing that only resembles it",
        arguments: [
            ("https://chat.example", true), ("https://chat.example:443", true), ("HTTPS://Chat.Example", true),
            ("http://dev.example:3000", true), ("app://router", true), ("http://chat.example", false),
            ("https://chat.example:444", false), ("http://dev.example", false), ("https://chat.example.evil", false),
            ("https://chat.example/", false), ("null", false), ("", false), ("app://other", false),
        ])
    func listed(origin: String, isAllowed: Bool) {
        #expect(policy.allows(origin: origin, host: "my.example") == isAllowed)
    }

    @Test("a client that is no browser has no Origin and is allowed")
    func absent() {
        #expect(policy.allows(origin: nil, host: nil))
        #expect(policy.allows(origin: nil, host: "my.example"))
    }

    @Test("null is allowed only where it is listed")
    func null() {
        #expect(OriginPolicy(allowed: ["null"]).allows(origin: "null", host: "my.example"))
        #expect(!OriginPolicy().allows(origin: "null", host: "null"))
    }
}
