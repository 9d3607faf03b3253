import Handlers
import Testing

@Suite("P39: the table of short codes")
struct EmojiTableTests {
    @Test("codes that users of chat programs know are in it")
    func known() {
        let known = [
            "smile": "😄", "thumbsup": "👍", "+1": "👍", "-1": "👎", "heart": "❤️", "tada": "🎉", "joy": "😂", "fire": "🔥",
            "eyes": "👀", "wave": "👋", "rocket": "🚀", "100": "💯", "man_technologist": "👨‍💻", "one": "1️⃣", "us": "🇺🇸",
        ]
        for (code, emoji) in known { #expect(replaced(":\(code):") == emoji, "\(code)") }
    }

    @Test("every line of Emoji.txt is a comment, or a code and its emoji, and every code is replaced by its own")
    func everyCode() throws {
        let codes = try EmojiFile.codes()
        #expect(codes.count > 1_800)
        for (code, emoji) in codes {
            #expect(replaced(":\(code):") == emoji, "\(code)")
            #expect(replaced(":\(code)x:") == nil || codes["\(code)x"] != nil, "\(code)")
            #expect(replaced(":\(code.uppercased()):") == nil || code.uppercased() == code, "\(code)")
            for count in 1..<max(2, code.count) {
                let start = String(code.prefix(count))
                #expect(replaced(":\(start):") == codes[start], "\(start)")
            }
        }
    }

    @Test("an emoji has no more bytes than four times those of its code, and the longest code has 40")
    func bounds() throws {
        let codes = try EmojiFile.codes()
        for (code, emoji) in codes {
            #expect(emoji.utf8.count <= EmojiText.maxGrowth * (code.utf8.count + 2), "\(code)")
        }
        #expect(codes.keys.map(\.utf8.count).max() == 40)
    }

    @Test("an emoji has nothing in it that JSON escapes, that ends a code, or that begins another code, code or link")
    func harmless() throws {
        for (code, emoji) in try EmojiFile.codes() {
            let scalars = emoji.unicodeScalars
            #expect(!scalars.contains { $0.value < 0x20 || "\"\\:`wWmM/".unicodeScalars.contains($0) }, "\(code)")
        }
    }

    @Test("source and licence stand in its first lines")
    func licence() throws {
        let head = try EmojiFile.text().prefix { $0.hasPrefix("#") }.joined(separator: "\n")
        for part in ["https://github.com/github/gemoji", "MIT", "Copyright (c) 2019 GitHub, Inc.", "THE SOFTWARE IS"] {
            #expect(head.contains(part), "\(part)")
        }
    }
}
