import Addresses
import Settings
import Testing

@Suite("IP addresses and ranges of them")
struct AddressTests {
    @Test("an address is the same however it is written")
    func same() {
        let same = [
            ["::1", "0:0:0:0:0:0:0:1", "0000::0001", "::0.0.0.1"],
            ["2001:db8::a", "2001:DB8:0:0::A", "2001:0db8:0000:0000:0000:0000:0000:000a"],
            ["192.0.2.33", "::ffff:192.0.2.33", "::FFFF:c000:221"], ["::", "0::0"],
            ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"], ["1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"],
        ]
        for group in same { #expect(Set(group.map { IPAddress($0) }).count == 1 && IPAddress(group[0]) != nil) }
    }

    @Test(
        "what is no address is none",
        arguments: [
            "", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", "0x7f.0.0.1", "1.2.3.-4", "+1.2.3.4",
            ":", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4::5:6:7:8", "g::", "12345::",
            "::1%eth0",
            "[::1]", "1:2:3:4:5:6:7:1.2.3.4", "1.2.3.4::", "localhost", "::+1", "-1::",
        ])
    func invalid(text: String) { #expect(IPAddress(text) == nil) }

    @Test("limits count by the whole IPv4 address and by the /64 of an IPv6 address")
    func network() {
        func same(_ one: String, _ other: String) -> Bool { IPAddress(one)?.network == IPAddress(other)?.network }
        #expect(same("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"))
        #expect(!same("2001:db8:1:2::1", "2001:db8:1:3::1"))
        #expect(same("192.0.2.1", "::ffff:192.0.2.1"))
        #expect(!same("192.0.2.1", "192.0.2.2"))
    }

    @Test(
        "a range holds what begins with the same bits, and nothing else",
        arguments: [
            ("127.0.0.0/8", "127.255.255.255", true), ("127.0.0.0/8", "::ffff:127.0.0.1", true),
            ("127.0.0.0/8", "128.0.0.0", false), ("127.0.0.0/8", "126.255.255.255", false),
            ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.0", false), ("192.0.2.1/32", "192.0.2.1", true),
            ("192.0.2.0/24", "192.0.2.77", true), ("192.0.2.128/25", "192.0.2.127", false),
            ("0.0.0.0/0", "203.0.113.9", true), ("0.0.0.0/0", "2001:db8::1", false), ("::/0", "203.0.113.9", true),
            ("::1", "::1", true), ("::1", "::2", false), ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("2001:db8::/32", "2001:db9::", false), ("2001:db8:0:1::/64", "2001:db8:0:1::5", true),
            ("2001:db8:0:1::/64", "2001:db8:0:2::5", false), ("2001:db8:0:1::8000:0/97", "2001:db8:0:1::8000:1", true),
            ("2001:db8:0:1::8000:0/97", "2001:db8:0:1::1", false),
        ])
    func contains(range: String, address: String, isIn: Bool) throws {
        let range = try #require(AddressRange(range))
        #expect(range.contains(try #require(IPAddress(address))) == isIn)
    }

    @Test(
        "what is no range is none",
        arguments: [
            "", "/8", "127.0.0.1/", "127.0.0.1/33", "::1/129", "127.0.0.1/-1", "127.0.0.1/08", "a/8", "::1/8/8",
            "192.0.2.77/24", "10.0.0.1/8", "128.0.0.0/0", "::1/127", "2001:db8::1/32",
        ])
    func invalidRange(text: String) { #expect(AddressRange(text) == nil) }

    @Test(
        "the range that an address is in has no bits behind those that all share",
        arguments: [
            ("10.0.0.1/8", "10.0.0.0/8"), ("192.0.2.77/25", "192.0.2.0/25"), ("128.0.0.0/0", "0.0.0.0/0"),
            ("192.0.2.77", "192.0.2.77"), ("2001:db8::1/32", "2001:db8::/32"), ("::1/0", "::/0"),
            ("2001:db8:0:1::5/64", "2001:db8:0:1::/64"), ("1:0:0:2:3:0:0:4/127", "1::2:3:0:0:4/127"),
            ("1:2:3:4:5:6:7:8/128", "1:2:3:4:5:6:7:8/128"), ("::ffff:10.0.0.1/104", "::ffff:a00:0/104"),
        ])
    func holding(address: String, range: String) {
        #expect(AddressRange(holding: address).map { $0 == AddressRange(range) } == true)
    }

    @Test("every address is in ::/0, every IPv4 address in 0.0.0.0/0, and not all in any other")
    func all() {
        for text in ["::/0", "0.0.0.0/0", "::ffff:0:0/96"] { #expect(AddressRange(text)?.holdsAll == true) }
        for text in ["::/1", "0.0.0.0/1", "::/96", "::1", "127.0.0.0/8"] {
            #expect(AddressRange(text)?.holdsAll == false)
        }
    }

    @Test("in YAML it is text, in quotes where a colon would mean something else")
    func setting() {
        #expect(AddressRange.loopback.map(\.settingText) == ["127.0.0.0/8", "\"::1\""])
        #expect(AddressRange(setting: .scalar("::1", quoted: true)) == AddressRange("::1"))
        #expect(AddressRange(setting: .scalar("10.0.0.0/8", quoted: false)) == AddressRange("10.0.0.0/8"))
        #expect(AddressRange(setting: .scalar("everybody", quoted: false)) == nil)
        #expect(AddressRange(setting: .list([])) == nil)
    }
}
