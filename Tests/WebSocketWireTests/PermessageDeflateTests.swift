import NIOCore
import Testing

@testable import WebSocketWire

@Suite("RFC 7692, section 7.1: which offers of permessage-deflate are taken, and how they are answered")
struct PermessageDeflateTests {
    private static let answer = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"

    private func agreed(_ fields: String...) -> PermessageDeflate? {
        ExtensionOffer.all(in: fields).flatMap { PermessageDeflate($0) }
    }

    @Test(
        "an offer is taken with every parameter that it may have",
        arguments: [
            "", "; client_max_window_bits", "; client_max_window_bits=8", "; client_max_window_bits=15",
            "; client_max_window_bits=\"10\"", "; server_no_context_takeover", "; client_no_context_takeover",
            "; client_no_context_takeover; server_no_context_takeover; client_max_window_bits",
        ])
    func taken(parameters: String) {
        let agreed = agreed("permessage-deflate" + parameters)
        #expect(agreed?.answer == Self.answer)
        #expect(agreed?.windowBits == 15)
    }

    @Test("a window that the client asks for is used, and named in the answer", arguments: 9...15)
    func window(bits: Int) {
        for value in ["\(bits)", "\"\(bits)\"", " \(bits)", "\"\\\(bits)\""] {
            let agreed = agreed("permessage-deflate; client_max_window_bits; server_max_window_bits=\(value)")
            #expect(agreed?.answer == "\(Self.answer); server_max_window_bits=\(bits)")
            #expect(agreed?.windowBits == bits)
        }
    }

    @Test(
        "an offer with an unknown, doubled or bad parameter is declined, and the next one is looked at",
        arguments: [
            "x", "x=1", "window_bits=10", "mode=best", "Server_No_Context_Takeover",
            "server_no_context_takeover=1", "server_no_context_takeover=true", "client_no_context_takeover=1",
            "client_no_context_takeover=\"x\"",
            "server_no_context_takeover; server_no_context_takeover",
            "client_no_context_takeover; client_no_context_takeover",
            "client_max_window_bits; client_max_window_bits", "client_max_window_bits=10; client_max_window_bits=10",
            "server_max_window_bits=10; server_max_window_bits=10",
            "server_max_window_bits=10; server_max_window_bits=11",
            "server_max_window_bits", "server_max_window_bits=8", "server_max_window_bits=7",
            "server_max_window_bits=16", "server_max_window_bits=0", "server_max_window_bits=010",
            "server_max_window_bits=09", "server_max_window_bits=+9", "server_max_window_bits=-9",
            "server_max_window_bits=9.0", "server_max_window_bits=1e1", "server_max_window_bits=0xA",
            "server_max_window_bits=ten", "server_max_window_bits=99999999999999999999",
            "client_max_window_bits=7", "client_max_window_bits=16", "client_max_window_bits=08",
            "client_max_window_bits=015", "client_max_window_bits=x", "client_max_window_bits=+8",
        ])
    func declined(parameters: String) {
        let bad = "permessage-deflate; \(parameters)"
        #expect(agreed(bad) == nil)
        #expect(agreed("permessage-deflate; client_max_window_bits; \(parameters)") == nil)
        #expect(agreed("\(bad), permessage-deflate; server_max_window_bits=12")?.windowBits == 12)
        #expect(agreed(bad, "permessage-deflate; server_max_window_bits=12")?.windowBits == 12)
        #expect(agreed("permessage-deflate; server_max_window_bits=12", bad)?.windowBits == 12)
    }

    @Test("of several offers the first that can be taken counts; other extensions are passed over")
    func order() {
        #expect(agreed("permessage-deflate; server_max_window_bits=10, permessage-deflate")?.windowBits == 10)
        #expect(agreed("permessage-deflate, permessage-deflate; server_max_window_bits=10")?.windowBits == 15)
        #expect(agreed("x-webkit-deflate-frame; no_context_takeover, permessage-deflate")?.answer == Self.answer)
        #expect(agreed("permessage-bzip2; client_max_compress_level, foo, bar; baz=1") == nil)
        #expect(agreed("Permessage-Deflate, permessage-deflates, permessage") == nil)
    }
}

@Suite("The opening handshake answers offers to compress")
struct CompressionHandshakeTests {
    private func outcome(_ fields: [String], compression: Bool = true) throws -> Handshake.Outcome {
        var input = ByteBuffer(
            string: fields.reduce(UpgradeRequest.line("GET / HTTP/1.1")) {
                $0.adding("Sec-WebSocket-Extensions", $1)
            }.description)
        var parser = RequestHeadParser()
        let head = try #require(try parser.next(&input))
        return Handshake.evaluate(head, rules: .init(listensOnLoopback: true, compression: compression))
    }

    private func response(_ fields: [String], compression: Bool = true) throws -> (String, PermessageDeflate?) {
        guard case .accept(let bytes, let agreed) = try outcome(fields, compression: compression) else {
            return ("", nil)
        }
        return (String(buffer: bytes), agreed)
    }

    @Test("what the tutorial's page offers is taken (P27)")
    func browser() throws {
        let (text, agreed) = try response(["permessage-deflate; client_max_window_bits"])
        #expect(
            text.hasSuffix(
                "\r\nSec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n\r\n"
            ))
        #expect(agreed?.windowBits == 15)
    }

    @Test("without an offer, with none that can be taken, and with compression off nothing is agreed on")
    func nothing() throws {
        for (fields, isOn) in [
            ([], true), (["foo"], true), (["permessage-deflate; x"], true), (["permessage-deflate"], false),
        ] {
            let (text, agreed) = try response(fields, compression: isOn)
            #expect(text.hasPrefix("HTTP/1.1 101 "))
            #expect(!text.contains("Extensions") && agreed == nil)
        }
    }

    @Test("a field that is no list of extensions is refused with 400, whether compression is on or off")
    func malformed() throws {
        for isOn in [true, false] {
            for field in [
                "permessage-deflate;", "permessage-deflate; a=\"", "", "permessage-deflate client_max_window_bits",
            ] {
                let outcome = try outcome([field], compression: isOn)
                guard case .refuse(let fault, _) = outcome else {
                    Issue.record("\(field) was answered with \(outcome)")
                    continue
                }
                #expect(fault.status == .badRequest)
            }
        }
    }
}
