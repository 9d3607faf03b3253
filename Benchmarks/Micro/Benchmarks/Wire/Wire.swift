import Benchmark
import JSONWire
import NIOCore
import WebSocketWire

let benchmarks: @Sendable () -> Void = {
    Benchmark.defaultConfiguration = .init(
        metrics: [.wallClock, .throughput], scalingFactor: .kilo, maxDuration: .seconds(2))
    frames()
    texts()
    objects()
}

/// A client's text frame: final, masked with a key that no byte of the payload hides behind.
private func frame(_ payload: String) -> ByteBuffer {
    let key: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
    var frame = ByteBuffer(bytes: [0x81])
    let count = payload.utf8.count
    if count <= 125 {
        frame.writeInteger(UInt8(0x80 | count))
    } else {
        frame.writeInteger(UInt8(0x80 | 126))
        frame.writeInteger(UInt16(count))
    }
    frame.writeBytes(key)
    frame.writeBytes(payload.utf8.enumerated().map { $1 ^ key[$0 % 4] })
    return frame
}

private func frames() {
    for (name, text) in [
        ("64 bytes of ASCII", String(repeating: "x", count: 64)),
        ("10,000 bytes of ASCII", String(repeating: "x", count: 10_000)),
        ("9,999 bytes of Cyrillic", String(repeating: "я", count: 4_999) + "."),
    ] {
        Benchmark("Read and unmask a frame of \(name)") { benchmark in
            let bytes = frame(text)
            var decoder = FrameDecoder()
            benchmark.startMeasurement()
            for _ in benchmark.scaledIterations {
                var input = bytes
                blackHole(try decoder.next(&input))
            }
        }
    }
    Benchmark("Write the frame of 64 bytes") { benchmark in
        let payload = ByteBuffer(repeating: 0x78, count: 64)
        var buffer = ByteBuffer()
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations {
            buffer.clear()
            buffer.writeWebSocketFrame(.text, payload: payload)
            blackHole(buffer.readableBytes)
        }
    }
}

private func texts() {
    for (name, text) in [
        ("ASCII", String(repeating: "x", count: 10_000)),
        ("Cyrillic", String(repeating: "я", count: 5_000)),
        ("Chinese", String(repeating: "好", count: 3_333)),
        ("emoji", String(repeating: "🙂", count: 2_500)),
    ] {
        Benchmark("Check UTF-8: 10,000 bytes of \(name)") { benchmark in
            let bytes = Array(text.utf8)
            benchmark.startMeasurement()
            for _ in benchmark.scaledIterations {
                var validator = UTF8Validator()
                blackHole(bytes.withUnsafeBytes { validator.validate($0) })
            }
        }
    }
}

private func objects() {
    let text = String(repeating: "x", count: 64)
    for (name, json) in [
        ("message", #"{"type":"message","content":"\#(text)"}"#),
        (
            "message with ref, key and room",
            #"{"type":"message","content":"\#(text)","ref":1,"key":"k","room":"general"}"#
        ),
    ] {
        Benchmark("Read a \(name)") { benchmark in
            let bytes = ByteBuffer(string: json)
            var object = JSONObject()
            benchmark.startMeasurement()
            for _ in benchmark.scaledIterations {
                try object.read(bytes, utf8Checked: true)
                blackHole(object.value("content"))
            }
        }
    }
    Benchmark("Write an object of four members") { benchmark in
        let person = Person(id: 12_345, name: "Ada", text: text)
        var buffer = ByteBuffer()
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations {
            buffer.clear()
            person.write(behind: &buffer)
            blackHole(buffer.readableBytes)
        }
    }
}

private struct Person: JSONWritable {
    let id: Int64
    let name: String
    let text: String

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("id")
        writer.integer(id)
        writer.key("name")
        writer.string(name)
        writer.key("online")
        writer.bool(true)
        writer.key("text")
        writer.string(text)
        writer.endObject()
    }
}
