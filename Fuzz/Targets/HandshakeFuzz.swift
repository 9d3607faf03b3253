import NIOCore
import WebSocketWire

/// What a client sends first: a request head is read the same however it is split, as a second, plain reader reads it, and
/// only what RFC 6455 asks for is taken as an upgrade.
///
/// The first byte of an input says how the head is cut, the second which rules apply.
enum HandshakeFuzz {
    /// So low that short inputs meet them.
    private static let limits = RequestHeadParser.Limits(maxHeaderBytes: 500, maxHeaderCount: 12)

    static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let splits = Splits(seed: input.byte())
        let choice = input.byte()
        let request = Array(input.rest)
        let whole = read([request[...]])
        let split = read(splits.pieces(of: request))
        switch (whole, split) {
        case (.head(let head, let size), .head(let other, let otherSize)):
            try require(head == other && size == otherSize, "split, a head is \(other), and whole \(head)")
            try require(size <= limits.maxHeaderBytes, "a head of \(size) bytes was taken")
            try PlainHead(request.prefix(size)).check(head)
            try evaluate(head, UpgradeRules(choice))
        case (.fault(let fault), .fault(let other)):
            try require(fault == other, "split, it is \(other), and whole \(fault)")
            try checkResponse(HTTPResponse(fault))
        case (.incomplete, .incomplete):
            try require(request.count <= limits.maxHeaderBytes, "a head may go on behind the limit")
        default: throw BrokenRule("split, it is \(split), and whole \(whole)")
        }
    }

    private enum Reading {
        case head(RequestHead, size: Int)
        case fault(HTTPFault)
        case incomplete
    }

    private static func read(_ pieces: [ArraySlice<UInt8>]) -> Reading {
        var parser = RequestHeadParser(limits: limits)
        var input = ByteBuffer()
        for piece in pieces {
            input.writeBytes(piece)
            do throws(HTTPFault) {
                if let head = try parser.next(&input) { return .head(head, size: input.readerIndex) }
            } catch {
                return .fault(error)
            }
        }
        return .incomplete
    }

    private static func evaluate(_ head: RequestHead, _ rules: UpgradeRules) throws {
        switch Handshake.evaluate(head, rules: rules.rules) {
        case .notAnUpgrade:
            try require(!head.headers.contains("Upgrade", token: "websocket"), "an upgrade was taken for none")
        case .accept(let response, let compression):
            try rules.checkAccepted(head)
            try checkAccepting(String(buffer: response), compression)
            let offers = head.headers.list("Sec-WebSocket-Extensions").joined(separator: ",")
            try require(
                compression == nil || offers.contains("permessage-deflate"), "compressed without being asked to")
        case .refuse(let fault, let headers):
            try require((400...426).contains(fault.status.rawValue), "refused with \(fault.status)")
            try checkResponse(HTTPResponse(fault, headers: headers))
        }
    }

    private static func checkAccepting(_ response: String, _ compression: PermessageDeflate?) throws {
        let lines = response.split(separator: "\r\n", omittingEmptySubsequences: false)
        try require(lines.first == "HTTP/1.1 101 Switching Protocols", "it begins with \(lines.first ?? "")")
        try require(lines.suffix(2).allSatisfy(\.isEmpty) && !lines.dropLast(2).contains(""), "it has no end, or two")
        let accepts = lines.filter { $0.hasPrefix("Sec-WebSocket-Accept: ") }
        try require(accepts.count == 1 && accepts[0].utf8.count == 22 + 28, "it says \(accepts)")
        let extensions = lines.filter { $0.hasPrefix("Sec-WebSocket-Extensions: permessage-deflate; ") }
        try require(extensions.count == (compression == nil ? 0 : 1), "it says \(extensions)")
        try require(compression.map { (9...15).contains($0.windowBits) } ?? true, "a window of \(compression as Any)")
    }

    /// Whatever the client sent, it did not get a header line or a body of its own into the answer.
    private static func checkResponse(_ response: HTTPResponse) throws {
        let text = String(buffer: response.encoded())
        let parts = text.split(separator: "\r\n\r\n", omittingEmptySubsequences: false)
        try require(parts.count == 2, "an answer of \(parts.count) parts")
        try require(parts[0].contains("\r\nContent-Length: \(parts[1].utf8.count)"), "an answer of another length")
    }
}
