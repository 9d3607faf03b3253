import Foundation
import RouterServer
import Testing

@Suite("Where to listen, and by which clock")
struct ListenAddressTests {
    @Test(
        "a host and a port, an IPv6 address in brackets",
        arguments: [
            ("127.0.0.1:8080", "127.0.0.1", 8080), ("[::1]:0", "::1", 0), ("localhost:65535", "localhost", 65_535),
            ("chat.example:443", "chat.example", 443), ("0.0.0.0:1", "0.0.0.0", 1), ("[::]:80", "::", 80),
        ])
    func valid(text: String, host: String, port: Int) {
        let address = ListenAddress(text)
        #expect(address == ListenAddress(host: host, port: port))
        #expect(address?.description == text)
        #expect(address.flatMap { ListenAddress($0.description) } == address)
    }

    @Test(
        "anything else is none",
        arguments: [
            "", ":", "8080", "127.0.0.1", "127.0.0.1:", ":8080", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:http",
            "::1:8080", "::1",
            "[::1]", "a b:80", "[]:80", "localhost:80 ", "127.0.0.1:8080/path",
        ])
    func invalid(text: String) {
        #expect(ListenAddress(text) == nil)
    }

    @Test(
        "loopback is localhost and the addresses that are this machine's own",
        arguments: [
            ("127.0.0.1:1", true), ("127.255.0.9:1", true), ("localhost:1", true), ("[::1]:1", true),
            ("0.0.0.0:1", false), ("[::]:1", false),
            ("192.168.0.1:1", false), ("127.evil.example:1", false), ("localhost.example:1", false),
            ("128.0.0.1:1", false),
        ])
    func loopback(text: String, isLoopback: Bool) {
        #expect(ListenAddress(text)?.isLoopback == isLoopback)
    }

    @Test("the machine's clock agrees with Foundation's, and the other one never goes back")
    func systemClock() {
        let clock = SystemClock()
        let before = clock.monotonicMilliseconds
        let unix = Double(clock.unixMilliseconds) / 1_000
        #expect(abs(unix - Date().timeIntervalSince1970) < 60)
        for second in [0, 1_700_000_000, 1_720_000_000] {
            let zone = TimeZone.current.secondsFromGMT(for: Date(timeIntervalSince1970: Double(second)))
            #expect(clock.secondsFromUTC(at: Int64(second)) == zone)
        }
        #expect(clock.monotonicMilliseconds >= before)
    }
}
